import type { Plan } from '../../playbooks/language/plan.js';
import { eventually } from '../system/eventually.js';
import type { Site } from '../system/site.js';
import { judge, lookAtRecords, lookAtTwins } from './auditor.js';
import type { Batch, BatchResult, Bench, Cell, CellResult, Subject } from './cell.js';
import { Crowd, inTurns } from './crowd.js';
import { openLabSite } from './lab-site.js';
import { CONTAINMENT_MS, Recovery } from './recovery.js';

const TWINS = ['aws', 'github', 'mail', 'vault'] as const;
const GATE_SECONDS = 150;
const STAND_SECONDS = 40;
const PATIENCE_SECONDS = 180;
const AT_ONCE = 6;
const GO_TRIES = 30;
/** From `go` to its point; who takes longer stands in a wave of its own. */
const SLOW_SECONDS = 3;
/** So many come to their points at about the same time, on two cores. */
const WAVE = 16;

/** Opens a site, brings one incident for each cell to its point, lets the fault happen, and judges how all of them ended. */
export async function runBatch(batch: Batch, say: (line: string) => void): Promise<BatchResult> {
  const began = Date.now();
  const site = await (batch.open ?? openLabSite)();
  const bench: Bench = { site, crowd: new Crowd(site), recovery: new Recovery(site), subjects: [], say };
  const notes = { broken: notebook(), missed: notebook() };
  try {
    for (const [index, cell] of batch.cells.entries()) bench.subjects.push(await leak(site, cell, index));
    await watch(
      site,
      bench.subjects.flatMap((subject) => subject.names()),
    );
    bench.crowd.start();
    await bringToGates(bench, notes.missed.note);
    say(`${batch.name}: ${bench.subjects.length} incidents at their gates after ${since(began)}`);
    for (const wave of wavesOf(batch, bench.subjects)) await bringToPoints(batch, bench, wave, notes.missed.note);
    bench.crowd.openAll();
    await untilRest(batch, bench, notes.broken.note);
    say(`${batch.name}: at rest after ${since(began)}`);
    const times = await bench.recovery.times();
    await bench.crowd.stop();
    await site.stop();
    const cells = await audit(batch, bench, notes, times);
    return { batch: batch.name, cells, recovered: grouped(bench, times), seconds: (Date.now() - began) / 1_000 };
  } finally {
    await bench.crowd.stop();
    await site.close();
  }
}

type Note = (subject: Subject, finding: string) => void;

/** Findings by the incident that they are about. */
function notebook(): { note: Note; of(subject: Subject): string[] } {
  const lines = new Map<Subject, string[]>();
  const of = (subject: Subject) => lines.get(subject) ?? [];
  return { note: (subject, line) => lines.set(subject, [...of(subject), line]), of };
}

const since = (began: number): string => `${Math.round((Date.now() - began) / 1_000)} s`;
const slug = (text: string): string => text.replace(/[^a-z0-9]+/gi, '-').toLowerCase();

/** A service of its own for the cell, whose key has just leaked. */
async function leak(site: Site, cell: Cell, index: number): Promise<Subject> {
  const user = `svc-${index + 1}-${slug(cell.effect.name)}-${slug(cell.point)}`;
  const leaked = await site.leakUser(user);
  const { id, secret } = leaked;
  const subject: Subject = {
    names: () => [],
    cell,
    user,
    key: { id, secret },
    leaked,
    incident: '',
  };
  subject.names = () => [user, id, subject.incident].filter((word) => word !== '');
  return subject;
}

async function watch(site: Site, words: string[]): Promise<void> {
  await Promise.all(TWINS.map((twin) => site[twin].watch(words)));
}

/** Takes its alert. */
async function open({ site, crowd }: Bench, subject: Subject): Promise<void> {
  const { status, body } =
    subject.cell.effect.fromGithub === true && subject.leaked !== undefined
      ? await site.fromGithub(subject.leaked)
      : await site.fromMonitoring(subject.key);
  if (status !== 202 || body.incident === undefined) throw new Error(`no incident about ${subject.user}: ${status}`);
  subject.incident = body.incident;
  await watch(site, [subject.incident]);
  crowd.watch(subject);
}

async function bringToGates(bench: Bench, note: Note): Promise<void> {
  const gated = bench.subjects.filter(({ cell }) => cell.effect.gate !== undefined);
  await inTurns(gated, AT_ONCE, (subject) => open(bench, subject));
  const away = () => gated.filter((subject) => !bench.crowd.isAtGate(subject));
  await eventually('all stand at their gates', GATE_SECONDS, async () => away().length === 0).catch(() => {
    for (const subject of away()) note(subject, `it never came to its gate: ${bench.crowd.lineOf(subject)}`);
  });
}

const leadOf = ({ cell }: Subject): number => cell.effect.lead ?? 0;

/**
 * Those that take long to come to their points have a fault of their own: nobody could stand so long for them. Where cells
 * may not stand long, few go at once.
 */
function wavesOf({ mayStand }: Batch, subjects: Subject[]): Subject[][] {
  const sorted = [...subjects].sort((a, b) => leadOf(b) - leadOf(a));
  const slow = sorted.filter((subject) => leadOf(subject) >= SLOW_SECONDS);
  const quick = sorted.filter((subject) => leadOf(subject) < SLOW_SECONDS);
  const size = mayStand === undefined ? subjects.length : WAVE;
  return [slow, quick].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size)),
  );
}

