/** Processes die while a twin holds one request of each incident. */
import { killProcesses } from '../../../sandbox/twin/control.js';
import { eventually } from '../../system/eventually.js';
import type { Batch, Bench, Cell, Effect, Subject } from '../cell.js';
import { EFFECTS } from '../effects.js';
import { arm, isHeld, release } from '../traps.js';

/** `before`: never arrives · `late`: arrives when the next worker runs · `after`: applied, and the answer never arrives. */
type Point = 'before' | 'late' | 'after' | 'during';

export const ALL: Effect[] = Object.values(EFFECTS);

/** Every effect at every point; what sends no request is met `during`. */
export function cellsOf(effects: Effect[], points: Point[]): Cell[] {
  return effects.flatMap((effect) =>
    effect.at === undefined ? [{ effect, point: 'during' }] : points.map((point) => ({ effect, point })),
  );
}

const standing = {
  // a request is given up after its time limit: 8 s, or 15 s; then nothing stands
  mayStand: ({ cell: { effect } }: Subject) =>
    ['contain', 'interrupt', 'read'].includes(effect.promise) || effect === EFFECTS.unrotate ? 5 : 11,
  arm: (bench: Bench, subject: Subject) => arm(bench, subject, subject.cell.point === 'after' ? 'slow-answer' : 'slow'),
  async stands(bench: Bench, subject: Subject) {
    if (subject.cell.effect.at !== undefined) return isHeld(bench, subject);
    // the scan: nothing but its line tells that it runs
    const { name } = subject.cell.effect;
    return (await bench.site.step(subject.incident, `${name}_logs`))?.state === 'running';
  },
};

const at = (wave: Subject[], ...points: string[]) => wave.filter(({ cell }) => points.includes(cell.point));

async function startAgain({ site, say }: Bench): Promise<void> {
  const began = Date.now();
  await site.start();
  say(`Firebreak serves again after ${((Date.now() - began) / 1_000).toFixed(1)} s`);
}

/** Firebreak dies, and what else is said; it is started again at once. */
function killed(what: string, cells: Cell[], name: string, others: (bench: Bench) => number[]): Batch {
  return {
    name,
    cells,
    ...standing,
    async strike(bench, wave) {
      const { site } = bench;
      await killProcesses(site.addresses.control, [site.pid, ...others(bench)]);
      bench.recovery.died(what);
      await site.ended();
      await release(bench, at(wave, 'before', 'after'), { cut: true });
      await startAgain(bench);
      await release(bench, at(wave, 'late'));
    },
  };
}

/** The worker, and with it intake, API, dispatcher and teller: Firebreak is one process. */
export function workerKilled(cells: Cell[], name = 'worker killed'): Batch {
  return killed('worker', cells, name, () => []);
}

/** The answers of the twins arrive while there is no Temporal to tell. */
export function serverKilled(cells: Cell[], name = 'Temporal killed'): Batch {
  return {
    name,
    cells,
    ...standing,
    async strike(bench, wave) {
      const { site } = bench;
      const [server] = site.temporalServers() as [number];
      await killProcesses(site.addresses.control, [server]);
      bench.recovery.died('Temporal');
      await release(bench, wave);
      await eventually('another server runs', 30, async () => site.temporalServers().some((pid) => pid !== server));
    },
  };
}

export function bothKilled(cells: Cell[], name = 'both killed'): Batch {
  return killed('both', cells, name, ({ site }) => site.temporalServers());
}

/** Longer than any attempt that shows no sign of life may take. */
const BEYOND_TIMEOUTS_MS = 12_000;

/**
 * SIGSTOP; another Firebreak takes over on the same data; when all attempts have timed out, SIGCONT: the first one wakes up
 * in the middle of what the second one has done meanwhile. Both run on.
 */
export function zombie(cells: Cell[], name = 'worker frozen, then awake'): Batch {
  return {
    name,
    cells,
    ...standing,
    async strike(bench, wave) {
      const { site } = bench;
      bench.recovery.died('frozen worker');
      const frozenAt = Date.now();
      await site.freeze();
      await startAgain(bench);
      await eventually('its attempts are over', 60, async () => Date.now() - frozenAt > BEYOND_TIMEOUTS_MS);
      await release(bench, wave);
      site.thaw();
    },
  };
}
