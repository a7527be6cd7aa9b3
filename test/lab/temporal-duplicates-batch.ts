/** The same word twice: in Temporal under one update id, and at the API at once, with and without an Idempotency-Key. */
import { eventually } from '../system/eventually.js';
import type { Answer, Site } from '../system/site.js';
import type { Batch, Bench, Cell, Effect, Subject } from './cell.js';
import { QUICK_SCAN } from './lab-site.js';
import { openTemporalSite, type TemporalSite } from './temporal-site.js';

interface Word extends Effect {
  path: 'decisions' | 'controls';
  body: Record<string, unknown>;
  /** Said first, and counted, so that it makes sense. */
  first?(bench: Bench, subject: Subject): Promise<void>;
  /** Saying it again means something again, so that both count. */
  addsUp?: true;
}

const reason = 'the lab says it twice';
const stays = async () => {};

export const WORDS: readonly Word[] = [
  { name: 'yes', promise: 'contain', gate: 'disable', go: stays, path: 'decisions', body: { answer: 'yes' } },
  { name: 'no', promise: 'read', gate: 'disable', go: stays, path: 'decisions', body: { answer: 'no', reason } },
  {
    name: 'hold',
    promise: 'read',
    gate: 'disable',
    go: stays,
    path: 'controls',
    body: { control: 'hold', reason },
    addsUp: true,
  },
  {
    name: 'false alarm',
    promise: 'undo',
    gate: 'rotate',
    go: stays,
    path: 'controls',
    body: { control: 'false_alarm', reason },
  },
  {
    name: 'retry',
    promise: 'contain',
    gate: 'disable',
    go: stays,
    path: 'controls',
    body: { control: 'retry', step: 'disable' },
    async first({ site }, { incident }) {
      await site.decide('leo', incident, 'no', { step: 'disable', reason });
      await eventually(`${incident} has its no`, 20, async () => {
        return (await site.step(incident, 'disable'))?.state === 'denied';
      });
    },
  },
  {
    name: 'note',
    promise: 'read',
    gate: 'disable',
    go: stays,
    path: 'controls',
    body: { control: 'note', reason },
    addsUp: true,
  },
];

const ONE_UPDATE = 'same update id twice';
const AT_ONCE = 'posted twice at once';
const ONE_KEY = 'posted twice, one Idempotency-Key';

export function duplicates(words: readonly Word[] = WORDS): Batch {
  let lab: TemporalSite;
  return {
    name: 'said twice',
    cells: [ONE_UPDATE, AT_ONCE, ONE_KEY].flatMap((point) => words.map((effect): Cell => ({ effect, point }))),
    async open() {
      lab = await openTemporalSite(QUICK_SCAN);
      return lab.site;
    },
    arm: async () => {},
    async strike(bench, wave) {
      for (const subject of wave) {
        await (subject.cell.effect as Word).first?.(bench, subject);
        await sayTwice(lab, bench.site, subject);
      }
      for (const { incident, cell } of wave) {
        if (cell.effect.name !== 'hold') continue;
        await bench.site.api('leo', 'POST', `/incidents/${incident}/controls`, { control: 'resume' });
      }
    },
    judge(_bench, { cell }, { view, world, key }) {
      const { body, addsUp } = cell.effect as Word;
      const counted = view.decisions.filter(
        (one) =>
          one.outcome === 'counted' &&
          one.person === 'leo' &&
          one.control === (body.control ?? 'decide') &&
          (one.reason === reason || (one.step.includes('disable') && one.generation <= 1)),
      );
      const wanted = addsUp === true && cell.point === AT_ONCE ? 2 : 1;
      const writes = world.aws.writes.filter(
        ({ method, target, by, detail }) =>
          method === 'UpdateAccessKey' && target === key && by === world.aws.responder && detail.status !== 'Active',
      );
      return [
        ...(counted.length === wanted ? [] : [`it counted ${counted.length} times, and not ${wanted}`]),
        ...(writes.length > 1 ? [`${key} was switched off ${writes.length} times`] : []),
      ];
    },
  };
}

async function sayTwice({ temporal }: TemporalSite, site: Site, { incident, cell }: Subject): Promise<void> {
  const { path, body } = cell.effect as Word;
  const key = cell.point === ONE_KEY ? crypto.randomUUID() : undefined;
  const say = () => post(site, incident, path, body, key);
  const answers = cell.point === ONE_UPDATE ? [await say()] : await Promise.all([say(), say()]);
  // 202: stored, since Temporal takes long to answer; it counts all the same
  const heard = answers.filter(({ status }) => status === 200 || status === 202);
  if (heard.length === 0) throw new Error(`${incident}: nobody was heard: ${JSON.stringify(answers)}`);
  if (key !== undefined && (heard.length < 2 || heard[0]?.body.decision !== heard[1]?.body.decision)) {
    throw new Error(`${incident}: one Idempotency-Key had two answers: ${JSON.stringify(answers)}`);
  }
  if (cell.point !== ONE_UPDATE) return;
  const updateId = String(heard[0]?.body.decision);
  const args: [object] = [
    { id: updateId, person: 'leo', roles: ['security-on-call'], at: Date.now(), reason, ...body },
  ];
  const name = String(body.control ?? 'decide');
  const handle = temporal.workflow.getHandle(incident);
  for (let times = 0; times < 2; times += 1) await handle.executeUpdate<void, [object]>(name, { updateId, args });
}

async function post(site: Site, incident: string, path: string, body: object, key?: string): Promise<Answer> {
  const answer = await fetch(`${site.url}/api/v1/incidents/${incident}/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${site.addresses.people.leo}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}
