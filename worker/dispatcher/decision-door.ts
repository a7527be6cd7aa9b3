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
  /** One line for each incident in which somebody speaks right now: who spoke first is heard first. */
  const lines = new Map<string, Promise<unknown>>();

  /** Whoever waits behind somebody whom Temporal did not hear is not heard either. */
  function inLine<T>(incident: string, work: () => Promise<T>): Promise<T> {
    const before = (lines.get(incident) ?? Promise.resolve()).catch((error: unknown) => {
      if (error instanceof TemporalUnavailable) throw error;
    });
    const turn = before.then(work);
    lines.set(incident, turn);
    const leave = () => {
      if (lines.get(incident) === turn) lines.delete(incident);
    };
    turn.then(leave, leave);
    return turn;
  }

  /** All that was said about it and that nobody has answered, in the order in which it was said. */
  async function passAll(incident: string): Promise<Map<string, Said>> {
    const said = new Map<string, Said>();
    for (const row of await records.decisions.unsettled(incident)) {
      const outcome = await pass(row);
      said.set(row.id, outcome);
      if (outcome.outcome === 'stored') break;
    }
    return said;
  }

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

  return {
    async say(decision) {
      try {
        await records.decisions.give(decision);
        const said = await inLine(decision.incident, () => passAll(decision.incident));
        return said.get(decision.id) ?? (await answered(decision));
      } catch (error) {
        if (!(error instanceof TemporalUnavailable)) throw error;
        log.warn({ incident: decision.incident, control: decision.control }, 'decision stored, Temporal is down');
        doors.decided?.(decision.control, 'stored');
        return { outcome: 'stored' };
      }
    },

    async applyStored() {
      const incidents = new Set((await records.decisions.unsettled()).map(({ incident }) => incident));
      await settleAll(
        // Where somebody speaks right now, all that was said before is passed on with it.
        [...incidents].filter((incident) => !lines.has(incident)).map((incident) => applyLater(incident)),
      );
    },
  };

  async function applyLater(incident: string): Promise<void> {
    for (const [id, { outcome }] of await inLine(incident, () => passAll(incident))) {
      if (outcome !== 'stored') log.info({ incident, decision: id, outcome }, 'decision applied late');
    }
  }

  /** It was passed on while it waited in line, or the line broke before it. */
  async function answered({ id, incident }: Decision): Promise<Said> {
    const row = (await records.decisions.ofIncident(incident)).find((one) => one.id === id);
    return row === undefined ? { outcome: 'stored' } : outcomeOf(row);
  }
}

/** What became of it, as the records say; of a refusal they keep the sentence alone. */
export function outcomeOf(row: DecisionRow): Said {
  if (row.outcome === 'counted') return { outcome: 'counted' };
  if (row.outcome !== 'refused') return { outcome: 'stored' };
  return { outcome: 'refused', refusal: { code: 'not-possible', message: row.refusal } };
}
