/** Who is on call, as PagerDuty says it. Source: PagerDuty REST API v2, `GET /oncalls`. */
import { z } from 'zod';
import type { Secret } from '../../activities/secrets/secret.js';
import { OutOfReach, type ReadMembers } from './membership.js';

export interface PagerDutyAccess {
  token: Secret;
  /** `https://api.pagerduty.com` */
  api: string;
  /** 4,000 without it. */
  timeoutMs?: number;
}

const OnCalls = z.object({
  oncalls: z.array(
    z.object({ user: z.object({ id: z.string(), summary: z.string().nullish(), email: z.string().nullish() }) }),
  ),
  more: z.boolean().nullish(),
});

const REFUSED: Record<number, string> = {
  401: 'refuses our token (pagerduty.token)',
  403: 'does not let our token read who is on call (pagerduty.token)',
  404: 'does not know the schedule',
  429: 'limits our questions',
};

/** Reads the mail addresses of whoever is on call of a schedule now: one question, one try. Throws OutOfReach. */
export function readOnCall({ token, api, timeoutMs = 4_000 }: PagerDutyAccess): ReadMembers {
  return async (schedule) => {
    const url = new URL(`${api.replace(/\/+$/, '')}/oncalls`);
    url.searchParams.append('schedule_ids[]', schedule);
    url.searchParams.append('include[]', 'users');
    url.searchParams.append('limit', '100');
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(url, {
        headers: {
          authorization: `Token token=${token.reveal()}`,
          accept: 'application/vnd.pagerduty+json;version=2',
        },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      body = response.ok ? await response.json() : undefined;
    } catch (error) {
      throw new OutOfReach('PagerDuty does not answer', { cause: error });
    }
    if (!response.ok) {
      throw new OutOfReach(`PagerDuty ${REFUSED[response.status] ?? `fails (HTTP ${response.status})`}`);
    }
    const read = OnCalls.safeParse(body);
    if (!read.success || read.data.more === true) {
      throw new OutOfReach('PagerDuty answers in a way that Firebreak does not read');
    }
    const people = new Map(
      read.data.oncalls.map(({ user }) => [
        user.id,
        { id: user.email ?? '', shown: user.email ?? user.summary ?? user.id },
      ]),
    );
    return [...people.values()];
  };
}
