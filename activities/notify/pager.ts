import { z } from 'zod';
import type { Answer, Change, Seen, SendOptions } from '../connectors/contract.js';
import type { Secret } from '../secrets/secret.js';

export interface Page {
  /** Names the page for good: triggered again it wakes nobody twice, and by it the page is resolved. */
  dedupKey: string;
  /** One line; what whoever is woken reads first. */
  summary: string;
  /** Where more stands. */
  url: string;
  details: Record<string, string>;
}

export interface Pager {
  /** For report and doctor: `PagerDuty`. */
  title: string;
  /** Whether the role is woken when it is asked. */
  isFor(role: string): boolean;
  /** Sends once and never throws for what PagerDuty answered. */
  send(action: 'trigger' | 'resolve', page: Page, signal?: AbortSignal): Promise<Answer>;
}

const Accepted = z.object({ status: z.literal('success'), dedup_key: z.string() });

/** Pages by PagerDuty's Events API v2, `POST /v2/enqueue`. `events`: `https://events.pagerduty.com`. */
export function createPager(options: {
  routingKey: Secret;
  events: string;
  roles: readonly string[];
  timeoutMs?: number;
}): Pager {
  const { routingKey, events, roles, timeoutMs = 10_000 } = options;
  const url = `${events.replace(/\/+$/, '')}/v2/enqueue`;
  return {
    title: 'PagerDuty',
    isFor: (role) => roles.includes(role),
    async send(action, page, signal) {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            routing_key: routingKey.reveal(),
            event_action: action,
            dedup_key: page.dedupKey,
            ...(action === 'resolve' ? {} : triggered(page)),
          }),
          redirect: 'error',
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        });
        return await answerOf(response, action);
      } catch (error) {
        const { cause } = error as { cause?: { code?: string } };
        // before anything was sent
        if (cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND')
          return { kind: 'throttled', afterSeconds: 10 };
        return { kind: 'unknown', reason: `PagerDuty did not answer whether it took the page (${action})` };
      }
    },
  };
}

/** Cannot be looked for; sent again it is the same page, by its key. */
export function pageChange(pager: Pager, action: 'trigger' | 'resolve', page: Page): Change {
  return {
    target: `page/${page.dedupKey}`,
    read: async (): Promise<Seen> => ({ state: null, items: [] }),
    apply: (_, { signal }: SendOptions) => pager.send(action, page, signal),
  };
}

function triggered({ summary, url, details }: Page) {
  return {
    client: 'Firebreak',
    client_url: url,
    links: [{ href: url, text: 'Incident in Firebreak' }],
    payload: {
      summary: summary.replace(/\p{Cc}+/gu, ' ').slice(0, 1024),
      source: 'firebreak',
      severity: 'critical',
      custom_details: details,
    },
  };
}

async function answerOf(response: Response, action: string): Promise<Answer> {
  if (response.status === 429) return { kind: 'throttled', afterSeconds: 30 };
  if (response.status >= 500) {
    return {
      kind: 'unknown',
      reason: `PagerDuty failed (HTTP ${response.status}), so nobody knows whether it took the page`,
    };
  }
  const accepted = Accepted.safeParse(await response.json().catch(() => undefined));
  if (response.ok && accepted.success) {
    const dedupKey = accepted.data.dedup_key;
    return { kind: 'applied', id: dedupKey, evidence: { dedupKey, action }, after: { dedupKey } };
  }
  return {
    kind: 'denied',
    code: response.status === 400 ? 'invalid' : 'permission-denied',
    reason: `cannot page by PagerDuty (HTTP ${response.status}); check pagerduty.routing_key`,
  };
}
