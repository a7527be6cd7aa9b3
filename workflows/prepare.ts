/** From a number to a plan: identify at the provider, resolve facts, bind the playbook. From then on it is history. */
import type { Prepared, View } from '../activities/contract.js';
import type { Desk } from './messages.js';
import { optionsOf } from './options.js';
import { callActivity, failureOf } from './perform.js';

/** Tries until there is an answer: a failure is told to security-on-call, and a person's retry starts it again. */
export async function prepare(desk: Desk): Promise<Prepared | { result: 'cancelled'; line: string }> {
  const { incident } = desk;
  for (let attempt = 1; ; attempt += 1) {
    if (desk.cancelPressed !== undefined) {
      return { result: 'cancelled', line: `cancelled by ${desk.cancelPressed.person} before there was a plan` };
    }
    try {
      return await callActivity<Prepared>('prepare', optionsOf('prepare'), { incident, view: opening('', '') });
    } catch (error) {
      const { code, message } = failureOf(error);
      const line = `no plan yet (${code}): ${message}; retry, or cancel`;
      const view = opening('security-on-call or a responder', line);
      const note = {
        incident,
        view,
        kind: 'failed',
        step: '',
        generation: attempt,
        line,
        key: `prepare/${attempt}`,
        tell: true,
      };
      await callActivity('note', optionsOf({ row: 'say', summary: line, limitSeconds: 600 }), note).catch(
        () => undefined,
      );
      desk.retryPressed = false;
      while (!desk.retryPressed && desk.cancelPressed === undefined) await desk.news();
    }
  }
}

function opening(waiting: string, held: string): View {
  return { stage: 'opening', waiting, held, at: Date.now() };
}
