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

const Schedule = z.object({ schedule: z.object({ name: z.string().nullish(), summary: z.string().nullish() }) });

const REFUSED: Record<number, string> = {
  401: 'refuses our token (pagerduty.token)',
  403: 'does not let our token read who is on call (pagerduty.token)',
  404: 'does not know the schedule',
  429: 'limits our questions',
};

/** Reads the mail addresses of whoever is on call of a schedule now: one try each question. Throws OutOfReach. */
export function readOnCall(access: PagerDutyAccess): ReadMembers {
  return async (schedule) => {
    const query = new URLSearchParams({ 'schedule_ids[]': schedule, 'include[]': 'users', limit: '100' });
    const { oncalls, more } = await get(access, `/oncalls?${query}`, OnCalls);
    if (more === true) throw new OutOfReach('PagerDuty names more than 100 people on call');
    // of a schedule that it does not know PagerDuty says that nobody is on call
    if (oncalls.length === 0) await knowsSchedule(access, schedule);
    const people = new Map(
      oncalls.map(({ user }) => [user.id, { id: user.email ?? '', shown: user.email ?? user.summary ?? user.id }]),
    );
    return [...people.values()];
  };
}

/** The name of a schedule. Throws OutOfReach where there is none. */
export async function knowsSchedule(access: PagerDutyAccess, schedule: string): Promise<string> {
  const { name, summary } = (await get(access, `/schedules/${encodeURIComponent(schedule)}`, Schedule)).schedule;
  return name ?? summary ?? schedule;
}

async function get<T>(
  { token, api, timeoutMs = 4_000 }: PagerDutyAccess,
  path: string,
  answer: z.ZodType<T>,
): Promise<T> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${api.replace(/\/+$/, '')}${path}`, {
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
  if (!response.ok) throw new OutOfReach(`PagerDuty ${REFUSED[response.status] ?? `fails (HTTP ${response.status})`}`);
  const read = answer.safeParse(body);
  if (read.success) return read.data;
  throw new OutOfReach('PagerDuty answers in a way that Firebreak does not read');
}
