import { StepFailed } from '../../activities/contract.js';
import { effectName } from '../../activities/effect-key.js';
import { noteMoment } from '../../activities/moments.js';
import type { Settled } from '../../activities/settle.js';
import { unfinishedMoment } from '../../activities/settle-row.js';
import type { EffectRow, IncidentRow, Records } from '../../records/records.js';
import type { Log } from '../log.js';
import { openIncidents } from '../open-incidents.js';
import type { Fate, TemporalPort } from './port.js';
import { settleAll } from './settle-all.js';

export interface ReconcileDoors {
  records: Records;
  temporal: TemporalPort;
  /** Ends one open row; throws Later and StepFailed. */
  settle(row: EffectRow): Promise<Settled>;
  clock: { now(): number };
  log: Log;
}

const EVERY_MS = 60_000;
/** The one activity that a workflow drops though it may have begun something, and what it begins. */
const ASKING = 'ask_people';
const ASKED_BY: ReadonlySet<string> = new Set(['ask_people', 'page']);
/** A workflow that was accepted a moment ago may not be in Temporal's index yet; and it is seldom lost so soon. */
const YOUNG_MS = 10_000;

/**
 * Finds what no workflow will finish: open incidents whose workflow was ended from outside or lost, and effects that
 * nobody will end. The first are held for security-on-call, who resume or close them; the second are settled. Both are
 * told. Looks once a minute; remembers nothing that matters.
 */
export function createReconciler(doors: ReconcileDoors): () => Promise<void> {
  const { records, temporal, clock, log } = doors;
  let dueAt = 0;

  async function abandoned(): Promise<Set<string>> {
    const ids = new Set<string>();
    const candidates: IncidentRow[] = [];
    for await (const row of openIncidents(records)) {
      if (row.startedAt !== undefined && row.startedAt <= clock.now() - YOUNG_MS) candidates.push(row);
    }
    if (candidates.length === 0) return ids;
    const running = await temporal.runningIds();
    await settleAll(
      candidates
        .filter(({ id }) => !running.has(id))
        .map(async ({ id }) => {
          const fate = await temporal.fate(id);
          // Read anew: it may have closed while we asked.
          const row = await records.incidents.get(id);
          if (fate.state === 'running' || row === undefined || row.closedAt !== undefined) return;
          ids.add(id);
          await hold(row, fate);
        }),
    );
    return ids;
  }

  async function hold(row: IncidentRow, fate: Exclude<Fate, { state: 'running' }>): Promise<void> {
    const now = clock.now();
    const held = `no workflow runs it: ${endOf(fate)}`;
    if (row.held === held) return;
    log.error({ incident: row.id, fate }, 'an open incident has no workflow');
    const line = `${held}. What it did stays done. firebreak resume ${row.id} goes on where it was, firebreak close ${row.id} --why … ends it`;
    const run = fate.state === 'ended' ? fate.run : 'lost';
    const { id: incident } = row;
    await records.timeline.append({
      incident,
      at: now,
      kind: 'held',
      step: '',
      generation: 1,
      line,
      key: `unfinished/${run}`,
    });
    await noteMoment(records, { incident, moment: 'unfinished', at: now, line, part: run });
    // Last: until it is shown, it is noted again.
    await records.incidents.show(incident, {
      stage: row.stage,
      waiting: 'security-on-call: resume or close it',
      held,
      at: now,
    });
  }

  async function settleOpen(noWorkflow: ReadonlySet<string>): Promise<void> {
    const rows = (await records.effects.open(clock.now())).filter(({ key }) => !isTellers(key));
    const incidents = new Map(
      await Promise.all(
        [...new Set(rows.map(({ incident }) => incident))].map(
          async (id) => [id, await records.incidents.get(id)] as const,
        ),
      ),
    );
    for (const row of rows) {
      const incident = incidents.get(row.incident);
      if (incident === undefined) continue;
      const runs = incident.closedAt === undefined && !noWorkflow.has(incident.id);
      // What a workflow runs, it ends itself.
      if (runs && !(await isLeftBehind(row))) continue;
      await settleOne(row);
    }
  }

  /** The mail or page of a question that was answered while it was sent: its workflow waits for it no more. */
  async function isLeftBehind({ incident, key }: EffectRow): Promise<boolean> {
    return ASKED_BY.has(effectName(key).verb) && !(await temporal.isUnderWay(incident, ASKING));
  }

  async function settleOne(row: EffectRow): Promise<void> {
    const { incident, key } = row;
    const { step, generation, target } = effectName(key);
    try {
      const { state, line } = await doors.settle(row);
      await records.timeline.append({
        incident,
        at: clock.now(),
        kind: 'settled',
        step,
        generation,
        line: `${key}: ${line}`,
        data: { state },
        key: `settled/${key}`,
      });
      log.info({ incident, effect: key, state }, 'an effect that nobody would end was settled');
      // A message that may not have arrived wakes nobody.
      if (state === 'needs_human' && row.class !== 'tell') {
        await noteMoment(records, unfinishedMoment(row, line, clock.now()));
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      log.warn({ incident, effect: key, reason }, 'an open effect is not settled yet');
      if (error instanceof StepFailed) {
        const told = `${target}: nobody knows how it ended, and Firebreak cannot look: ${reason}`;
        const part = `${key}/${error.code}`;
        await noteMoment(records, { incident, moment: 'unfinished', at: clock.now(), line: told, step, part });
      }
    }
  }

  return async () => {
    if (clock.now() < dueAt) return;
    await settleOpen(await abandoned());
    dueAt = clock.now() + EVERY_MS;
  };
}

/** What the teller tells, it tells until it is told. */
function isTellers(key: string): boolean {
  const { step, verb } = effectName(key);
  return step === 'incident' && verb !== 'note';
}

function endOf(fate: Exclude<Fate, { state: 'running' }>): string {
  if (fate.state === 'unknown') return 'Temporal does not know it any more';
  return `${fate.how === 'terminated' ? 'it was terminated in Temporal' : `it ${fate.how} in Temporal`} at ${new Date(fate.at).toISOString()}`;
}
