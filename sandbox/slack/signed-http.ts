import { createHmac } from 'node:crypto';
import type { Delivered, Delivery, Retry, Transport } from './dispatch.js';

/** A request as it was sent, to be sent again or spoiled. */
export interface Signed {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Slack's `v0` signature. `at`: seconds since the epoch. */
export function sign(secret: string, body: string, at: number): Record<string, string> {
  const hash = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${hash}` };
}

/** Commands are forms, interactions are JSON in a form, events are JSON. */
function bodyOf({ kind, payload }: Delivery): { type: string; body: string } {
  const form = 'application/x-www-form-urlencoded';
  if (kind === 'events_api') return { type: 'application/json', body: JSON.stringify(payload) };
  if (kind === 'interactive') {
    return { type: form, body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString() };
  }
  const fields = Object.entries(payload).filter(([, value]) => value !== undefined && value !== null);
  return {
    type: form,
    body: new URLSearchParams(Object.fromEntries(fields.map(([name, value]) => [name, String(value)]))).toString(),
  };
}

/** The Events API, interactivity and commands as signed POSTs to one request URL. */
export class SignedHttp implements Transport {
  requestUrl: string;
  readonly #secret: string;
  readonly #ackMs: number;
  readonly #now: () => number;

  constructor(options: { requestUrl: string; secret: string; ackMs: number; now: () => number }) {
    this.requestUrl = options.requestUrl;
    this.#secret = options.secret;
    this.#ackMs = options.ackMs;
    this.#now = options.now;
  }

  /** Signed for the time `at`, in seconds; now unless told. */
  signed(delivery: Delivery, retry?: Retry, at = Math.floor(this.#now() / 1000)): Signed {
    const { type, body } = bodyOf(delivery);
    return {
      url: this.requestUrl,
      body,
      headers: {
        'content-type': type,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        ...sign(this.#secret, body, at),
        ...(retry && { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }),
      },
    };
  }

  async send(delivery: Delivery, retry?: Retry): Promise<Delivered> {
    const signed = this.signed(delivery, retry);
    return { ...(await this.post(signed)), signed };
  }

  /** Sends exactly this. */
  async post({ url, headers, body }: Signed): Promise<Delivered> {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#ackMs),
      });
      text = await answer.text();
    } catch (error) {
      const late = (error as Error).name === 'TimeoutError';
      return late
        ? { outcome: 'timeout', reason: 'http_timeout' }
        : { outcome: 'unreachable', reason: 'connection_failed' };
    }
    const { status } = answer;
    if (status < 200 || status > 299) {
      const noRetry = answer.headers.get('x-slack-no-retry') === '1';
      return { outcome: 'refused', reason: 'http_error', status, ...(noRetry && { noRetry }) };
    }
    return { outcome: 'acked', status, ...(text !== '' && { payload: parsed(text) }) };
  }

  /** Asks the request URL whether it is one of Slack's, as when it is entered; true when the challenge came back. */
  async verifyUrl(challenge: string): Promise<boolean> {
    const payload = { token: 'verification-token', challenge, type: 'url_verification' };
    const { outcome, payload: said } = await this.send({ kind: 'events_api', payload });
    return outcome === 'acked' && (said === challenge || (said as { challenge?: string })?.challenge === challenge);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
