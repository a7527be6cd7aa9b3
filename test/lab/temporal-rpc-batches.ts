/**
 * Deaths between Firebreak and Temporal: each kind of call, for each kind of activity, stands before the server hears of
 * it or after it answered; then worker, server, both, or the connection between them dies.
 */
import { eventually } from '../system/eventually.js';
import type { Batch, Bench, Effect, Subject } from './cell.js';
import { QUICK_SCAN } from './lab-site.js';
import type { Place, Point } from './temporal-proxy.js';
import { openTemporalSite, type TemporalSite } from './temporal-site.js';

export const DEATHS = ['worker', 'server', 'worker and server', 'connection'] as const;
export type Death = (typeof DEATHS)[number];

/** An effect of the lab that stands at a call to Temporal. */
interface Standing extends Effect {
  call: Omit<Place, 'when' | 'workflow'>;
}

const ended = (activity: string): Standing['call'] => ({ rpc: 'RespondActivityTaskCompleted', activity });
const control =
  (control: string, more: object = {}) =>
  async (bench: Bench, subject: Subject) => {
    send(bench, subject, 'controls', { control, reason: 'the lab tries it', ...more });
  };
/** Nobody waits for the answer: it is the one that stands. */
function send({ site }: Bench, { incident }: Subject, what: 'controls' | 'decisions', body: object): void {
  void site.api('leo', 'POST', `/incidents/${incident}/${what}`, body).catch(() => undefined);
}
const yes = async ({ crowd }: Bench, subject: Subject) => void crowd.open(subject).catch(() => undefined);

/** A no is given and counted; then a retry asks again. */
async function noThenRetry(bench: Bench, subject: Subject): Promise<void> {
  const { site, crowd } = bench;
  await site.decide('leo', subject.incident, 'no', { step: 'disable', reason: 'the lab tries it' });
  await eventually(`${subject.incident} has its no`, 10, async () => {
    return (await site.step(subject.incident, 'disable'))?.state === 'denied';
  });
  void crowd.open(subject).catch(() => undefined);
  send(bench, subject, 'controls', { control: 'retry', step: 'disable' });
}

/** The answer of a rotation is lost, and then nobody may look: whoever settles it finds a stray. */
async function inDoubt({ site, crowd }: Bench, subject: Subject): Promise<void> {
  const about = [subject.user];
  await site.aws.fault({ method: 'CreateAccessKey', kind: 'lost-after', about });
  void crowd.open(subject).catch(() => undefined);
  await eventually(`the answer to ${subject.user} is lost`, 20, async () => {
    return !(await site.aws.faults()).pending.some(({ method, about: words }) => {
      return method === 'CreateAccessKey' && words?.includes(subject.user);
    });
  });
  await site.aws.fault({ method: 'ListAccessKeys', kind: 'deny', about });
}

export const STANDING: readonly Standing[] = [
  { name: 'completed settle', promise: 'replace', call: ended('settle'), gate: 'rotate', go: inDoubt, lead: 12 },
  { name: 'completed scan_logs', promise: 'read', call: ended('scan_logs'), lead: 4 },
  { name: 'completed prove', promise: 'read', call: ended('prove'), gate: 'cut_sessions', lead: 3 },
  { name: 'completed rotate', promise: 'replace', call: ended('rotate'), gate: 'rotate', lead: 1.5 },
  {
    name: 'completed undo',
    promise: 'undo',
    call: ended('undo'),
    gate: 'rotate',
    go: control('false_alarm'),
    lead: 1.5,
  },
  { name: 'completed open_ticket', promise: 'tell', call: ended('open_ticket'), lead: 2 },
  { name: 'completed ask_people', promise: 'tell', call: ended('ask_people'), lead: 2 },
  {
    name: 'update retry',
    promise: 'read',
    call: { rpc: 'UpdateWorkflowExecution', which: ({ update }) => update?.name === 'retry' },
    gate: 'disable',
    go: noThenRetry,
    lead: 0.5,
  },
  { name: 'completed prepare', promise: 'read', call: ended('prepare'), lead: 1.5 },
  { name: 'completed disable', promise: 'contain', call: ended('disable'), gate: 'disable', go: yes, lead: 0.7 },
  {
    name: 'completed cut_sessions',
    promise: 'interrupt',
    call: ended('cut_sessions'),
    gate: 'cut_sessions',
    go: yes,
    lead: 0.7,
  },
  { name: 'completed revoke', promise: 'destroy', call: ended('revoke'), gate: 'revoke', go: yes, lead: 0.7 },
  { name: 'completed note', promise: 'tell', call: ended('note'), gate: 'disable', go: control('note'), lead: 0.5 },
  {
    name: 'completed close_incident',
    promise: 'read',
    call: ended('close_incident'),
    gate: 'disable',
    go: control('cancel'),
    lead: 0.7,
  },
  {
    name: 'first workflow task',
    promise: 'read',
    call: { rpc: 'RespondWorkflowTaskCompleted', which: ({ decides }) => decides?.isFirst === true },
    lead: 1,
  },
  {
    name: 'workflow task of a decision',
    // what contains has not begun: the server waits 10 s for the task of a worker that it does not know to be dead
    promise: 'read',
    call: { rpc: 'RespondWorkflowTaskCompleted', which: ({ decides }) => decides?.answersUpdate === true },
    gate: 'disable',
    go: yes,
  },
  {
    name: 'last workflow task',
    promise: 'read',
    call: { rpc: 'RespondWorkflowTaskCompleted', which: ({ decides }) => decides?.closes === true },
    gate: 'disable',
    go: control('cancel'),
  },
  { name: 'start', promise: 'read', call: { rpc: 'StartWorkflowExecution' }, lead: 1 },
  {
    name: 'update decide',
    promise: 'read',
    call: { rpc: 'UpdateWorkflowExecution', which: ({ update }) => update?.name === 'decide' },
    gate: 'disable',
    go: yes,
  },
  {
    name: 'update hold',
    promise: 'read',
    call: { rpc: 'UpdateWorkflowExecution', which: ({ update }) => update?.name === 'hold' },
    gate: 'disable',
    go: control('hold'),
  },
  {
    name: 'update false_alarm',
    promise: 'undo',
    call: { rpc: 'UpdateWorkflowExecution', which: ({ update }) => update?.name === 'false_alarm' },
    gate: 'rotate',
    go: control('false_alarm'),
  },
];

