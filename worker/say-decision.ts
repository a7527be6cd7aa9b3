/** The one way in which a person's answer or control is said: by API, command line and Slack alike. */
import { createHash } from 'node:crypto';
import { oneLine } from '../activities/alert.js';
import type { Decision, Records } from '../records/records.js';
import { type DecisionDoor, outcomeOf, type Said } from './dispatcher/decision-door.js';
import type { Log } from './log.js';

/** What exactly it is about; `step` is '' for the incident as a whole. */
export type About = Pick<Decision, 'step' | 'generation' | 'planDigest'>;

export interface ToSay {
  /** The same id is the same decision, however often it is said. */
  id: string;
  incident: string;
  person: string;
  /** Held now, each with how that is known. */
  roles: Decision['roles'];
  /** `api`, `cli`, `slack`. */
  channel: string;
  control: string;
  answer: string;
  reason?: string | undefined;
  /** ms since epoch, when the person said it; now unless told. */
  at?: number;
  /** Asked only where it was not said before. */
  about(): About | Promise<About>;
}

export interface SayDoors {
  records: Records;
  decisions: DecisionDoor;
  clock: { now(): number };
  log: Log;
}

const REASON_AT_MOST = 300;

/** What whoever said it reads while Temporal does not answer. */
export const STORED = 'I stored your answer and will apply it when Temporal is back; nothing has happened yet.';

/** Thrown where the id stands for something else that was said. Nothing was done. */
export class SaidOtherwise extends Error {
  constructor() {
    super('This id stands for something else that was said.');
    this.name = 'SaidOtherwise';
  }
}

/** Writes it, tells the workflow, and says what became of it. Throws SaidOtherwise and RecordsError. */
export async function sayDecision(doors: SayDoors, { about, at, ...said }: ToSay): Promise<Said> {
  const earlier = (await doors.records.decisions.ofIncident(said.incident)).find(({ id }) => id === said.id);
  if (earlier !== undefined) {
    if (earlier.control !== said.control || earlier.answer !== said.answer) throw new SaidOtherwise();
    // under way, or left behind while Temporal was down: whoever says it again hears what becomes of it
    return earlier.outcome === 'given' ? doors.decisions.say(earlier) : outcomeOf(earlier);
  }
  const decision: Decision = {
    ...(await about()),
    ...said,
    at: at ?? doors.clock.now(),
    reason: oneLine(said.reason ?? '', REASON_AT_MOST),
  };
  const outcome = await doors.decisions.say(decision);
  const { incident, control, step, person, channel } = decision;
  doors.log.info({ incident, control, step, person, channel, outcome: outcome.outcome }, 'decision taken');
  return outcome;
}

/** An id that nobody can name who does not know all of `from`: 128 bits. */
export function decisionId(...from: string[]): string {
  return createHash('sha256').update(from.join('\0')).digest('hex').slice(0, 32);
}
