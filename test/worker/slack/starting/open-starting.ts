import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Button, View } from '@slack/types';
import { onTestFinished } from 'vitest';
import { Secret } from '../../../../activities/secrets/secret.js';
import { type AwsTwin, startAwsTwin } from '../../../../sandbox/aws/start-aws-twin.js';
import { type House, openHouse } from '../../../../worker/house.js';
import { createLog } from '../../../../worker/log.js';
import { loadSettings } from '../../../../worker/settings/load-settings.js';
import type { Settings } from '../../../../worker/settings/settings.js';
import type { Handle, Interaction, Message } from '../../../../worker/slack/contract.js';
import { startingHandlers } from '../../../../worker/slack/starting/starting-handlers.js';
import { takeOutSecrets } from '../../../../worker/slack/take-out-secrets.js';

export const ACCOUNT = '111122223333';
export const CHANNEL = 'C0SECINC';

export const SETTINGS = `version: 1
company: Acme
encryption: { keys: [{ id: one, from: env:KEY }] }
mail: { smtp: env:SMTP, from: firebreak@acme.example }
people:
  sam: { mail: sam@acme.example }
  raj: { mail: raj@acme.example }
  mia: { mail: mia@acme.example, teams: [payments] }
roles:
  responder: { people: [sam, raj] }
  security-on-call: { people: [raj] }
  service-owner: { of: owner }
owners: [{ aws_tag: team }, { default: security-on-call }]
environments:
  wallets: { match: { aws_account: ["${ACCOUNT}"], names: ["*-wallet"] }, mode: act, critical: ["*"] }
  watched: { match: { aws_account: ["${ACCOUNT}"], names: ["old-*"] }, mode: observe }
  production: { match: { aws_account: ["${ACCOUNT}"] }, mode: act }
  default: { mode: observe }
policy:
  contain: { any: now, critical: { from: { security-on-call: 1 }, within: 3m, if_silent: proceed } }
  destroy: { production: { from: { security-on-call: 1, service-owner: 1 }, within: 4h, hours: any, if_silent: hold } }
protected: ["user/break-glass-*"]
connectors:
  aws-access-key:
    region: us-east-1
    endpoint: env:AWS
    accounts: { "${ACCOUNT}": { access_key_id: env:AWS_ID, secret_access_key: env:AWS_SECRET } }
`;

/** What one person saw and read of one interaction. */
export interface Heard {
  outcome: string;
  told: Message[];
  replaced: Message[];
  opened: View[];
  /** Of the last message, with its banner. */
  text: string;
  /** Labels of its buttons, with their values by action id. */
  buttons: string[];
  value(action: string): string;
}

export interface Starting {
  aws: AwsTwin;
  house: House;
  settings: Settings;
  handlers: ReturnType<typeof startingHandlers>;
  clock: { at: number; now(): number };
  log: string[];
  woken: number;
  /** The waits that are under way, in ms; `pass` ends one. */
  waits: number[];
  pass(ms: number): void;
  /** A key of a user, as the world has it. */
  key(user: string, tags?: Record<string, string>): { id: string; secret: string };
  /** What the door makes of it, then the handler: as typed by this account. */
  command(text: string, more?: Partial<Interaction>): Promise<Heard>;
  press(action: string, handle: string, more?: Partial<Interaction>): Promise<Heard>;
  hear(said: Partial<Interaction> & Pick<Interaction, 'kind' | 'name'>, key?: string): Promise<Heard>;
  /** Everything that stands in the records, as one text. */
  written(): Promise<string>;
}

