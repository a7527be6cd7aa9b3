import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeIncident } from '../../activities/close-incident.js';
import type { Answer } from '../../activities/connectors/contract.js';
import { noteMoment } from '../../activities/moments.js';
import type { Mail } from '../../activities/notify/mailer.js';
import type { Seams } from '../../activities/seams.js';
import type { Log } from '../../worker/log.js';
import { createTeller, type Teller } from '../../worker/teller.js';
import { pinIncident } from '../activities/pinned-incident.js';

const busy: Answer = { kind: 'throttled', afterSeconds: 60 };

let site: Awaited<ReturnType<typeof pinIncident>>;
let asked: string[];
let answers: Record<string, Answer>;
let subjects: string[];
let warned: unknown[];
let seams: Seams;
let teller: Teller;
let quiet: object;

beforeEach(async () => {
  site = await pinIncident();
  asked = [];
  answers = {};
  warned = [];
  subjects = [];
  const people = ['ana', 'ben'].map((name) => ({ name, mail: `${name}@acme.example` }));
  seams = {
    ...site.seams,
    banner: '',
    from: 'firebreak@acme.example',
    publicUrl: 'https://firebreak.acme.example',
    tellRules: [{ audience: 'owner', at: ['contained', 'closed'], by: ['mail'] }],
    people: {
      ofAudience: async () => ({ people }),
      ofRole: async (role: string) => ({ people: [{ name: role, mail: 'oncall@acme.example' }] }),
    },
    mailer: {
      send: async ({ to, subject }: Mail): Promise<Answer> => {
        subjects.push(subject);
        const name = String(to[0]).split('@')[0] as string;
        asked.push(name);
        return answers[name] ?? { kind: 'applied', evidence: {} };
      },
    },
  } as unknown as Seams;
  quiet = { debug: () => {}, info: () => {}, error: () => {}, warn: (what: unknown) => warned.push(what) };
  teller = createTeller(seams, quiet as unknown as Log);
  await noteMoment(site.records, { incident: 'INC-1', moment: 'contained', at: site.provider.now, line: 'contained' });
});
afterEach(() => site.close());

it('waits as long as the mail server asks, says so, and keeps nobody else waiting', async () => {
  answers = { ana: busy };
  for (let second = 0; second < 30; second += 1) {
    await teller.tick();
    site.provider.pass(1_000);
  }
  expect(asked).toEqual(['ana', 'ben']);
  expect(warned).toMatchObject([{ incident: 'INC-1', moment: 'contained' }]);

  answers = {};
  site.provider.pass(60_000);
  await teller.tick();
  await teller.tick();
  expect(asked).toEqual(['ana', 'ben', 'ana']);
  expect(await site.records.timeline.untold(0, 10)).toEqual([]);
});

it('tells of other incidents while the mail server thinks about one', async () => {
  const other = await site.records.receive(
    { source: 'api', key: '3', kind: 'alert', receivedAt: site.provider.now, body: {}, claims: ['key:M'] },
    { by: 'source:api', observe: false },
  );
  const { incident } = other;
  await noteMoment(site.records, { incident, moment: 'closed', at: site.provider.now, line: 'closed as unknown' });
  let answer: (given: Answer) => void = () => {};
  const { send } = seams.mailer as NonNullable<Seams['mailer']>;
  (seams.mailer as { send: typeof send }).send = (mail, signal) =>
    mail.subject.startsWith('INC-1 ') && mail.to[0] === 'ana@acme.example'
      ? new Promise((resolve) => {
          answer = resolve;
        })
      : send(mail, signal);
  const ticking = teller.tick();
  await expect.poll(() => subjects.filter((subject) => subject.startsWith(incident))).toHaveLength(2);
  expect(subjects.some((subject) => subject.startsWith('INC-1 '))).toBe(false);
  answer({ kind: 'applied', evidence: {} });
  await ticking;
  expect(await site.records.timeline.untold(0, 10)).toEqual([]);
});

it('tells of nothing but the storm while alerts come in one, and of the rest afterwards', async () => {
  const { incident } = await site.records.receive(
    {
      source: 'firebreak',
      key: 's',
      kind: 'alert',
      receivedAt: site.provider.now,
      body: {},
      claims: ['alert-storm:x'],
    },
    { by: 'source:firebreak', observe: false, playbook: 'alert-storm' },
  );
  // more than are told of at once, and all before it
  for (let n = 0; n < 101; n += 1) {
    const part = `${n}`;
    await noteMoment(site.records, {
      incident: 'INC-1',
      moment: 'opened',
      at: site.provider.now,
      line: 'opened',
      part,
    });
  }
  await noteMoment(site.records, { incident, moment: 'contained', at: site.provider.now, line: 'a storm' });
  let sheds = true;
  teller = createTeller(seams, quiet as unknown as Log, () => sheds);
  await teller.tick();
  expect([...new Set(subjects.map((subject) => subject.split(' ')[0]))]).toEqual([incident]);
  sheds = false;
  await teller.tick();
  await teller.tick();
  expect(subjects.some((subject) => subject.startsWith('INC-1 '))).toBe(true);
  expect(await site.records.timeline.untold(0, 10)).toEqual([]);
});

it('tells security-on-call of what no workflow will finish, whatever settings say, and of each thing', async () => {
  const unfinished = { incident: 'INC-1', moment: 'unfinished', at: site.provider.now } as const;
  await noteMoment(site.records, { ...unfinished, line: 'no workflow runs it', part: 'run-1' });
  await noteMoment(site.records, { ...unfinished, line: 'nobody knows how it ended', part: 'key/1' });
  asked = [];
  await teller.tick();
  expect(asked).toEqual(['ana', 'ben', 'oncall', 'oncall']);
});

it('tells of an incident that never got a plan, and why: what is none of ours may be ours after all', async () => {
  const { incident } = await site.records.receive(
    { source: 'api', key: '2', kind: 'alert', receivedAt: site.provider.now, body: {}, claims: ['key:L'] },
    { by: 'source:api', observe: false },
  );
  const { view } = site.call();
  const remains = ['L: belongs to AWS account 2, which is none of ours'];
  await closeIncident(seams, { incident, digest: '', as: 'benign', remains, view });
  await teller.tick();
  expect(subjects.at(-1)).toBe(`${incident} closed: closed as benign: ${remains[0]}`);
});

it('tells those who can be named now, and the others once their source answers', async () => {
  const all = await seams.people.ofAudience('owner', 'payments');
  let holders: object = { unreachable: 'PagerDuty does not answer, so I could not ask who of on-call is on call' };
  Object.assign(seams, { tellRules: ['owner', 'on-call'].map((audience) => ({ ...seams.tellRules[0], audience })) });
  const ofAudience = async (audience: string) => (audience === 'owner' ? all : holders);
  Object.assign(seams.people, { ofAudience });
  await teller.tick();
  expect(asked).toEqual(['ana', 'ben']);
  expect(warned).toMatchObject([{ reason: expect.stringContaining('PagerDuty does not answer') }]);

  holders = { people: [{ name: 'cleo', mail: 'cleo@acme.example' }] };
  site.provider.pass(10_000);
  await teller.tick();
  expect(asked).toEqual(['ana', 'ben', 'cleo']);
});

it('mails nobody whose rule says slack alone', async () => {
  Object.assign(seams, { tellRules: [{ ...seams.tellRules[0], by: ['slack'] }] });
  await teller.tick();
  expect(asked).toEqual([]);
});
