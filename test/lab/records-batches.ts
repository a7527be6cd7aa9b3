/**
 * The records cannot be written for longer than Firebreak waits: another process holds the file, or not one byte more can
 * be written. What happens to an effect that is about to begin, to one that is about to end, to a word, and to an alert.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '../system/eventually.js';
import type { Site } from '../system/site.js';
import type { Batch, Bench, Cell, Effect, Subject } from './cell.js';
import { EFFECTS } from './effects.js';
import { openLabSite, QUICK_SCAN } from './lab-site.js';
import { arm, isHeld, release } from './traps.js';

/** Firebreak waits 10 s for a lock. */
const CLOSED_MS = 13_000;

const BEGIN = 'about to begin';
const FINISH = 'applied, about to finish';
const SPOKEN = 'while it is said';
const TAKEN = 'while it comes in';

const CHANGES: readonly Effect[] = [
  EFFECTS.disable,
  EFFECTS.cutSessions,
  EFFECTS.rotate,
  EFFECTS.store,
  EFFECTS.revoke,
  EFFECTS.openTicket,
];

/** The look before each of them. */
const LOOKS: Record<string, NonNullable<Effect['at']>> = {
  [EFFECTS.disable.name]: { twin: 'aws', method: 'ListAccessKeys' },
  [EFFECTS.cutSessions.name]: { twin: 'aws', method: 'GetUserPolicy' },
  [EFFECTS.rotate.name]: { twin: 'aws', method: 'ListAccessKeys' },
  [EFFECTS.store.name]: { twin: 'vault', method: 'read' },
  [EFFECTS.revoke.name]: { twin: 'aws', method: 'ListAccessKeys' },
};

const stays = async () => {};
const WORDS: readonly Effect[] = [
  { name: 'say yes', promise: 'contain', gate: 'disable', go: stays },
  { name: 'say false alarm', promise: 'undo', gate: 'rotate', go: stays },
];
const ALERTS: readonly Effect[] = [
  { name: 'alert of monitoring', promise: 'read', go: stays },
  { name: 'alert of GitHub', promise: 'read', fromGithub: true, go: stays },
  { name: 'alert of a person', promise: 'read', go: stays },
];

export const CELLS: readonly Cell[] = [
  ...CHANGES.filter(({ name }) => name in LOOKS).map((effect) => ({
    effect: { ...effect, at: LOOKS[effect.name]! },
    point: BEGIN,
  })),
  ...CHANGES.map((effect) => ({ effect, point: FINISH })),
  ...WORDS.map((effect) => ({ effect, point: SPOKEN })),
  ...ALERTS.map((effect) => ({ effect, point: TAKEN })),
];

export const recordsLocked = (cells = CELLS): Batch => closed('records locked', lock, cells);
export const recordsFull = (cells = CELLS): Batch => closed('records full', fill, cells);

function closed(name: string, close: (site: Site) => Promise<() => Promise<void>>, cells: readonly Cell[]): Batch {
  const refused = new Map<Subject, string>();
  return {
    name,
    cells: [...cells],
    open: () => openLabSite(QUICK_SCAN),
    async arm(bench, subject) {
      if (subject.cell.point === BEGIN) await arm(bench, subject, 'slow');
      if (subject.cell.point === FINISH) await arm(bench, subject, 'slow-answer');
    },
    async stands(bench, subject) {
      return subject.cell.point === SPOKEN || subject.cell.point === TAKEN || isHeld(bench, subject);
    },
    async strike(bench, wave) {
      const reopened = await close(bench.site);
      const waiting = wave.filter(({ cell }) => cell.point === SPOKEN || cell.point === TAKEN);
      const first = waiting.map(async (subject) => refused.set(subject, await say(bench, subject)));
      await release(bench, wave);
      await reopened();
      await Promise.all(first);
      // whoever was told that it did not work says it again
      for (const subject of waiting) {
        if (refused.get(subject) === 'taken') continue;
        await eventually(`${subject.user} is heard`, 30, async () => (await say(bench, subject)) === 'taken');
      }
    },
    judge(_bench, subject, { view }) {
      if (subject.cell.point !== TAKEN && subject.cell.point !== SPOKEN) return [];
      const answer = refused.get(subject);
      const once = subject.cell.point === TAKEN ? view.inbox.length : view.decisions.filter(isLabs(subject)).length;
      return [
        ...(answer === 'taken' || answer === 'refused' ? [] : [`while records were closed it answered ${answer}`]),
        ...(once === 1 ? [] : [`it is in records ${once} times`]),
      ];
    },
  };
}

const isLabs =
  ({ cell }: Subject) =>
  ({ control, step, person }: { control: string; step: string; person: string }) =>
    person === 'leo' && (cell.effect.name === 'say yes' ? step === 'contain.disable.ask' : control === 'false_alarm');

/** `taken` only with a clear yes; a clear no is `refused`; all else in words. */
async function say({ site, crowd }: Bench, subject: Subject): Promise<string> {
  const { effect, point } = subject.cell;
  const answer = await (point === SPOKEN
    ? effect.name === 'say yes'
      ? site.decide('leo', subject.incident, 'yes')
      : site.api('leo', 'POST', `/incidents/${subject.incident}/controls`, { control: 'false_alarm', reason: 'a lab' })
    : effect.fromGithub === true && subject.leaked !== undefined
      ? site.fromGithub(subject.leaked)
      : effect.name === 'alert of a person'
        ? site.api('sam', 'POST', '/incidents', { id: subject.key.id })
        : site.fromMonitoring(subject.key)
  ).catch((error: Error) => ({ status: 0, body: { error: { code: 'cut', message: error.message } } }) as const);
  if (answer.status >= 500) return 'refused';
  if (answer.status !== 200 && answer.status !== 202) return `${answer.status} ${JSON.stringify(answer.body)}`;
  if (point === TAKEN && subject.incident === '') {
    subject.incident = String((answer.body as { incident?: string }).incident);
    crowd.watch(subject);
  }
  return 'taken';
}

/** Another process holds the write lock: a backup, or somebody's shell. */
async function lock(site: Site): Promise<() => Promise<void>> {
  const script = fileURLToPath(new URL('./records-lock.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, join(site.data, 'records.db'), String(CLOSED_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(createInterface({ input: child.stdout }), 'line');
  return async () => {
    const [code] = (await ended) as [number];
    if (code !== 0) throw new Error(`the process that held the lock ended with ${code}`);
  };
}

/** Not one byte more into any file: what a full disk is to a process. */
async function fill(site: Site): Promise<() => Promise<void>> {
  const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(site.pid), `--fsize=${bytes}:unlimited`]);
  limit('0');
  const reopenAt = Date.now() + CLOSED_MS;
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, reopenAt - Date.now()));
    limit('unlimited');
  };
}
