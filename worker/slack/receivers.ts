import type { IncomingMessage, RequestListener } from 'node:http';
import { type App, HTTPReceiver, type Receiver } from '@slack/bolt';
import type { Secret } from '../../activities/secrets/secret.js';
import type { Log } from '../log.js';
import { ackedApp } from './acked-app.js';
import { sdkLogger } from './sdk-logger.js';

/** Where Slack sends commands, buttons and events in HTTP mode: one address for all of them. */
export const SLACK_PATH = '/slack/events';

/** The clocks of Slack and ours may differ by so much, either way. */
const WINDOW_MS = 300_000;
const BODY_BYTES = 1 << 20;

export interface HttpDoors {
  signingSecret: Secret;
  clock: { now(): number };
  log: Log;
}

/** A receiver on somebody else's port. Bolt checks the signature; the time it checks only towards the past, so we do. */
export function httpReceiver({ signingSecret, clock, log }: HttpDoors): Receiver & { listener: RequestListener } {
  const receiver = new HTTPReceiver({
    signingSecret: signingSecret.reveal(),
    endpoints: SLACK_PATH,
    bodyLimit: BODY_BYTES,
    logger: sdkLogger(log),
    // An event that could not be stored: Slack sends it again.
    processEventErrorHandler: async ({ response }) => {
      if (!response.headersSent) response.writeHead(503).end();
      return true;
    },
  });
  return {
    init(app: App) {
      receiver.init(ackedApp(app, log) as App);
    },
    // Our own server listens, and ends what is under way before it closes.
    start: async () => undefined,
    stop: async () => undefined,
    listener(request, response) {
      if (request.method !== 'POST') {
        response.writeHead(405, { allow: 'POST' }).end();
        return;
      }
      if (!isTimely(request, clock.now())) {
        response.writeHead(401).end();
        return;
      }
      receiver.requestListener(request, response);
    },
  };
}

function isTimely({ headers }: IncomingMessage, now: number): boolean {
  const stamp = headers['x-slack-request-timestamp'];
  return typeof stamp === 'string' && /^\d{1,12}$/.test(stamp) && Math.abs(now - Number(stamp) * 1_000) <= WINDOW_MS;
}
