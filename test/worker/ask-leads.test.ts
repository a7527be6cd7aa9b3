import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Answer } from '../../activities/connectors/contract.js';
import { noteMoment } from '../../activities/moments.js';
import type { Mail } from '../../activities/notify/mailer.js';
import type { Seams } from '../../activities/seams.js';
import { askLeads } from '../../worker/ask-leads.js';
import { pinIncident } from '../activities/pinned-incident.js';

let site: Awaited<ReturnType<typeof pinIncident>>;
let seams: Seams;
let mails: Mail[];

beforeEach(async () => {
  site = await pinIncident();
  mails = [];
  const person = (name: string) => ({ name, mail: `${name}@acme.example` });
  const roles: Record<string, string[]> = { 'security-on-call': ['sam'], responder: ['rob', 'leo'] };
  seams = {
    ...site.seams,
    banner: '',
    from: 'firebreak@acme.example',
    people: {
      roles: () => Object.keys(roles),
      ofRole: async (role: string) => ({ people: (roles[role] ?? []).map(person) }),
    },
    mailer: {
      send: async (mail: Mail): Promise<Answer> => {
        mails.push(mail);
        return { kind: 'applied', evidence: {} };
      },
    },
  } as unknown as Seams;
});
afterEach(() => site.close());

const child = async (id: string, by?: string) => {
  const { incident } = await site.records.receive(
    { source: 'incident', key: id, kind: 'alert', receivedAt: 1, body: {}, claims: [`key:${id}`] },
    by === undefined ? { by: 'incident:INC-1', observe: false, parent: 'INC-1' } : { by, observe: false },
  );
  return incident;
};
const contained = (incident: string) =>
  noteMoment(site.records, { incident, moment: 'contained', at: 2, line: 'contained' });
const ends = async (as: string) => {
  await site.records.incidents.close('INC-1', as, 9);
  const row = await site.records.incidents.get('INC-1');
  for (const work of await askLeads(seams, row!)) await work();
  return mails.map(({ to, subject }) => `${to[0]} ${subject}`);
};

it('asks on-call about a child of a false alarm that nobody leads, and writes down why', async () => {
  await contained(await child('A'));

  expect(await ends('false_alarm')).toEqual(['sam@acme.example INC-2: does it go on? INC-1 closed as false alarm']);
  expect((await site.records.timeline.ofIncident('INC-2')).at(-1)).toMatchObject({
    kind: 'note',
    line: 'INC-1, which found it, closed as false alarm. Nothing is done here because of that',
  });
  expect((await site.records.incidents.get('INC-2'))?.closedAt).toBeUndefined();
});

it('asks whoever took the lead last', async () => {
  const incident = await child('A');
  for (const [id, person] of Object.entries({ first: 'rob', second: 'leo' })) {
    await site.decide({ id, incident, control: 'take', person });
    await site.records.decisions.settle(id, 'counted', '', 3);
  }

  expect((await ends('cancelled')).map((mail) => mail.split(' ')[0])).toEqual(['leo@acme.example']);
});

it('asks nobody when all went well', async () => {
  await contained(await child('A'));
  expect(await ends('dead')).toEqual([]);
});

it('asks about a child that is not contained, however its parent closed', async () => {
  await child('A');
  expect(await ends('contained')).toHaveLength(1);
});

it('asks nobody about one that is closed, or was live by itself', async () => {
  await site.records.incidents.close(await child('A'), 'dead', 5);
  await child('B', 'source:github');
  await site.records.receive(
    { source: 'incident', key: 'B again', kind: 'alert', receivedAt: 1, body: {}, claims: ['key:B'] },
    { by: 'incident:INC-1', observe: false, parent: 'INC-1' },
  );
  expect(await ends('false_alarm')).toEqual([]);
});

it('tells each once, however often it is tried', async () => {
  await child('A');
  await ends('false_alarm');
  const row = await site.records.incidents.get('INC-1');
  for (const work of await askLeads(seams, row!)) await work();
  expect(mails).toHaveLength(1);
});
