/** Somebody presses Terminate or Cancel in Temporal's own web page while a request of an incident is under way. */
import { eventually } from '../system/eventually.js';
import type { Batch, Bench, Cell, Effect, Subject } from './cell.js';
import { EFFECTS } from './effects.js';
import { openTemporalSite, type TemporalSite } from './temporal-site.js';
import { pressCancel, pressTerminate } from './temporal-ui.js';
import { arm, isHeld, release } from './traps.js';

/** Each class of change, and a tell. */
const CHANGES: readonly Effect[] = [
  EFFECTS.openTicket,
  EFFECTS.disable,
  EFFECTS.cutSessions,
  EFFECTS.rotate,
  EFFECTS.store,
  EFFECTS.revoke,
  EFFECTS.removeCut,
];
const cells = (points: string[], effects: readonly Effect[]): Cell[] =>
  points.flatMap((point) => effects.map((effect) => ({ effect, point })));

const RESUMED = 'applied, terminated, resumed';
const CLOSED = 'applied, terminated, closed';

/**
 * The request is applied, its answer never comes since the worker dies, and no workflow will ever ask again. The
 * reconciler tells security-on-call; they resume one half of the incidents and close the other, whose effects it settles.
 */
export function terminated(effects: readonly Effect[] = CHANGES): Batch {
  let lab: TemporalSite;
  return {
    name: 'terminated in Temporal',
    cells: cells([RESUMED, CLOSED], effects),
    patience: 240,
    async open() {
      lab = await openTemporalSite();
      return lab.site;
    },
    arm: (bench, subject) => arm(bench, subject, 'slow-answer'),
    stands: isHeld,
    async strike(bench, wave) {
      const { site } = bench;
      await site.kill();
      for (const { incident } of wave) await pressTerminate(lab.temporal, incident);
      await release(bench, wave, { cut: true });
      await site.start();
      for (const subject of wave) {
        await eventually(`${subject.incident} is held for a person`, 100, async () =>
          String((await site.incident(subject.incident)).held).startsWith('no workflow runs it'),
        );
        const goesOn = subject.cell.point === RESUMED;
        const control = goesOn ? { control: 'resume' } : { control: 'close', reason: 'the lab ends it' };
        const said = await site.api('leo', 'POST', `/incidents/${subject.incident}/controls`, control);
        if (said.status !== 200) throw new Error(`${subject.incident}: ${JSON.stringify(said.body)}`);
      }
    },
    judge(_bench, { cell }, { view, world }) {
      const { id, closedAs } = view.incident;
      const mails = Object.keys(world.mails).filter(
        (mail) => mail.startsWith(`<${id}.`) && mail.includes('unfinished'),
      );
      return [
        ...(mails.length > 0 ? [] : ['nobody was told that no workflow runs it']),
        ...(cell.point === CLOSED && closedAs !== 'cancelled'
          ? [`it closed as ${closedAs}, and not as cancelled`]
          : []),
        ...(cell.point === RESUMED && closedAs === 'cancelled' ? ['it was resumed, and closed as cancelled'] : []),
      ];
    },
  };
}

const ON_ITS_WAY = 'on its way';
const APPLIED = 'applied';

/** What has begun to change the world ends; nothing new begins; then it closes as cancelled. */
export function cancelled(effects: readonly Effect[] = CHANGES): Batch {
  let lab: TemporalSite;
  return {
    name: 'cancelled in Temporal',
    cells: cells([ON_ITS_WAY, APPLIED], effects),
    async open() {
      lab = await openTemporalSite();
      return lab.site;
    },
    arm: (bench, subject) => arm(bench, subject, subject.cell.point === APPLIED ? 'slow-answer' : 'slow'),
    stands: isHeld,
    async strike(bench, wave) {
      for (const { incident } of wave) await pressCancel(lab.temporal, incident);
      await eventually('all have heard of it', 20, () => heard(bench, wave));
      await release(bench, wave);
    },
    judge(_bench, _subject, { view: { incident, effects: rows } }) {
      const begun = rows.filter(({ attempts, state }) => attempts > 0 && state !== 'done');
      return [
        ...(incident.closedAs === 'cancelled' ? [] : [`it closed as ${incident.closedAs}, and not as cancelled`]),
        ...begun.map(({ key, state }) => `${key} had begun and is ${state}`),
      ];
    },
  };
}

async function heard({ site }: Bench, wave: Subject[]): Promise<boolean> {
  const seen = await Promise.all(wave.map(({ incident }) => site.incident(incident)));
  return seen.every(({ live }) => live?.steps.every(({ state }) => state !== 'pending') ?? false);
}
