import { randomBytes, randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../twin/clock.js';
import type { Twin } from '../twin/control.js';
import { type Fault, Faults } from '../twin/faults.js';
import { Ledger } from '../twin/ledger.js';
import { type Answer, json, type Request, serve } from '../twin/serve.js';
import { alertRoutes } from './alerts.js';
import { found, issueRoutes, shownIssue } from './issues.js';
import {
  type Alert,
  type Commit,
  type CommitSeed,
  commitOf,
  type Issue,
  locate,
  type Repository,
} from './repository.js';
import { type GithubCall, type Route, refusal, routeOf, type TokenRights, user } from './routes.js';
import { type AlertAction, alertPayload, type Delivery, deliver, signedDelivery } from './webhook.js';

export interface GithubTwinOptions {
  clock?: Clock;
  port?: number;
  /** Requests an hour and token; 5000. */
  rateLimit?: number;
  /** How long the search does not find a new issue; 0. */
  searchLagSeconds?: number;
  /** What webhooks are signed with. */
  hookSecret?: string;
  /** A canary that every error text carries. */
  leakInErrors?: string;
}

export interface AlertSeed {
  secretType: string;
  secretTypeName?: string;
  secret: string;
  /** The commits that hold it. */
  commits: Commit[];
  validity?: Alert['validity'];
  publiclyLeaked?: boolean;
}

/** GitHub's REST API for secret scanning alerts, issues and what they point to, and its webhooks. */
export interface GithubTwin extends Twin {
  faults: Faults;
  hookSecret: string;
  addToken(rights: TokenRights): string;
  /** A token that is refused from now on. */
  revokeToken(token: string): void;
  addRepository(fullName: string, options?: { private?: boolean }): void;
  addCommit(fullName: string, commit: CommitSeed): Commit;
  /** Its number in the repository. */
  addAlert(fullName: string, alert: AlertSeed): number;
  alert(fullName: string, number: number): Alert;
  issues(fullName: string): Issue[];
  /** A signed `secret_scanning_alert`, not yet sent. */
  alertDelivery(fullName: string, number: number, options?: { action?: AlertAction; delivery?: string }): Delivery;
  /** Sends one to a receiver. */
  sendAlert(
    to: string,
    fullName: string,
    number: number,
    options?: { action?: AlertAction; delivery?: string },
  ): Promise<{ status: number; body: string }>;
}

const ROUTES: Route[] = [...alertRoutes, ...issueRoutes];
const HOUR = 3_600_000;

/** Starts the twin on loopback; its `url` is Octokit's `baseUrl`. */
export async function startGithubTwin(options: GithubTwinOptions = {}): Promise<GithubTwin> {
  const clock = options.clock ?? systemClock;
  const hookSecret = options.hookSecret ?? randomBytes(24).toString('base64url');
  const limit = options.rateLimit ?? 5000;
  const faults = new Faults();
  const ledger = new Ledger();
  const repositories = new Map<string, Repository>();
  const tokens = new Map<string, TokenRights & { used: number; hour: number }>();

  function answer(request: Request): Answer {
    const now = clock.now();
    const token = /^(?:token|bearer) (.+)$/i.exec(request.header('authorization') ?? '')?.[1];
    const rights = token === undefined ? undefined : tokens.get(token);
    if (rights === undefined)
      return leaking(refusal(401, token === undefined ? 'Requires authentication' : 'Bad credentials'));
    const hour = Math.floor(now / HOUR);
    if (rights.hour !== hour) Object.assign(rights, { hour, used: 0 });
    rights.used += 1;
    const allowance = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(limit - rights.used, 0)),
      'x-ratelimit-used': String(rights.used),
      'x-ratelimit-reset': String(((hour + 1) * HOUR) / 1000),
      'x-ratelimit-resource': 'core',
      'x-github-request-id': randomUUID(),
      'x-github-media-type': 'github.v3; format=json',
    };
    const given = rights.used > limit ? refusal(403, 'API rate limit exceeded for user') : routed(request, rights, now);
    const answered = given.refusal === undefined ? given : leaking(given);
    return { ...answered, headers: { ...answered.headers, ...allowance } };
  }

  function routed(request: Request, rights: TokenRights, now: number): Answer {
    if (request.method === 'GET' && request.path === '/user') return json(200, user(rights.login, served.url));
    if (request.method === 'GET' && request.path === '/search/issues') return search(request, rights, now);
    const match = routeOf(ROUTES, request.method, request.path);
    if (match === undefined) return refusal(404, 'Not Found');
    const { route, params } = match;
    const repository = repositories.get(`${params.owner}/${params.repo}`);
    // what a token may not see does not exist for it
    if (repository === undefined || !sees(rights, repository)) return refusal(404, 'Not Found');
    const [permission, access] = route.needs;
    const has = rights.permissions[permission];
    if (has === undefined || (access === 'write' && has !== 'write')) {
      const accepted = { 'x-accepted-github-permissions': `${permission}=${access}` };
      const no = refusal(403, 'Resource not accessible by personal access token');
      return { ...no, headers: { ...no.headers, ...accepted } };
    }
    const body = parsed(request);
    if (body === undefined) return refusal(400, 'Problems parsing JSON');
    const wrote: GithubCall['wrote'] = (target, detail = {}) =>
      ledger.wrote({ at: now, method: route.name, target, by: rights.login, detail });
    return route.run({ request, params, rights, repository, body, now, url: served.url, wrote });
  }

  function search(request: Request, rights: TokenRights, now: number): Answer {
    const query = request.query.get('q') ?? '';
    if (query === '') return refusal(422, 'Validation Failed');
    const indexed = now - (options.searchLagSeconds ?? 0) * 1000;
    const items = [...repositories.values()]
      .filter((repository) => sees(rights, repository) && rights.permissions.issues !== undefined)
      .flatMap((repository) =>
        repository.issues
          .filter((issue) => issue.createdAt <= indexed && found(query, repository, issue))
          .map((issue) => ({ ...shownIssue(repository, issue, served.url), score: 1 })),
      );
    const size = Math.min(Number(request.query.get('per_page')) || 30, 100);
    const start = ((Number(request.query.get('page')) || 1) - 1) * size;
    return json(200, { total_count: items.length, incomplete_results: false, items: items.slice(start, start + size) });
  }

  function leaking(answered: Answer): Answer {
    if (options.leakInErrors === undefined) return answered;
    const value = JSON.parse(answered.body) as { message: string };
    return {
      ...answered,
      body: JSON.stringify({ ...value, message: `${value.message} (debug: ${options.leakInErrors})` }),
    };
  }

  function refuse(fault: Fault): Answer {
    if (fault.kind === 'deny') return leaking(refusal(403, 'Resource not accessible by personal access token'));
    if (fault.kind === 'error') return leaking(refusal(502, 'Server Error'));
    const throttled = leaking(refusal(429, 'You have exceeded a secondary rate limit'));
    const wait = { 'retry-after': String(fault.retryAfterSeconds ?? 60) };
    return { ...throttled, headers: { ...throttled.headers, ...wait } };
  }

  const served = await serve({
    clock,
    port: options.port ?? 0,
    faults,
    ledger,
    name({ method, path }) {
      return { method: routeOf(ROUTES, method, path)?.route.name ?? `${method} ${path}` };
    },
    answer,
    refuse,
  });

  const repository = (fullName: string): Repository => {
    const one = repositories.get(fullName);
    if (one === undefined) throw new Error(`the twin has no repository ${fullName}`);
    return one;
  };
  const alert = (fullName: string, number: number): Alert => {
    const one = repository(fullName).alerts.find((candidate) => candidate.number === number);
    if (one === undefined) throw new Error(`the twin has no alert ${fullName}#${number}`);
    return one;
  };

  const twin: Omit<GithubTwin, 'controls'> = {
    url: served.url,
    faults,
    hookSecret,
    addToken(rights) {
      const token = `github_pat_${randomBytes(41).toString('hex')}`;
      tokens.set(token, { ...rights, used: 0, hour: 0 });
      return token;
    },
    revokeToken: (token) => void tokens.delete(token),
    addRepository(fullName, { private: hidden = true } = {}) {
      const [owner = '', name = ''] = fullName.split('/');
      const id = 700_000_000 + repositories.size;
      repositories.set(fullName, { id, owner, name, private: hidden, alerts: [], issues: [], labels: [], commits: [] });
    },
    addCommit(fullName, seed) {
      const commit = commitOf(seed, clock.now());
      repository(fullName).commits.push(commit);
      return commit;
    },
    addAlert(fullName, seed) {
      const { alerts } = repository(fullName);
      const now = clock.now();
      alerts.push({
        number: alerts.length + 1,
        createdAt: now,
        updatedAt: now,
        secretType: seed.secretType,
        secretTypeName: seed.secretTypeName ?? seed.secretType,
        secret: seed.secret,
        validity: seed.validity ?? 'unknown',
        publiclyLeaked: seed.publiclyLeaked ?? false,
        locations: seed.commits.map((commit) => locate(commit, seed.secret)),
      });
      return alerts.length;
    },
    alert,
    issues: (fullName) => repository(fullName).issues,
    alertDelivery(fullName, number, { action = 'created', delivery } = {}) {
      const payload = alertPayload(repository(fullName), alert(fullName, number), action, served.url);
      return signedDelivery('secret_scanning_alert', payload, hookSecret, delivery);
    },
    sendAlert: (to, fullName, number, how) => deliver(to, twin.alertDelivery(fullName, number, how)),
    close: served.close,
  };
  const named = (args: Record<string, unknown>): [string, number] => [String(args.repository), Number(args.alert)];
  const how = ({ action, delivery }: Record<string, unknown>) => ({
    ...(action === undefined ? {} : { action: action as AlertAction }),
    ...(delivery === undefined ? {} : { delivery: String(delivery) }),
  });
  return {
    ...twin,
    controls: {
      faults,
      ledger,
      state: () =>
        Object.fromEntries(
          [...repositories].map(([name, one]) => [
            name,
            {
              issues: one.issues,
              alerts: one.alerts.map(({ number, secretType, resolved }) => ({ number, secretType, resolved })),
            },
          ]),
        ),
      commands: {
        'alert-delivery': (args) => twin.alertDelivery(...named(args), how(args)),
        'send-alert': (args) => twin.sendAlert(String(args.to), ...named(args), how(args)),
        'revoke-token': ({ token }) => twin.revokeToken(String(token)),
      },
    },
  };
}

const sees = ({ repositories }: TokenRights, { owner, name }: Repository) =>
  repositories.some((one) => one === `${owner}/${name}` || one === `${owner}/*`);

function parsed(request: Request): Record<string, unknown> | undefined {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
