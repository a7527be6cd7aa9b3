import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { WebClient } from '@slack/web-api';
import { onTestFinished, vi } from 'vitest';
import { createSealer, type SecretSealer } from '../../../activities/secrets/seal.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { openRecords } from '../../../records/open-records.js';
import type { Records } from '../../../records/records.js';
import { type SlackTwin, type SlackTwinOptions, startSlackTwin } from '../../../sandbox/slack/start-slack-twin.js';
import { createLog, type Log } from '../../../worker/log.js';
import { Reference } from '../../../worker/settings/reference.js';
import type { SlackSettings } from '../../../worker/settings/settings.js';
import type { Handlers } from '../../../worker/slack/desk.js';
import { openSlack, type Slack } from '../../../worker/slack/open-slack.js';

export const TRANSPORTS = ['socket', 'http'] as const;
export type Mode = (typeof TRANSPORTS)[number];

/** A workspace of people who work at Acme, of a guest, and of somebody of another company. */
export interface SlackSite {
  twin: SlackTwin;
  slack: Slack;
  records: Records;
  file: string;
  sealer: SecretSealer;
  /** The one channel: everybody is in it. */
  channel: string;
  log: string[];
  clock: { at?: number; now(): number };
  /** A second process on the same records, after this one. */
  again(handlers: Handlers): Slack;
}

export const PEOPLE = { sam: 'U0SAM', mia: 'U0MIA', leo: 'U0LEO', raj: 'U0RAJ' } as const;
const WORKSPACE = 'T0ACME';

const given = <T>(value: T): Reference<T> => new Reference('given', { env: {}, folder: '/' }, () => value);

export function slackSettings(twin: SlackTwin, mode: Mode): SlackSettings {
  return {
    mode,
    appToken: given(new Secret(twin.appToken)),
    botToken: given(new Secret(twin.botToken)),
    signingSecret: given(new Secret(twin.signingSecret)),
    workspace: WORKSPACE,
    api: given(twin.apiUrl),
  };
}

/** The doors as they are opened in production, towards the twin, with these handlers behind them. Ends with the test. */
export async function startSlack(
  mode: Mode,
  make: (with_: {
    web: WebClient;
    records: Records;
    sealer: SecretSealer;
    log: Log;
    clock: SlackSite['clock'];
  }) => Handlers,
  {
    patienceMs = 8_000,
    twin: options = {},
    start = true,
  }: { patienceMs?: number; twin?: SlackTwinOptions; start?: boolean } = {},
): Promise<SlackSite> {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-slack-'));
  const file = join(folder, 'records.db');
  const records = await openRecords({ file, patienceMs });
  const twin = await startSlackTwin({ limits: 'off', ...options });
  for (const [name, id] of Object.entries(PEOPLE)) twin.workspace.addUser({ id, name });
  twin.workspace.addUser({ id: 'U0GUEST', name: 'gus', restricted: true });
  twin.workspace.addUser({ id: 'U0OTHER', name: 'oscar', team: 'T0OTHER' });
  const { id: channel } = twin.workspace.addChannel({
    name: 'incidents',
    shared: true,
    members: [...Object.values(PEOPLE), 'U0GUEST', 'U0OTHER', twin.workspace.app.botUser],
  });
  const lines: string[] = [];
  const log = createLog({
    destination: new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  });
  const sealer = createSealer({ keys: [{ id: 'test', key: randomBytes(32) }] });
  const clock: SlackSite['clock'] = {
    now() {
      return this.at ?? Date.now();
    },
  };
  const open = (handlers: (web: WebClient) => Handlers) =>
    openSlack({ settings: slackSettings(twin, mode), company: 'Acme', records, sealer, clock, log, handlers });
  const slack = open((web) => make({ web, records, sealer, log, clock }));
  const opened = [slack];
  const server = createServer((request, response) => slack.listener?.(request, response));
  if (mode === 'http') {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    twin.setRequestUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  }
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    for (const one of opened) await one.stop();
    await twin.close();
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });
  if (start) {
    await slack.start();
    if (mode === 'socket') await twin.sockets.whenConnected(2);
  }
  return {
    twin,
    slack,
    records,
    file,
    sealer,
    channel,
    log: lines,
    clock,
    again(handlers) {
      const second = open(() => handlers);
      opened.push(second);
      return second;
    },
  };
}

/** What this person reads now, newest last: of the channel, and of their direct messages with Firebreak. */
export function readBy({ twin }: Pick<SlackSite, 'twin'>, user: string): string[] {
  return twin
    .screenOf(user)
    .channels.flatMap(({ messages }) => messages.flatMap((message) => [message, ...message.replies]))
    .filter(({ from }) => from === 'firebreak')
    .map(({ text }) => text);
}

export const eventually = <T>(look: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(look, { timeout: 10_000, interval: 20 });
