import { type App, type Receiver, SocketModeReceiver, webApi } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import type { Secret } from '../../activities/secrets/secret.js';
import type { Log } from '../log.js';
import { ackedApp } from './acked-app.js';
import { sdkLogger } from './sdk-logger.js';

/** Slack closes each connection every few hours, so while one is made anew the other listens. Slack allows ten. */
const CONNECTIONS = 2;
/** Slack says hello within a second or two. */
const HELLO_MS = 15_000;
/** One that ends sooner was not worth having: the next waits. */
const SHORT_LIVED_MS = 5_000;
const CLOSE_MS = 3_000;
const BACKOFF = { firstMs: 500, capMs: 30_000 };

export interface SocketDoors {
  appToken: Secret;
  web: WebClientOptions;
  log: Log;
}

export interface SocketReceiver extends Receiver {
  /** How many connections Slack has said hello on. */
  connected(): number;
}

/**
 * Socket Mode over two connections: no address of ours is needed. The SDK's own reconnecting waits five seconds, and a
 * Slack that is down ends the process by it (an unhandled rejection), so each connection is made anew here, at once and
 * then ever slower. Never rejects for Slack being away.
 */
export function socketReceiver({ appToken, web, log }: SocketDoors): SocketReceiver {
  const connections = Array.from({ length: CONNECTIONS }, (_, number) => {
    const receiver = new SocketModeReceiver({
      appToken: appToken.reveal(),
      autoReconnectEnabled: false,
      logger: sdkLogger(log),
      installerOptions: { clientOptions: { ...web } },
      // An event that could not be stored is not acknowledged, so that Slack sends it again.
      processEventErrorHandler: async () => false,
    });
    return connectionOf(receiver, number + 1, log);
  });
  return {
    init(app: App) {
      for (const { receiver } of connections) receiver.init(ackedApp(app, log) as App);
    },
    async start() {
      for (const connection of connections) connection.keep();
    },
    async stop() {
      await Promise.all(connections.map(({ stop }) => stop()));
    },
    connected: () => connections.filter(({ isConnected }) => isConnected()).length,
  };
}

function connectionOf(receiver: SocketModeReceiver, number: number, log: Log) {
  const { client } = receiver;
  let isConnected = false;
  let isStopping = false;
  let failures = 0;
  let wake: () => void = () => {};
  let kept: Promise<void> = Promise.resolve();

  /** Resolves when a connection that was there has ended. */
  async function once(): Promise<void> {
    let hasEnded: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      hasEnded = resolve;
    });
    client.once('disconnected', hasEnded);
    const hello = setTimeout(() => void client.disconnect(), HELLO_MS);
    try {
      await client.start();
    } catch (error) {
      client.removeListener('disconnected', hasEnded);
      throw error;
    } finally {
      clearTimeout(hello);
    }
    isConnected = true;
    log.info({ connection: number }, 'listening to Slack');
    if (isStopping) void client.disconnect();
    const since = performance.now();
    await ended;
    isConnected = false;
    failures = performance.now() - since < SHORT_LIVED_MS ? failures + 1 : 0;
  }

  async function loop(): Promise<void> {
    while (!isStopping) {
      let asked = 0;
      try {
        await once();
      } catch (error) {
        failures += 1;
        asked = error instanceof webApi.WebAPIRateLimitedError ? error.retryAfter * 1_000 : 0;
        if (!isStopping)
          log.warn({ connection: number, reason: reasonOf(error), failures }, 'Slack is not reached yet');
      }
      if (failures > 0 && !isStopping) await pause(Math.max(asked, backoffMs(failures)));
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    receiver,
    isConnected: () => isConnected,
    keep() {
      kept = loop();
    },
    /** A peer that does not answer the close is not waited for. */
    async stop() {
      isStopping = true;
      wake();
      const patience = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([Promise.all([client.disconnect(), kept]), patience]);
    },
  };
}

const backoffMs = (failures: number): number =>
  Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** Math.min(failures - 1, 10)) * (0.75 + Math.random() / 2);

/** `An API error occurred: invalid_auth`: what Slack said, never what was sent. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'the connection ended before Slack said hello';
}
