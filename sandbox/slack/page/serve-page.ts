import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../twin/clock.js';
import { Faults } from '../../twin/faults.js';
import { Ledger } from '../../twin/ledger.js';
import { type Answer, type Request, type Served, serve } from '../../twin/serve.js';
import { CannotAct } from '../pressed.js';
import type { SlackTwin } from '../start-slack-twin.js';

const WATCH_MS = 15_000;

const TYPES: Record<string, string> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'blocks.js': 'text/javascript; charset=utf-8',
  'composer.js': 'text/javascript; charset=utf-8',
  'dialogs.js': 'text/javascript; charset=utf-8',
  'dom.js': 'text/javascript; charset=utf-8',
  'message.js': 'text/javascript; charset=utf-8',
  'mrkdwn.js': 'text/javascript; charset=utf-8',
  'server.js': 'text/javascript; charset=utf-8',
  'sidebar.js': 'text/javascript; charset=utf-8',
};

/** What pages may load and do: their own files, and questions to where they come from. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: https:";

/**
 * The workspace as people see it, in a browser: `/` on a loopback port of its own, so that it stays up while Slack is
 * down. Whoever can read the page can act as everybody; other sites can neither read nor ask.
 */
export async function servePage(twin: Omit<SlackTwin, 'controls' | 'pageUrl'>, port = 0): Promise<Served> {
  const token = randomBytes(24).toString('base64url');
  const acts: Record<string, (args: never) => unknown> = {
    type: twin.acts.type.bind(twin.acts),
    shortcut: twin.acts.shortcut.bind(twin.acts),
    press: twin.acts.press.bind(twin.acts),
    submit: twin.acts.submit.bind(twin.acts),
    close: twin.acts.close.bind(twin.acts),
    home: twin.acts.home.bind(twin.acts),
  };

  function shown(user: string) {
    const { workspace } = twin;
    return {
      version: workspace.version,
      now: workspace.clock.now(),
      team: workspace.team,
      app: workspace.app,
      shortcuts: twin.shortcuts,
      users: [...workspace.users.values()],
      groups: [...workspace.groups.values()],
      names: Object.fromEntries([...workspace.channels.values()].map(({ id, name }) => [id, name])),
      notified: notified(),
      screen: twin.screenOf(user),
    };
  }

  /** How often each person's phone has rung. */
  function notified(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { user } of twin.workspace.notifications) counts[user] = (counts[user] ?? 0) + 1;
    return counts;
  }

  /** Answers when there is something newer than what the page has, or after a while. */
  async function screen({ query }: Request): Promise<Answer> {
    const user = query.get('user') ?? '';
    const known = Number(query.get('version') ?? -1);
    if (twin.workspace.version === known) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, WATCH_MS).unref();
      });
      await Promise.race([twin.workspace.nextChange(), late]);
      clearTimeout(timer);
    }
    return json(200, shown(user));
  }

  async function act(name: string, request: Request): Promise<Answer> {
    if (!Object.hasOwn(acts, name)) return json(404, { error: 'no such act' });
    try {
      return json(200, await acts[name]!(JSON.parse(request.body.toString('utf8')) as never));
    } catch (error) {
      if (error instanceof CannotAct) return json(409, { error: error.message });
      throw error;
    }
  }

  async function answer(request: Request): Promise<Answer> {
    const host = request.header('host') ?? '';
    // a name that somebody else points at this machine is not this page
    if (host !== `127.0.0.1:${served.port}` && host !== `localhost:${served.port}`) return json(403, { error: 'host' });
    const file = request.path === '/' ? 'index.html' : request.path.slice(1);
    if (request.method === 'GET' && Object.hasOwn(TYPES, file)) {
      const text = readFileSync(new URL(file, import.meta.url), 'utf8').replace('PAGE_TOKEN', token);
      const headers = { 'content-type': TYPES[file]!, 'content-security-policy': POLICY, 'cache-control': 'no-store' };
      return { status: 200, headers, body: text };
    }
    if (request.header('x-page-token') !== token) return json(403, { error: 'token' });
    if (request.method === 'GET' && request.path === '/screen') return screen(request);
    if (request.method === 'POST' && request.path.startsWith('/act/')) return act(request.path.slice(5), request);
    return json(404, { error: 'not found' });
  }

  const served = await serve({
    clock: systemClock,
    port,
    faults: new Faults(),
    ledger: new Ledger(),
    name: () => ({ method: 'page' }),
    answer,
    refuse: () => json(500, {}),
  });
  return served;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});
