import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../twin/clock.js';
import type { Twin } from '../twin/control.js';
import { type Fault, Faults } from '../twin/faults.js';
import { Ledger } from '../twin/ledger.js';
import { type Answer, json, type Request, serve } from '../twin/serve.js';
import { Acts } from './acts.js';
import { argumentsOf } from './arguments-of.js';
import { chatMethods } from './chat.js';
import { slackCommands } from './commands.js';
import { conversationMethods } from './conversations.js';
import { type Delivered, Dispatch } from './dispatch.js';
import { fileMethods, Uploads } from './files.js';
import { type Call, type Method, SlackError } from './method.js';
import { servePage } from './page/serve-page.js';
import { peopleMethods } from './people.js';
import { type Limits, Rates } from './rates.js';
import { ResponseUrls } from './response-urls.js';
import { type Screen, screenOf } from './seen.js';
import { SignedHttp } from './signed-http.js';
import { SocketMode } from './socket-mode.js';
import { Views, viewMethods } from './views.js';
import { Workspace } from './workspace.js';

export interface SlackTwinOptions {
  clock?: Clock;
  port?: number;
  /** Of the page; any free one. */
  pagePort?: number;
  team?: { id: string; domain: string; name: string };
  /** What the app is called; `Firebreak`. */
  appName?: string;
  /** What the bot's token was given; all that the twin knows. */
  scopes?: string[];
  commands?: string[];
  /** What the menus of Slack's client offer of the app. */
  shortcuts?: Shortcut[];
  /** Events that the app has subscribed to. */
  events?: string[];
  /** Where commands, interactions and events are POSTed; Socket Mode without it. */
  requestUrl?: string;
  /** How fast one may call; `real`. */
  limits?: Limits;
  /** How long the app has to acknowledge; 3000. */
  ackMs?: number;
  /** After how long an event that was not acknowledged is told again, three times; 0, a minute, five minutes. */
  retryMs?: number[];
}

export interface Shortcut {
  type: 'message' | 'global';
  name: string;
  callback: string;
}

/** A workspace of Slack with one app in it: Web API, Socket Mode, signed HTTP, response URLs, and what people do and see. */
export interface SlackTwin extends Twin {
  /** The `slackApiUrl` of a WebClient. */
  apiUrl: string;
  /** Where people see the workspace in a browser. */
  pageUrl: string;
  shortcuts: Shortcut[];
  botToken: string;
  appToken: string;
  signingSecret: string;
  workspace: Workspace;
  views: Views;
  acts: Acts;
  dispatch: Dispatch;
  sockets: SocketMode;
  rates: Rates;
  faults: Faults;
  ledger: Ledger;
  screenOf(user: string): Screen;
  /** Cuts every call and connection until told otherwise; nothing that people do arrives either. */
  setDown(down: boolean): void;
  /** HTTP from now on; Socket Mode when undefined. */
  setRequestUrl(url: string | undefined): void;
  /** Signs and POSTs, or says how it would be signed. Undefined in Socket Mode. */
  http(): SignedHttp | undefined;
  /**
   * Tells the app again what it was told: over HTTP byte for byte, or signed anew for `at` (seconds), in Socket Mode in a
   * fresh envelope. `index` counts what was sent, from the end when negative.
   */
  replay(index?: number, at?: number): Promise<Delivered>;
}

export const SCOPES = [
  'app_mentions:read',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'im:history',
  'im:write',
  'reactions:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
];

const SHORTCUTS: Shortcut[] = [
  { type: 'message', name: 'Respond with Firebreak', callback: 'respond_to_message' },
  { type: 'global', name: 'What leaked?', callback: 'respond' },
];

