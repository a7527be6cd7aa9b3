import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../twin/clock.js';
import type { Twin } from '../twin/control.js';
import { type Fault, Faults } from '../twin/faults.js';
import { Ledger } from '../twin/ledger.js';
import { type Answer, json, type Request, serve } from '../twin/serve.js';
import { eventProblems, Pager } from './events.js';
import { OnCall, type PagerUser, type Schedule, type Shift } from './on-call.js';

export interface PagerDutyTwinOptions {
  clock?: Clock;
  port?: number;
  /** REST calls a minute; 960. */
  rateLimit?: number;
}

/**
 * PagerDuty's REST API for who is on call, and its Events API v2, both at one address. Methods in faults and counts:
 * `oncalls`, `schedule`, `users`, `enqueue`.
 */
export interface PagerDutyTwin extends Twin {
  /** Of the REST API. */
  token: string;
  faults: Faults;
  onCall: OnCall;
  pager: Pager;
  /** A service that wakes whoever is on call of a schedule; its routing key. */
  addService(name: string, schedule: string): string;
  /** The mail addresses of those who were woken, in order. */
  woken(): string[];
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export async function startPagerDutyTwin(options: PagerDutyTwinOptions = {}): Promise<PagerDutyTwin> {
  const clock = options.clock ?? systemClock;
  const limit = options.rateLimit ?? 960;
  const token = randomBytes(15).toString('base64url');
  const faults = new Faults();
  const ledger = new Ledger();
  const onCall = new OnCall();
  const pager = new Pager();
  const services = new Map<string, { name: string; schedule: string }>();
  const used = { minute: 0, calls: 0 };

  function answer(request: Request): Answer {
    if (request.path === '/v2/enqueue')
      return request.method === 'POST' ? enqueue(request) : refusal(405, 'Method Not Allowed');
    if (request.header('authorization') !== `Token token=${token}`) return refusal(401, 'Invalid token', 2006);
    const minute = Math.floor(clock.now() / MINUTE);
    if (used.minute !== minute) Object.assign(used, { minute, calls: 0 });
    used.calls += 1;
    if (used.calls > limit) return limited(1);
    if (request.method !== 'GET') return refusal(405, 'Method Not Allowed');
    const [, root, id, part] = request.path.split('/');
    if (root === 'oncalls' && id === undefined) return oncalls(request);
    const schedule = root === 'schedules' ? onCall.schedules.get(id ?? '') : undefined;
    if (schedule !== undefined)
      return part === 'users' ? scheduleUsers(schedule, request) : shownSchedule(schedule, part);
    const user = root === 'users' && part === undefined ? onCall.users.get(id ?? '') : undefined;
    return user === undefined ? refusal(404, 'Not Found', 2100) : json(200, { user: shownUser(user) });
  }

  /** A schedule that nobody knows is a filter that nothing fits: an empty list, not a refusal. */
  function oncalls({ query }: Request): Answer {
    const since = timeOf(query.get('since')) ?? clock.now();
    const until = timeOf(query.get('until')) ?? since;
    if (Number.isNaN(since) || Number.isNaN(until)) return invalid(['Since or until is not a valid date']);
    if (until < since) return invalid(['Until must be after since']);
    if (until - since > 90 * DAY) return invalid(['Since and until must be within 90 days of each other']);
    const wanted = query.getAll('schedule_ids[]');
    const whole = query.getAll('include[]').includes('users');
    const all = [...onCall.schedules.values()]
      .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
      .flatMap((schedule) => onCall.between(schedule, since, until).map((shift) => ({ schedule, shift })));
    return page(query, 'oncalls', all, ({ schedule, shift }) => shownTurn(schedule, shift, whole));
  }

  function shownTurn(schedule: Schedule, { user, from, to, level }: Shift, whole: boolean) {
    const known = onCall.users.get(user)!;
    return {
      escalation_policy: { id: 'PPOLICY', type: 'escalation_policy_reference', summary: 'Security' },
      escalation_level: level,
      schedule: { id: schedule.id, type: 'schedule_reference', summary: schedule.name },
      user: whole ? shownUser(known) : reference(known),
      start: new Date(from).toISOString(),
      end: to === undefined ? null : new Date(to).toISOString(),
    };
  }

  const shownSchedule = ({ id, name }: Schedule, part?: string): Answer =>
    part === undefined
      ? json(200, { schedule: { id, type: 'schedule', name, summary: name, time_zone: 'Europe/Zurich' } })
      : refusal(404, 'Not Found', 2100);

  function scheduleUsers(schedule: Schedule, { query }: Request): Answer {
    const since = timeOf(query.get('since')) ?? clock.now();
    const until = timeOf(query.get('until')) ?? since;
    if (Number.isNaN(since) || Number.isNaN(until)) return invalid(['Since or until is not a valid date']);
    const ids = new Set(onCall.between(schedule, since, until).map(({ user }) => user));
    return json(200, { users: [...ids].map((id) => shownUser(onCall.users.get(id)!)) });
  }

  function enqueue(request: Request): Answer {
    let event: Record<string, unknown>;
    try {
      event = JSON.parse(request.body.toString('utf8')) as Record<string, unknown>;
    } catch {
      return badEvent(['Malformed JSON']);
    }
    const problems = eventProblems(event);
    if (problems.length > 0) return badEvent(problems);
    const service = services.get(String(event.routing_key));
    if (service === undefined) return badEvent(['Invalid routing key']);
    const { name, schedule } = service;
    const now = clock.now();
    const dedupKey = pager.take(event, name, onCall.now(schedule, now), now);
    ledger.wrote({
      at: now,
      method: 'enqueue',
      target: dedupKey,
      by: name,
      detail: { action: String(event.event_action) },
    });
    return json(202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
  }

  const served = await serve({
    clock,
    port: options.port ?? 0,
    faults,
    ledger,
    name: ({ path }) => ({
      method:
        path === '/v2/enqueue'
          ? 'enqueue'
          : path.startsWith('/oncalls')
            ? 'oncalls'
            : path.startsWith('/schedules')
              ? 'schedule'
              : 'users',
    }),
    answer,
    refuse: (fault: Fault) =>
      fault.kind === 'throttle'
        ? limited(fault.retryAfterSeconds ?? 1)
        : fault.kind === 'deny'
          ? refusal(403, 'Access Denied', 2010)
          : refusal(500, 'Internal Server Error', 2000),
  });

  const woken = () => pager.calls.map(({ user }) => onCall.users.get(user)!.email);
  return {
    url: served.url,
    token,
    faults,
    onCall,
    pager,
    addService(name, schedule) {
      const key = randomBytes(16).toString('hex');
      services.set(key, { name, schedule });
      return key;
    },
    woken,
    close: served.close,
    controls: {
      faults,
      ledger,
      state: () => ({ incidents: pager.incidents, calls: pager.calls, schedules: [...onCall.schedules.values()] }),
      commands: {
        /** Hands a schedule over: to these mail addresses and nobody else. */
        hand: ({ schedule, mails }) => {
          const ids = (mails as string[]).map(
            (mail) => [...onCall.users.values()].find(({ email }) => email === mail)?.id,
          );
          if (ids.includes(undefined)) throw new Error(`not all of ${String(mails)} are users`);
          onCall.hand(String(schedule), ids as string[], clock.now());
        },
        woken,
      },
    },
  };
}

const timeOf = (text: string | null): number | undefined => (text === null ? undefined : Date.parse(text));

const reference = ({ id, name }: PagerUser) => ({ id, type: 'user_reference', summary: name });

const shownUser = ({ id, name, email }: PagerUser) => ({
  id,
  type: 'user',
  summary: name,
  name,
  email,
  time_zone: 'Europe/Zurich',
  role: 'user',
});

function page<T>(query: URLSearchParams, name: string, all: T[], show: (one: T) => unknown): Answer {
  const limit = Math.min(Math.max(Number(query.get('limit')) || 25, 1), 100);
  const offset = Math.max(Number(query.get('offset')) || 0, 0);
  const items = all.slice(offset, offset + limit).map(show);
  return json(200, { [name]: items, limit, offset, more: offset + limit < all.length, total: null });
}

const refusal = (status: number, message: string, code = status, errors?: string[]): Answer => ({
  ...json(status, { error: { message, code, ...(errors && { errors }) } }),
  refusal: String(status),
});

const invalid = (errors: string[]): Answer => refusal(400, 'Invalid Input Provided', 2001, errors);

const badEvent = (errors: string[]): Answer => ({
  ...json(400, { status: 'invalid event', message: 'Event object is invalid', errors }),
  refusal: '400',
});

const limited = (seconds: number): Answer => ({
  ...json(429, { error: { message: 'Rate Limit Exceeded', code: 2020 } }, { 'ratelimit-reset': String(seconds) }),
  refusal: '429',
});
