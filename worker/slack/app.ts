import { App, AuthorizationError, type CodedError, type Receiver } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import type { Secret } from '../../activities/secrets/secret.js';
import type { Log } from '../log.js';
import type { Door } from './door.js';
import { sdkLogger } from './sdk-logger.js';
import { isOfWorkspace } from './who-did-it.js';

export interface AppDoors {
  receiver: Receiver;
  botToken: Secret;
  /** `T0ACME` */
  workspace: string;
  /** `A0FIREBREAK`, where it is known. */
  app?: string;
  web: WebClientOptions;
  door: Door;
  log: Log;
}

/** Thrown where the workspace is not ours: no listener hears of it. */
class OtherWorkspace extends Error {}

/**
 * Bolt for one workspace with one bot token. Every command, button, modal, shortcut and event goes to the one door, known or
 * not: a catch-all that acknowledges nothing would show the person a failure.
 */
export function createSlackApp({ receiver, botToken, workspace, app: appId, web, door, log }: AppDoors): App {
  const app = new App({
    receiver,
    authorize: async (_source, body) => {
      if (!isOfWorkspace(body, workspace, appId)) throw new OtherWorkspace();
      return { botToken: botToken.reveal(), teamId: workspace };
    },
    clientOptions: web,
    logger: sdkLogger(log),
    extendedErrorHandler: true,
    // Bolt would have to know the bot's own ids, which takes a call; the door looks for bots itself.
    ignoreSelf: false,
    convoStore: false,
    attachFunctionToken: false,
  });
  app.command(/.*/, ({ body, ack }) => door.hear(body, ack));
  app.action(/.*/, ({ body, ack }) => door.hear(body, ack));
  app.shortcut(/.*/, ({ body, ack }) => door.hear(body, ack));
  app.view(/.*/, ({ body, ack }) => door.hear(body, ack));
  app.view({ type: 'view_closed', callback_id: /.*/ }, ({ ack }) => ack());
  app.options(/.*/, ({ ack }) => ack({ options: [] }));
  app.event(/.*/, ({ body }) => door.hear(body, async () => {}));
  app.error(async ({ error, body }: { error: CodedError; body: unknown }) => {
    if (error instanceof AuthorizationError) return door.turnAway(body);
    throw error.original ?? error;
  });
  return app;
}
