import { type Agent, request } from 'node:http';

export interface TimedAnswer {
  /** Or why there was none, as Node names it. */
  status: number | string;
  /** When it had a connection, and how long the answer took from then on, ms (performance.now). */
  began: number;
  ms: number;
}

export const isAcknowledged = ({ status }: TimedAnswer): boolean =>
  typeof status === 'number' && status >= 200 && status < 300;

/** Posts as a sender does that keeps few connections open: what waits for one is not the receiver's time. */
export function timedPost(
  url: string,
  { agent, headers, body }: { agent: Agent; headers: Record<string, string>; body: string },
): Promise<TimedAnswer> {
  return new Promise((resolve) => {
    let began = performance.now();
    const ends = (status: number | string) => resolve({ status, began, ms: performance.now() - began });
    const failed = ({ code }: NodeJS.ErrnoException) => ends(code ?? 'error');
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => ends(answer.statusCode ?? 0));
      answer.once('error', failed);
    });
    sent.once('socket', () => {
      began = performance.now();
    });
    sent.once('error', failed);
    sent.end(body);
  });
}