/** The real handlers over real records, settings, pages and connector; AWS is the twin. Sam, Raj and Mia are linked. */
export async function openStarting({ settings = SETTINGS, latestMs = 60_000 } = {}): Promise<Starting> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-starting-'));
  const clock = {
    at: Date.parse('2026-11-24T03:12:00Z'),
    now() {
      return this.at;
    },
  };
  const aws = await startAwsTwin({ clock });
  aws.addUser({ name: 'firebreak-ir', allow: ['iam:*', 'sts:*'] });
  const ours = aws.addKey('firebreak-ir');
  writeFileSync(join(folder, 'firebreak.yaml'), settings);
  const loaded = loadSettings(join(folder, 'firebreak.yaml'), {
    KEY: randomBytes(32).toString('base64'),
    SMTP: 'smtp://127.0.0.1:1',
    NOWHERE: 'http://127.0.0.1:1',
    AWS: aws.url,
    AWS_ID: ours.id,
    AWS_SECRET: ours.secret,
  });
  if (loaded.settings === undefined) throw new Error(JSON.stringify(loaded.problems));
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLog({ destination });
  const house = await openHouse(loaded.settings, join(folder, 'data'), clock, log, 'SANDBOX');
  onTestFinished(async () => {
    await house.close();
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const person of ['sam', 'raj', 'mia']) {
    const account = `U0${person.toUpperCase()}`;
    await house.records.links.put({ source: 'slack/', account, person, at: clock.at, by: 'cli' });
  }

  const waiting: { ms: number; end(): void }[] = [];
  const { seams, records, sealer, directory } = house;
  const starting: Pick<Starting, 'woken'> = { woken: 0 };
  const handlers = startingHandlers({
    ...seams,
    records,
    sealer,
    people: directory,
    bySubject: seams.people.bySubject,
    wake: () => {
      starting.woken += 1;
    },
    log,
    channel: CHANNEL,
    addressOf: (channel, message) => `https://acme.slack.com/archives/${channel}/p${message.replace('.', '')}`,
    wait(ms) {
      let end = () => {};
      const over = new Promise<void>((resolve) => {
        end = resolve;
      });
      const one = { ms, end };
      waiting.push(one);
      const cancel = () => {
        if (waiting.includes(one)) waiting.splice(waiting.indexOf(one), 1);
        end();
      };
      return { over, cancel };
    },
  });

  let nth = 0;
  async function hear(said: Partial<Interaction> & Pick<Interaction, 'kind' | 'name'>, given?: string): Promise<Heard> {
    nth += 1;
    const key = given ?? `${said.kind}/${nth}`;
    const sealed: Interaction['sealed'] = [];
    const clean = (text: string) => {
      const taken = takeOutSecrets(text);
      for (const { value, what } of taken.secrets) {
        const context = `slack/said/${key}/${sealed.length + 1}`;
        sealed.push({ box: sealer.seal(new Secret(value), context), context, what });
      }
      return taken.text;
    };
    const basic = { user: 'U0SAM', channel: CHANNEL, trigger: 'trigger', at: clock.now(), ...said };
    const whole: Interaction = {
      ...basic,
      text: clean(said.text ?? ''),
      fields: Object.fromEntries(Object.entries(said.fields ?? {}).map(([field, text]) => [field, clean(text)])),
      sealed,
    };
    await records.said.take({ source: 'slack/', key, receivedAt: clock.now(), body: whole });
    const told: Message[] = [];
    const replaced: Message[] = [];
    const opened: View[] = [];
    const handler = handlers[`${said.kind} ${said.name}`];
    if (handler === undefined) throw new Error(`nobody handles ${said.kind} ${said.name}`);
    const outcome = await handler(
      whole,
      {
        tell: async (message) => void told.push(message),
        replace: async (message) => void replaced.push(message),
        open: async (view) => opened.push(view) > 0 && said.trigger !== 'old',
      },
      key,
    );
    const last = replaced.at(-1) ?? told.at(-1);
    const buttons = (last?.blocks ?? []).flatMap((block): Button[] => {
      if (block.type === 'actions') return block.elements.filter((element) => element.type === 'button');
      return block.type === 'section' && block.accessory?.type === 'button' ? [block.accessory] : [];
    });
    return {
      outcome,
      told,
      replaced,
      opened,
      text: last?.text ?? '',
      buttons: buttons.map(({ text }) => text.text),
      value(action) {
        const found = buttons.find(({ action_id }) => action_id?.split(':')[0] === action);
        if (found === undefined) throw new Error(`no button ${action}: ${JSON.stringify(buttons)}`);
        return found.value ?? '';
      },
    };
  }

  return Object.assign(starting, {
    aws,
    house,
    settings: loaded.settings,
    handlers,
    clock,
    log: lines,
    get waits() {
      return waiting.map(({ ms }) => ms);
    },
    pass(ms: number) {
      waiting.find((one) => one.ms === ms)?.end();
    },
    key(user: string, tags: Record<string, string> = { team: 'payments' }) {
      if (!['firebreak-ir'].includes(user)) aws.addUser({ name: user, allow: ['s3:*'], tags });
      return aws.addKey(user, { createdAt: clock.at - latestMs });
    },
    command: (text: string, more: Partial<Interaction> = {}) => hear({ kind: 'command', name: '', text, ...more }),
    press: (action: string, handle: string, more: Partial<Interaction> = {}) =>
      hear({ kind: 'action', name: action, handle, ...more }),
    hear,
    async written() {
      const incidents = await records.incidents.list({ state: 'all', limit: 200 });
      const rows = await Promise.all(
        incidents.flatMap(({ id }) => [records.inbox.ofIncident(id), records.timeline.ofIncident(id)]),
      );
      return JSON.stringify([incidents, rows, await records.said.unsettled('slack/', 100), lines]);
    },
  }) as Starting;
}

/** What a button stands for. */
export const handleOf = async ({ house }: Starting, id: string): Promise<Handle> =>
  (await house.records.handles.get(id))?.body as Handle;