/** All calls, `when`, and this death. `effects`: a slice, for the everyday tests. */
export function rpcBatch(when: Place['when'], death: Death, effects: readonly Standing[] = STANDING): Batch {
  let lab: TemporalSite;
  const points = new Map<Subject, Point>();
  const stood = new Map<Subject, number>();
  return {
    name: `${death} dies`,
    cells: effects.map((effect) => ({
      effect,
      point: when === 'before' ? 'Temporal not told' : 'Temporal told, answer lost',
    })),
    async open() {
      lab = await openTemporalSite(QUICK_SCAN);
      return lab.site;
    },
    async arm(_bench, subject) {
      const { call } = subject.cell.effect as Standing;
      const point = lab.proxy.at({
        ...call,
        when,
        // an incident that is only now opened is known a moment after its first call
        which: async (one) => ((await call.which?.(one)) ?? true) && one.workflow === (await numberOf(subject)),
      });
      points.set(subject, point);
      void point.reached.then(() => (subject.stoodAt = Date.now()));
    },
    stands: async (_bench, subject) => points.get(subject)?.isReached() ?? false,
    async strike(bench, wave) {
      for (const subject of wave) stood.set(subject, Date.now() - (subject.stoodAt ?? 0));
      bench.recovery.died(when === 'before' ? death : `${death}, Temporal told`);
      await die(lab, death);
      for (const subject of wave) points.get(subject)?.cut();
      await resumeHeld(bench, wave);
    },
    missed(_bench, subject) {
      const ms = stood.get(subject) ?? 0;
      if (when === 'after' || ms <= mayStandMs(subject.cell.effect as Standing)) return [];
      return [`its call stood for ${ms} ms, so it was given up before and is late, not lost`];
    },
  };
}

/** After this long whoever waits for the call has given it up: then it is late, and not lost. */
function mayStandMs({ call: { rpc, activity = '' } }: Standing): number {
  if (rpc === 'UpdateWorkflowExecution') return 6_000;
  if (rpc !== 'RespondActivityTaskCompleted') return 10_000;
  return ['scan_logs', 'open_ticket', 'ask_people', 'note', 'close_incident'].includes(activity) ? 15_000 : 5_000;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

async function numberOf(subject: Subject): Promise<string> {
  while (subject.incident === '') await pause(2);
  return subject.incident;
}

async function die({ site, server, proxy }: TemporalSite, death: Death): Promise<void> {
  switch (death) {
    case 'connection':
      proxy.cutAll();
      return;
    case 'worker':
      await site.kill();
      return site.start();
    case 'server':
      server.kill();
      return server.start();
    case 'worker and server':
      server.kill();
      await site.kill();
      await server.start();
      return site.start();
  }
}

/** What the cell of `hold` has stopped goes on. */
async function resumeHeld({ site }: Bench, wave: Subject[]): Promise<void> {
  for (const { cell, incident } of wave.filter(({ cell }) => cell.effect.name === 'update hold')) {
    await eventually(`${incident} is held (${cell.point})`, 40, async () => {
      const { held } = await site.live(incident);
      return held.some((line) => line.includes('pressed hold'));
    });
    const said = await site.api('leo', 'POST', `/incidents/${incident}/controls`, { control: 'resume' });
    if (said.status >= 300) throw new Error(`${incident} does not resume: ${JSON.stringify(said.body)}`);
  }
}
