/** From a number to a plan: identify at the provider, resolve facts, bind the playbook. From then on it is history. */
import type { Prepared, View } from '../activities/contract.js';
import type { FailureCode } from '../playbooks/language/words.js';
import type { Desk } from './messages.js';
import { optionsOf } from './options.js';
import { callActivity, failureOf } from './perform.js';

/** After these nobody has to do anything but wait, so it is tried again without a person. */
const PASSING: readonly FailureCode[] = [
  'unavailable',
  'rate-limited',
  'too-late',
  'unknown-outcome',
  'unexpected-answer',
];
const PAUSE = { firstMs: 5_000, mostMs: 600_000 };

/**
 * Tries until there is an answer. A failure is told to security-on-call within a minute, each once however long it
 * lasts; what can pass is tried again ever more rarely, the rest waits for a person's retry.
 */
export async function prepare(desk: Desk): Promise<Prepared | { result: 'cancelled'; line: string }> {
  const { incident } = desk;
  let told = '';
  for (let attempt = 1; ; attempt += 1) {
    if (desk.cancelPressed !== undefined) {
      return { result: 'cancelled', line: `cancelled by ${desk.cancelPressed.person} before there was a plan` };
    }
    try {
      return await callActivity<Prepared>('prepare', optionsOf('prepare'), { incident, view: opening('', '') });
    } catch (error) {
      const { code, message } = failureOf(error);
      const passes = PASSING.includes(code);
      const line = `no plan yet (${code}): ${message}; ${passes ? 'it is tried again' : 'retry'}, or cancel`;
      if (line !== told) say(incident, line, attempt);
      told = line;
      desk.retryPressed = false;
      const again = passes ? Date.now() + Math.min(PAUSE.firstMs * 2 ** (attempt - 1), PAUSE.mostMs) : undefined;
      while (!desk.retryPressed && desk.cancelPressed === undefined && !(again !== undefined && Date.now() >= again)) {
        await desk.news(again);
      }
    }
  }
}

/** Nobody waits for the mail: a mail server that is down must not keep a credential from being contained. */
function say(incident: string, line: string, attempt: number): void {
  const view = opening('security-on-call or a responder', line);
  const key = `prepare/${attempt}`;
  const note = { incident, view, kind: 'failed', step: '', generation: attempt, line, key, tell: true };
  callActivity('note', optionsOf({ row: 'say', summary: line, limitSeconds: 600 }), note).catch(() => undefined);
}

function opening(waiting: string, held: string): View {
  return { stage: 'opening', waiting, held, at: Date.now() };
}