/** The slowest goes first, so that all come to their points at about the same time; then the strike. */
async function bringToPoints(batch: Batch, bench: Bench, wave: Subject[], note: Note): Promise<void> {
  const longest = Math.max(...wave.map(leadOf));
  let unsaid = wave.length;
  const going = wave.map(async (subject) => {
    await pause((longest - leadOf(subject)) * 1_000);
    await batch.arm(bench, subject);
    await go(bench, subject).catch((error: Error) => note(subject, error.message));
    unsaid -= 1;
  });
  const standing = async (subject: Subject) => {
    // whoever is asked may be away for a moment
    if (!((await batch.stands?.(bench, subject).catch(() => false)) ?? true)) return false;
    subject.stoodAt ??= Date.now();
    return true;
  };
  let away = [...wave];
  let deadline = Date.now() + (longest + STAND_SECONDS) * 1_000;
  while (away.length > 0) {
    const stands = await Promise.all(away.map(standing));
    const there = away.filter((_, index) => stands[index]);
    const since = there.map(({ stoodAt = 0 }) => Date.now() - stoodAt);
    const isLong = there.some((subject, index) => {
      const mayStand = batch.mayStand?.(subject) ?? Number.POSITIVE_INFINITY;
      // a strike in the middle of a sentence is another experiment
      return (since[index] ?? 0) > (mayStand + (unsaid > 0 ? 2 : 0)) * 1_000;
    });
    const isTime = there.length === away.length || isLong;
    const isOver = Date.now() > deadline;
    if ((isTime || isOver) && there.length > 0) {
      const longest = (Math.max(...since) / 1_000).toFixed(1);
      bench.say(`${batch.name}: strikes while ${there.length} of ${away.length} stand, for ${longest} s at most`);
      bench.recovery.standing = there;
      await batch.strike?.(bench, there);
      away = away.filter((subject) => !there.includes(subject));
      deadline = Date.now() + STAND_SECONDS * 1_000;
    }
    if (isOver && there.length === 0) {
      for (const subject of away) note(subject, `it never stood at its point: ${bench.crowd.lineOf(subject)}`);
      break;
    }
    await pause(100);
  }
  await Promise.all(going);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Says what was missing; again when Firebreak died before it answered. */
async function go(bench: Bench, subject: Subject): Promise<void> {
  const { effect } = subject.cell;
  const say = async () => {
    if (effect.go !== undefined) await effect.go(bench, subject);
    else if (effect.gate === undefined) await open(bench, subject);
    else await bench.crowd.open(subject);
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await say();
    } catch (error) {
      // fetch throws a TypeError when nobody answers
      if (!(error instanceof TypeError) || tries === GO_TRIES) throw error;
      await pause(1_000);
    }
  }
}

async function untilRest({ patience = PATIENCE_SECONDS }: Batch, bench: Bench, note: Note): Promise<void> {
  const moving = () => bench.subjects.filter((subject) => subject.incident !== '' && !bench.crowd.isAtRest(subject));
  await eventually('all are at rest', patience, async () => moving().length === 0).catch(() => {
    for (const subject of moving()) note(subject, `not at rest after ${patience} s: ${bench.crowd.lineOf(subject)}`);
  });
}

async function audit(
  batch: Batch,
  bench: Bench,
  notes: { broken: ReturnType<typeof notebook>; missed: ReturnType<typeof notebook> },
  times: Map<Subject, number>,
): Promise<CellResult[]> {
  const opened = bench.subjects.filter(({ incident }) => incident !== '');
  const world = await lookAtTwins(bench.site);
  const views = await lookAtRecords(
    bench.site,
    opened.map(({ incident }) => incident),
  );
  return bench.subjects.map((subject): CellResult => {
    const { cell, user, key, incident } = subject;
    const view = views.get(incident);
    const missed = [...notes.missed.of(subject), ...(batch.missed?.(bench, subject) ?? [])];
    const result = { batch: batch.name, effect: cell.effect.name, point: cell.point, incident, missed };
    if (view === undefined) {
      const findings = [...notes.broken.of(subject), ...(missed.length === 0 ? ['no incident was opened'] : [])];
      return { ...result, ended: '', findings, late: [], duplicates: 0 };
    }
    const found = { view, world, plan: view.incident.plan as Plan | undefined, user, key: key.id };
    const verdict = judge(found);
    const findings = [
      ...notes.broken.of(subject),
      ...verdict.findings,
      ...(missed.length === 0 ? (batch.judge?.(bench, subject, found) ?? []) : []),
    ];
    const late = missed.length === 0 ? lateOf(bench, subject, times) : [];
    return { ...result, ...verdict, findings, late };
  });
}

/** What has come to rest and is not over, for whoever reads along. */
export function waitingLines({ cells }: BatchResult): string[] {
  return cells
    .filter(({ ended }) => ended.startsWith('waits'))
    .map(({ effect, point, incident, ended }) => `${effect} · ${point} (${incident}) ${ended}`);
}

function lateOf({ recovery }: Bench, subject: Subject, times: Map<Subject, number>): string[] {
  const { promise } = subject.cell.effect;
  const time = times.get(subject);
  if (recovery.deathOf(subject) !== 'worker' || (promise !== 'contain' && promise !== 'interrupt')) return [];
  if (time === undefined) return ['nothing was asked of a provider after the worker had died'];
  return time > CONTAINMENT_MS ? [`containment was repeated only ${time} ms after the worker had died`] : [];
}

function grouped({ recovery }: Bench, times: Map<Subject, number>): Record<string, number[]> {
  const recovered: Record<string, number[]> = {};
  for (const [subject, time] of times) {
    const kind = `${recovery.deathOf(subject)} · ${subject.cell.effect.promise}`;
    recovered[kind] = [...(recovered[kind] ?? []), time];
  }
  return recovered;
}
