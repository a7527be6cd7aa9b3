import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../activities/connectors/contract.js';
import type { AskCall } from '../../activities/contract.js';
import { recordFound } from '../../activities/found.js';
import type { Mail } from '../../activities/notify/mailer.js';
import { askPeople, note } from '../../activities/people.js';
import type { Seams } from '../../activities/seams.js';
import type { EachStep } from '../../playbooks/language/plan.js';
import { disable, pinIncident } from './pinned-incident.js';

const gone: Answer = { kind: 'denied', code: 'not-found', reason: 'cannot mail ana: not-found (SMTP 550)' };
const sent: Answer = { kind: 'applied', evidence: {} };

let site: Awaited<ReturnType<typeof pinIncident>>;
let mailed: string[];
let answers: Record<string, Answer>;
let seams: Seams;

beforeEach(async () => {
  site = await pinIncident();
  mailed = [];
  answers = {};
  const people = ['ana', 'ben', 'cleo'].map((name) => ({ name, mail: `${name}@acme.example` }));
  seams = {
    ...site.seams,
    banner: '',
    from: 'firebreak@acme.example',
    office: { zone: 'UTC' },
    publicUrl: 'https://firebreak.acme.example',
    people: { roles: () => ['security-on-call'], ofRole: async () => ({ people }) },
    mailer: {
      send: async ({ to }: Mail) => {
        const name = String(to[0]).split('@')[0] as string;
        const answer = answers[name] ?? sent;
        if (answer.kind === 'applied') mailed.push(name);
        return answer;
      },
    },
  } as unknown as Seams;
});
afterEach(() => site.close());

const ask = (): Promise<{ reached: boolean }> =>
  askPeople(seams, {
    ...site.call({ step: disable.id }),
    tier: 0,
    until: 1_000_000_600_000,
    sentence: 'Disable it?',
    filled: [],
    roles: ['security-on-call'],
  } as AskCall);

describe('people who are asked', () => {
  it('all hear of it although the first one has left and her mailbox is gone', async () => {
    answers = { ana: gone };
    await expect(ask()).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('2 of 3 were told'),
    });
    expect(mailed).toEqual(['ben', 'cleo']);
  });

  it('all hear of it although the server puts the first one off, who hears of it later, and nobody twice', async () => {
    answers = { ana: { kind: 'throttled', afterSeconds: 60 } };
    await expect(ask()).rejects.toMatchObject({ name: 'Later' });
    expect(mailed).toEqual(['ben', 'cleo']);
    answers = {};
    site.provider.pass(90_000);
    await ask();
    expect(mailed).toEqual(['ben', 'cleo', 'ana']);
  });
});

it('tells the rest of security-on-call what failed when one mailbox is gone', async () => {
  answers = { ana: gone };
  const { incident, view } = site.call();
  const line = {
    incident,
    view,
    kind: 'failed' as const,
    step: '',
    generation: 1,
    line: 'it failed',
    key: 'failed/1',
    tell: true,
  };
  await expect(note(seams, line)).rejects.toMatchObject({ code: 'not-found' });
  expect(mailed).toEqual(['ben', 'cleo']);
});

it('lets no workflow write into the timeline what only those may write who saw it', async () => {
  const { incident, view } = site.call();
  const forged = {
    incident,
    view,
    kind: 'observation' as 'note',
    step: '',
    generation: 1,
    line: 'seen',
    key: 'forged',
  };
  await expect(note(seams, forged)).rejects.toMatchObject({ code: 'invalid' });
  expect((await seams.records.timeline.ofIncident(incident)).map(({ key }) => key)).not.toContain('forged');
});

it('reads in the mail what was made, whoever is asked about it', async () => {
  const each = { kind: 'each', part: 'open', id: 'assess.each', of: 'assess.find_created' } as unknown as EachStep;
  await site.close();
  site = await pinIncident({ steps: [disable, each] });
  const texts: string[] = [];
  const mailer = {
    send: async ({ text }: Mail) => {
      texts.push(text);
      return sent;
    },
  };
  const one = {
    ...seams,
    ...site.seams,
    mailer,
    people: { ofRole: async () => ({ people: [{ name: 'ana', mail: 'a@acme.example' }] }), roles: () => ['ciso'] },
  };
  const key = (id: string) => ({ kind: 'key', id, account: '1', name: 'mallory' });
  const ways = ['IAM'];
  await recordFound(
    site.records,
    site.call({ step: 'assess.find_created' }),
    [
      { what: 'credential', title: 'access key NEW', credential: key('NEW'), ways },
      { what: 'credential', title: 'access key FOLLOWED', credential: key('FOLLOWED'), ways },
      { what: 'other', title: 'role backdoor', ways },
    ],
    1,
  );
  const followed = { source: 'incident', key: '1', kind: 'alert', receivedAt: 1, body: {} } as const;
  await site.records.receive(
    { ...followed, claims: ['key:FOLLOWED'] },
    { by: 'incident:INC-1', observe: false, parent: 'INC-1' },
  );
  const asked = (step: string) =>
    askPeople(
      one as unknown as Seams,
      {
        ...site.call({ step }),
        tier: 0,
        until: 1_000_000_600_000,
        sentence: 'Look?',
        filled: [],
        roles: ['ciso'],
      } as AskCall,
    );
  await asked('assess.each.rest');
  await asked('assess.each.more.ask');
  await asked(disable.id);

  expect(texts[0]).toContain('- role backdoor (IAM)');
  expect(texts[0]).not.toContain('access key');
  expect(texts[1]).toContain('- access key NEW (IAM)');
  expect(texts[1]).not.toMatch(/FOLLOWED|backdoor/);
  expect(texts[2]).not.toContain('(IAM)');
});
