import type { Decision, DecisionRow, Records } from '../../records/records.js';
import type { Refusal } from '../../workflows/core/message.js';
import type { Log } from '../log.js';
import { sayToAbandoned } from './abandoned.js';
import { messageOf } from './message-of.js';
import { type TemporalPort, TemporalUnavailable } from './port.js';
import { settleAll } from './settle-all.js';

/** `stored`: durably, and nothing has happened yet; the dispatcher goes on with it. */
export type Said = { outcome: 'counted' } | { outcome: 'refused'; refusal: Refusal } | { outcome: 'stored' };

export interface DecisionDoor {
  /** Records the decision, then tells the workflow, then records what became of it. */
  say(decision: Decision): Promise<Said>;
  /** The same for what an earlier process, or a Temporal that was down, left behind. Throws TemporalUnavailable. */
  applyStored(): Promise<void>;
}

interface Doors {
  records: Records;
  temporal: TemporalPort;
  clock: { now(): number };
  log: Log;
  /** For metrics. */
  decided?(control: string, outcome: 'counted' | 'refused' | 'stored'): void;
}

/** The one way by which people's answers and controls reach a workflow: never before they are written. */
export function createDecisionDoor(doors: Doors): DecisionDoor {
  const { records, clock, log } = doors;
  /** Being told to Temporal right now, so that the dispatcher does not settle it a second time. */
  const underway = new Set<string>();

  async function pass(row: DecisionRow): Promise<Said> {
    const outcome = await doors.temporal.control(row.incident, messageOf(row));
    const said = outcome.outcome === 'not-running' ? await withoutWorkflow(row) : outcome;
    if (said.outcome !== 'stored') {
      await records.decisions.settle(
        row.id,
        said.outcome,
        said.outcome === 'refused' ? said.refusal.message : '',
        clock.now(),
      );
      doors.decided?.(row.control, said.outcome);
    }
    return said;
  }

  async function withoutWorkflow(row: DecisionRow): Promise<Said> {
    const incident = await records.incidents.get(row.incident);
    if (incident !== undefined && incident.closedAt === undefined) {
      return incident.startedAt === undefined ? { outcome: 'stored' } : sayToAbandoned(doors, incident, row);
    }
    const message = `${row.incident} is closed, so there is nothing to decide.`;
    return { outcome: 'refused', refusal: { code: 'closed', message } };
  }

  async function guarded(row: DecisionRow): Promise<Said> {
    underway.add(row.id);
    try {
      return await pass(row);
    } finally {
      underway.delete(row.id);
    }
  }

  async function applyLater(row: DecisionRow): Promise<void> {
    const { outcome } = await guarded(row);
    if (outcome !== 'stored')
      log.info({ incident: row.incident, control: row.control, outcome }, 'decision applied late');
  }

  return {
    async say(decision) {
      underway.add(decision.id);
      try {
        await records.decisions.give(decision);
        return await guarded({ ...decision, outcome: 'given', refusal: '' });
      } catch (error) {
        if (!(error instanceof TemporalUnavailable)) throw error;
        log.warn({ incident: decision.incident, control: decision.control }, 'decision stored, Temporal is down');
        doors.decided?.(decision.control, 'stored');
        return { outcome: 'stored' };
      } finally {
        underway.delete(decision.id);
      }
    },

    async applyStored() {
      const rows = (await records.decisions.unsettled()).filter(({ id }) => !underway.has(id));
      const incidents = new Set(rows.map(({ incident }) => incident));
      // Side by side, but in the order in which people spoke within an incident.
      await settleAll(
        [...incidents].map(async (incident) => {
          for (const row of rows) if (row.incident === incident) await applyLater(row);
        }),
      );
    },
  };
}
