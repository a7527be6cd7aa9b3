/** Slack for one house: its doors with everything that is done behind them, and the poster that keeps cards up to date. */
import type { RequestListener } from 'node:http';
import type { Metrics } from '../api/metrics.js';
import type { DecisionDoor } from '../dispatcher/decision-door.js';
import type { House } from '../house.js';
import type { Log } from '../log.js';
import { slackSource } from '../people/directory.js';
import { createLinking, type Linking } from '../people/linking.js';
import { personBehind } from '../people/people.js';
import type { Settings } from '../settings/settings.js';
import { decidingHandlers } from './deciding/deciding-handlers.js';
import { linkHandlers } from './linking/link-handlers.js';
import { openSlack } from './open-slack.js';
import { homeHandlers } from './poster/home-handlers.js';
import { createPoster } from './poster/poster.js';
import { SLACK_PATH } from './receivers.js';
import { startingHandlers } from './starting/starting-handlers.js';
import { createWeb, writeDirectly } from './web.js';
import { createAddresses } from './workspace-address.js';

export interface HouseSlackDoors {
  settings: Settings;
  house: House;
  decisions: DecisionDoor;
  clock: { now(): number };
  log: Log;
  metrics: Pick<Metrics, 'heard' | 'intakeAnswered'>;
  /** There is an incident to start. */
  wake(): void;
}

export interface HouseSlack {
  /** Who is who here: confirmed by mail or by API token, so the API serves it as well. */
  linking: Linking;
  /** In mode `http`: what stands beside the API. */
  beside?: { path: string; listener: RequestListener };
  /** Whether Slack reaches us and we reach it: connections of Socket Mode that are open. */
  connected(): number;
  /** Resolves at once, whether Slack is there or not. */
  start(): Promise<void>;
  /** Something was written that a card may show. Returns at once. */
  wake(): void;
  stop(): Promise<void>;
}

/** Undefined where settings have no Slack. Throws SettingsError for a token that is not there. */
export function slackOfHouse(doors: HouseSlackDoors): HouseSlack | undefined {
  const { settings, house, decisions, metrics, clock, log, wake } = doors;
  if (settings.slack === undefined) return undefined;
  const { records, sealer, seams, directory } = house;
  const { workspace, botToken, api } = settings.slack;
  const source = slackSource(workspace);
  const banner = seams.banner;
  const web = createWeb(botToken.resolve().reveal(), log, api.resolve());
  const { addressOf, learn } = createAddresses({ web, clock, log });
  const linking = createLinking({
    ...seams,
    settings,
    records,
    clock,
    log,
    tellAccount: (account, text) => writeDirectly(web, account, { text }),
  });
  const channels = settings.channels;
  const poster =
    channels &&
    createPoster({
      records,
      web,
      clock,
      log,
      source,
      banner,
      channels,
      publicUrl: seams.publicUrl,
      tellRules: settings.tell,
      audience: async (audience, owner) => {
        const known = await directory.audience(audience, owner);
        return 'people' in known ? known.people.map(({ name }) => name) : [];
      },
    });
  const slack = openSlack({
    settings: settings.slack,
    company: settings.company,
    records,
    sealer,
    clock,
    log,
    heard: metrics.heard,
    handlers: () => ({
      ...startingHandlers({
        ...seams,
        sealer,
        clock,
        people: directory,
        bySubject: (subject) => personBehind(settings, subject)?.name,
        wake,
        log,
        ...(channels === undefined ? {} : { channel: channels.default }),
        addressOf,
        taken: (result, tookMs) => metrics.intakeAnswered('slack', result, 200, tookMs),
      }),
      ...decidingHandlers({
        records,
        decisions,
        people: directory,
        web,
        source,
        banner,
        everybody: settings.people.map(({ name }) => name),
        clock,
        log,
      }),
      ...linkHandlers({
        linking,
        people: settings.people,
        records,
        clock,
        banner,
        nameOf: async (account) => {
          const { user } = await web.users.info({ user: account }).catch(() => ({ user: undefined }));
          return user?.profile?.display_name || user?.real_name || user?.name;
        },
      }),
      ...(poster === undefined ? {} : homeHandlers({ poster })),
    }),
  });
  let posting: Promise<void> = Promise.resolve();
  return {
    linking,
    ...(slack.listener === undefined ? {} : { beside: { path: SLACK_PATH, listener: slack.listener } }),
    connected: slack.connected,
    async start() {
      void learn();
      await slack.start();
      posting = poster?.run() ?? posting;
    },
    wake: () => poster?.wake(),
    async stop() {
      await slack.stop();
      await poster?.stop();
      await posting;
    },
  };
}
