/** Opens Slack's doors for one installation: receivers, Bolt, door and desk. Slack that is away keeps nothing from serving. */
import type { RequestListener } from 'node:http';
import type { WebClient } from '@slack/web-api';
import type { SecretSealer } from '../../activities/secrets/seal.js';
import type { Secret } from '../../activities/secrets/secret.js';
import type { Records } from '../../records/records.js';
import type { Log } from '../log.js';
import { slackSource } from '../people/directory.js';
import type { SlackSettings } from '../settings/settings.js';
import { createAnswers } from './answer.js';
import { createSlackApp } from './app.js';
import { createDesk, type Handlers } from './desk.js';
import { createDoor, type DoorDoors } from './door.js';
import { createGuestWatch } from './guests.js';
import { httpReceiver } from './receivers.js';
import { socketReceiver } from './socket-receiver.js';
import { outsiders } from './texts.js';
import { createWeb, webOptions } from './web.js';

export interface SlackDoors {
  settings: SlackSettings;
  company: string;
  records: Records;
  sealer: SecretSealer;
  /** What is done, by kind and name; made with the client that they answer by. */
  handlers(web: WebClient): Handlers;
  clock: { now(): number };
  log: Log;
  heard?: DoorDoors['heard'];
}

export interface Slack {
  web: WebClient;
  /** `slack/T0ACME`: of what was said, and of who is linked. */
  source: string;
  /** In mode `http`: what our own server hands on. */
  listener?: RequestListener;
  /** Connections of Socket Mode on which Slack has said hello; in mode `http` none. */
  connected(): number;
  /** Listens, after what an earlier process left is in line. Resolves at once: whether Slack is there or not. */
  start(): Promise<void>;
  /** No new word first, then what has begun ends. */
  stop(): Promise<void>;
}

/** Throws SettingsError for a token that is not there; opens no connection. */
export function openSlack(doors: SlackDoors): Slack {
  const { settings, company, records, sealer, clock, log } = doors;
  const source = slackSource(settings.workspace);
  const apiUrl = settings.api.resolve();
  const botToken = settings.botToken.resolve();
  const web = createWeb(botToken.reveal(), log, apiUrl);
  const answer = createAnswers({ web, apiUrl, clock, log });
  const isGuest = createGuestWatch({ web, workspace: settings.workspace, clock, log });
  const desk = createDesk({
    records,
    source,
    handlers: doors.handlers(web),
    answer,
    turnAway: async (said) => ((await isGuest(said)) ? outsiders(company) : undefined),
    sealer,
    clock,
    log,
  });
  const door = createDoor({
    desk,
    answer,
    sealer,
    company,
    clock,
    log,
    ...(doors.heard === undefined ? {} : { heard: doors.heard }),
  });
  const options = webOptions(log, apiUrl);
  const app = appOf(settings);
  const listening =
    settings.mode === 'http'
      ? httpReceiver({ signingSecret: needed(settings, 'signingSecret'), clock, log })
      : socketReceiver({ appToken: needed(settings, 'appToken'), web: options, log });
  createSlackApp({
    receiver: listening,
    botToken,
    workspace: settings.workspace,
    ...(app === undefined ? {} : { app }),
    web: options,
    door,
    log,
  });
  let running: Promise<void> = Promise.resolve();
  return {
    web,
    source,
    ...('listener' in listening ? { listener: listening.listener } : {}),
    connected: () => ('connected' in listening ? listening.connected() : 0),
    async start() {
      await desk.begin();
      running = desk.run();
      await listening.start();
    },
    async stop() {
      await listening.stop();
      await Promise.race([door.idle(), patience()]);
      await desk.stop();
      await running;
    },
  };
}

/** Settings that load have it: each mode names its own. */
function needed(settings: SlackSettings, token: 'signingSecret' | 'appToken'): Secret {
  const there = settings[token];
  if (there === undefined) throw new TypeError(`slack in mode ${settings.mode} has no ${token}`);
  return there.resolve();
}

/** Words that Slack does not take now are not waited for. */
const patience = () => new Promise<void>((resolve) => setTimeout(resolve, 5_000).unref());

/** An app-level token names its app: `xapp-1-A0FIREBREAK-…`. */
function appOf({ appToken, mode }: SlackSettings): string | undefined {
  if (mode !== 'socket') return undefined;
  return /^xapp-\d+-(A[A-Z0-9]+)-/.exec(appToken?.resolve().reveal() ?? '')?.[1];
}