/** Starts the twin on loopback. Methods in faults and counts are Slack's own, and `response_url`, `upload`. */
export async function startSlackTwin(options: SlackTwinOptions = {}): Promise<SlackTwin> {
  const clock = options.clock ?? systemClock;
  const ackMs = options.ackMs ?? 3000;
  const faults = new Faults();
  const ledger = new Ledger();
  const rates = new Rates(clock, options.limits ?? 'real');
  const tokens = {
    bot: `xoxb-${randomBytes(24).toString('hex')}`,
    app: `xapp-1-${randomBytes(24).toString('hex')}`,
    secret: randomBytes(16).toString('hex'),
  };
  const scopes = new Set(options.scopes ?? SCOPES);
  const team = options.team ?? { id: 'T0ACME', domain: 'acme', name: 'Acme Exchange' };
  const app = { id: 'A0FIREBREAK', name: options.appName ?? 'Firebreak', botUser: 'U0FIREBREAK', botId: 'B0FIREBREAK' };
  const workspace = new Workspace(clock, team, app);
  workspace.addUser({ id: 'USLACKBOT', name: 'slackbot', realName: 'Slackbot', bot: { id: 'B01', app: 'A01' } });
  const views = new Views(workspace, clock);
  const responses = new ResponseUrls(workspace, clock);
  const uploads = new Uploads();
  const sockets = new SocketMode({ app: app.id, ackMs });
  const notices = new Map<string, Screen['notices']>();
  let down = false;
  let http: SignedHttp | undefined;
  const setRequestUrl = (url: string | undefined) => {
    http =
      url === undefined ? undefined : new SignedHttp({ requestUrl: url, secret: tokens.secret, ackMs, now: clock.now });
  };
  setRequestUrl(options.requestUrl);
  const dispatch = new Dispatch({
    clock,
    ...(options.retryMs && { retryMs: options.retryMs }),
    transport: () => (down ? undefined : (http ?? sockets)),
  });

  const methods: Record<string, Method> = {
    ...chatMethods,
    ...conversationMethods,
    ...peopleMethods,
    ...viewMethods,
    ...fileMethods(uploads),
    'apps.connections.open': {
      token: 'app',
      tier: 'none',
      run: () => ({ url: `${served.url.replace('http', 'ws')}${sockets.ticket()}` }),
    },
  };

  const callOf = (method: string, args: Record<string, unknown>): Call => ({
    args,
    workspace,
    views,
    scopes,
    url: served.url,
    wrote: (target, detail = {}) => ledger.wrote({ at: clock.now(), method, target, by: 'bot', detail }),
  });

  function api(name: string, request: Request): Answer {
    const args = { ...Object.fromEntries(request.query), ...argumentsOf(request) };
    const token = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? args.token;
    if (token === undefined || token === '') throw new SlackError('not_authed');
    if (token !== tokens.bot && token !== tokens.app) throw new SlackError('invalid_auth');
    if (!Object.hasOwn(methods, name)) throw new SlackError('unknown_method', { req_method: name });
    const method = methods[name]!;
    if ((token === tokens.app) !== (method.token === 'app')) throw new SlackError('not_allowed_token_type');
    if (method.scope !== undefined && !scopes.has(method.scope)) {
      throw new SlackError('missing_scope', { needed: method.scope, provided: [...scopes].join(',') });
    }
    const wait = rates.take(name, method.tier, String(args.channel ?? ''));
    if (wait !== undefined) return limited(wait);
    return json(200, { ok: true, ...method.run(callOf(name, args)) });
  }

  function answer(request: Request): Answer {
    try {
      if (request.path.startsWith('/api/')) return api(request.path.slice('/api/'.length), request);
      if (request.path.startsWith('/upload/')) {
        const known = uploads.take(request.path.split('/')[3]!, request.body, request.header('content-type') ?? '');
        return { status: known ? 200 : 404, body: known ? `OK - ${request.body.length}` : '' };
      }
      if (!/^\/(?:commands|actions|app)\//.test(request.path)) return { status: 404, body: '' };
      responses.use(request.path, callOf('response_url', argumentsOf(request)));
      return { status: 200, body: 'ok' };
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      const { code, more } = error;
      if (request.path.startsWith('/api/')) return { ...json(200, { ok: false, error: code, ...more }), refusal: code };
      return { status: code.endsWith('_url') ? 404 : 400, body: code, refusal: code };
    }
  }

  const served = await serve({
    clock,
    port: options.port ?? 0,
    faults,
    ledger,
    name: ({ path }) => ({
      method: path.startsWith('/api/')
        ? path.slice('/api/'.length)
        : path.startsWith('/upload/')
          ? 'upload'
          : 'response_url',
    }),
    answer,
    refuse: (fault: Fault) =>
      fault.kind === 'throttle'
        ? limited(fault.retryAfterSeconds ?? 1)
        : fault.kind === 'deny'
          ? { ...json(200, { ok: false, error: 'token_revoked' }), refusal: 'token_revoked' }
          : { ...json(500, { ok: false, error: 'internal_error' }), refusal: 'internal_error' },
    upgrade: (incoming, socket, head) => sockets.upgrade(incoming, socket, head),
    isDown: () => down,
  });

  const acts = new Acts({
    workspace,
    views,
    responses,
    dispatch,
    commands: options.commands ?? ['/firebreak'],
    events: new Set(options.events ?? ['app_mention', 'app_home_opened', 'message.im']),
    url: served.url,
    call: (args) => callOf('command', args),
    notice: (user, text) => notices.set(user, [...(notices.get(user) ?? []), { at: clock.now(), text }]),
  });

  const twin: Omit<SlackTwin, 'controls' | 'pageUrl'> = {
    url: served.url,
    apiUrl: `${served.url}/api/`,
    shortcuts: options.shortcuts ?? SHORTCUTS,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret: tokens.secret,
    workspace,
    views,
    acts,
    dispatch,
    sockets,
    rates,
    faults,
    ledger,
    screenOf: (user) => {
      const { id } = acts.user(user);
      return screenOf(workspace, views, id, notices.get(id));
    },
    setDown(value) {
      down = value;
      if (down) sockets.cut();
    },
    setRequestUrl,
    http: () => http,
    async replay(index = -1, at) {
      const told = dispatch.sent.at(index);
      if (told === undefined) throw new Error(`nothing was sent as number ${index}`);
      const delivery = { kind: told.kind, payload: told.payloadSent };
      if (http === undefined) return sockets.send(delivery);
      return http.post(
        told.signed === undefined || at !== undefined ? http.signed(delivery, undefined, at) : told.signed,
      );
    },
    async close() {
      await page.close();
      dispatch.close();
      sockets.close();
      await served.close();
    },
  };
  const page = await servePage(twin, options.pagePort ?? 0);
  return { ...twin, pageUrl: `${page.url}/`, controls: { faults, ledger, ...slackCommands(twin) } };
}

const limited = (seconds: number): Answer => ({
  ...json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) }),
  refusal: 'ratelimited',
});
