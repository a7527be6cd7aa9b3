import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel, type Receiver, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import type { SlackTwin } from '../../../sandbox/slack/start-slack-twin.js';

const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** The bot's own client: what fails is not tried again below it. */
export const client = (twin: SlackTwin, token = twin.botToken): WebClient =>
  new WebClient(token, {
    slackApiUrl: twin.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
  });

function appOn(twin: SlackTwin, receiver: Receiver, listen: (app: App) => void): App {
  const app = new App({
    token: twin.botToken,
    receiver,
    logger: silent,
    clientOptions: { slackApiUrl: twin.apiUrl },
    extendedErrorHandler: true,
    tokenVerificationEnabled: false, // asked with the first event; before, nobody waits for the answer
  });
  app.error(async () => {});
  listen(app);
  return app;
}

/** A real Bolt app in Socket Mode, connected. It comes back `reconnectMs` after a connection ended. */
export async function socketApp(twin: SlackTwin, listen: (app: App) => void, { reconnectMs = 5000 } = {}) {
  const receiver = new SocketModeReceiver({
    appToken: twin.appToken,
    logger: silent,
    clientPingTimeout: reconnectMs, // also how long a pong may take
    installerOptions: { clientOptions: { slackApiUrl: twin.apiUrl } },
  });
  const app = appOn(twin, receiver, listen);
  await app.start();
  return { app, stop: async () => void (await app.stop()) };
}

/** A real Bolt app over HTTP, as the twin's request URL; the first requests fail, before Bolt sees them. */
export async function httpApp(twin: SlackTwin, listen: (app: App) => void, { failing = 0 } = {}) {
  let left = failing;
  const receiver = new HTTPReceiver({ signingSecret: twin.signingSecret, logger: silent });
  const app = appOn(twin, receiver, listen);
  const server = createServer((request, response) => {
    if (left-- > 0) response.writeHead(503).end();
    else receiver.requestListener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  twin.setRequestUrl(url);
  return {
    app,
    url,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
