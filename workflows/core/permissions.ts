/** Who may press which control. Questions and tasks name their own people; this is for everything else. */
import type { Control } from './message.js';

/** Roles of which a person needs one; `any` = whoever holds a role here at all. `decide` asks its question instead. */
export const MAY: Record<Exclude<Control, 'decide'>, 'any' | readonly string[]> = {
  hold: 'any',
  resume: 'any',
  note: 'any',
  take: 'any',
  retry: ['security-on-call', 'responder'],
  skip: ['security-on-call', 'responder'],
  false_alarm: ['security-on-call', 'responder'],
  cancel: ['security-on-call', 'responder'],
  close: ['security-on-call', 'responder'],
};

/** The person whose own credential it is must not press these: each of them decides about it. */
export const NOT_BY_SUBJECT: readonly Control[] = ['resume', 'retry', 'skip', 'false_alarm', 'cancel', 'close'];

/** Controls that end or leave something out, and so need a reason. */
export const NEEDS_REASON: readonly Control[] = ['skip', 'cancel', 'close', 'note'];
