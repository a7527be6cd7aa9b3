import { TemporalUnavailable } from '../../dispatcher/port.js';
import { decisionId, STORED, sayDecision } from '../../say-decision.js';
import { message } from '../starting/message.js';
import type { DecidingDoors } from './deciding-doors.js';
import { ownerOf, type Pressed } from './pressed.js';
import { refusalMessage } from './refusal-message.js';

/** What the person says by it. */
export interface Spoken {
  control: string;
  /** As `answerText` writes it: `yes`, `not_yet 30`, `10`. */
  answer?: string;
  /** Of a control: the step that it is about. */
  step?: string;
  reason?: string;
}

type AboutIncident = Pressed<'incident' | 'question' | 'person'>;

/**
 * Says it by the same door as API and command line: roles are read now and recorded with it, the id comes from the row of
 * what was pressed, and an answer is bound to the question that the person saw. Whoever is refused is told why; what counts
 * shows on the card. Answers what became of it, in a word. Throws TemporalUnavailable where nothing has yet: the person
 * has read that it is stored, and hears what becomes of it when it is said again.
 */
export async function speak(doors: DecidingDoors, what: AboutIncident, spoken: Spoken): Promise<string> {
  const { said, answer, key, handle, person, row } = what;
  const held = await doors.people.rolesOf(person, ownerOf(row));
  let isNew = false;
  const isAnswer = spoken.control === 'decide' && handle.of === 'question';
  const outcome = await sayDecision(doors, {
    id: decisionId(doors.source, key),
    incident: row.id,
    person,
    roles: held.roles,
    channel: 'slack',
    control: spoken.control,
    answer: spoken.answer ?? '',
    reason: spoken.reason,
    at: said.at,
    about: () => {
      isNew = true;
      return isAnswer
        ? { step: handle.step, generation: handle.generation, planDigest: handle.digest }
        : { step: spoken.step ?? '', generation: 0, planDigest: row.planDigest ?? '' };
    },
  });
  if (outcome.outcome === 'stored') {
    if (isNew) await answer.tell(message(doors.banner, [STORED]));
    throw new TemporalUnavailable(`to say ${spoken.control} of ${row.id}`);
  }
  if (outcome.outcome === 'refused') {
    await answer.tell(await refusalMessage(doors, what, outcome.refusal, held.unread));
    return `refused: ${outcome.refusal.code}`;
  }
  return outcome.outcome;
}
