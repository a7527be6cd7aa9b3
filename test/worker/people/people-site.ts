/** A company whose roles come from everywhere: a list, a user group, a schedule, the owner. Against the twins. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { openRecords } from '../../../records/open-records.js';
import type { Records } from '../../../records/records.js';
import { seedPagerDuty, seedSlack } from '../../../sandbox/company.js';
import { type PagerDutyTwin, startPagerDutyTwin } from '../../../sandbox/pagerduty/start-pagerduty-twin.js';
import { type SlackTwin, startSlackTwin } from '../../../sandbox/slack/start-slack-twin.js';
import { openDirectory } from '../../../worker/house.js';
import { createLog } from '../../../worker/log.js';
import type { Directory } from '../../../worker/people/directory.js';
import { loadSettings } from '../../../worker/settings/load-settings.js';
import { formatSettingsProblems } from '../../../worker/settings/problem.js';
import type { Settings } from '../../../worker/settings/settings.js';

export const SETTINGS = `version: 1
company: Acme
public_url: https://firebreak.acme.example
encryption: { keys: [{ id: one, from: env:KEY }] }
mail: { smtp: env:SMTP, from: firebreak@acme.example }
slack: { app_token: env:APP, bot_token: env:BOT, workspace: T0ACME, api: env:SLACK }
channels: { default: C0INCIDENTS }
pagerduty: { token: env:PD, routing_key: env:ROUTING, api: env:PAGERDUTY, events: env:PAGERDUTY }
people:
  sam: { mail: Sam@acme.example, teams: [security] }
  leo: { mail: leo@acme.example, teams: [security] }
  mia: { mail: mia@acme.example, teams: [payments] }
roles:
  responder: { slack_group: S0SECURITY }
  security-on-call: { pagerduty_schedule: PSEC1, page: true }
  service-owner: { of: owner }
  ciso: { people: [mia] }
environments:
  production: { match: { aws_account: ["111122223333"] }, mode: act }
policy:
  destroy: { production: { from: { security-on-call: 1, service-owner: 1 }, within: 4h, then: [ciso] } }
connectors: {}
tell:
  owner: { by: [slack, mail], at: [closed] }
`;

export interface PeopleSite {
  settings: Settings;
  directory: Directory;
  records: Records;
  slack: SlackTwin;
  pagerduty: PagerDutyTwin;
  env: Record<string, string>;
  file: string;
  folder: string;
  clock: { now(): number; at: number };
  log: string[];
  link(account: string, person: string): Promise<void>;
}

/** Sam is on call; sam and leo are in the group, and linked. */
export async function openPeople(text = SETTINGS): Promise<PeopleSite> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-people-'));
  const file = join(folder, 'firebreak.yaml');
  writeFileSync(file, text);
  const slack = await startSlackTwin({ limits: 'off' });
  const { users } = seedSlack(slack);
  const pagerduty = await startPagerDutyTwin();
  const { routingKey } = seedPagerDuty(pagerduty);
  const env = {
    KEY: Buffer.alloc(32).toString('base64'),
    SMTP: 'smtp://127.0.0.1:1',
    APP: slack.appToken,
    BOT: slack.botToken,
    SLACK: slack.apiUrl,
    PD: pagerduty.token,
    ROUTING: routingKey,
    PAGERDUTY: pagerduty.url,
  };
  const { settings, problems } = loadSettings(file, env);
  if (settings === undefined) throw new Error(formatSettingsProblems(problems));
  const records = await openRecords({ file: join(folder, 'records.db'), durable: false });
  const lines: string[] = [];
  const log = createLog({
    destination: new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  });
  const clock = { at: Date.now(), now: () => clock.at };
  const link = (account: string, person: string) =>
    records.links.put({ source: 'slack/T0ACME', account, person, at: clock.now(), by: 'cli' });
  await link(users.sam, 'sam');
  await link(users.leo, 'leo');
  const directory = openDirectory(settings, records, clock, log);
  onTestFinished(async () => {
    await Promise.all([records.close(), slack.close(), pagerduty.close()]);
    rmSync(folder, { recursive: true });
  });
  return { settings, directory, records, slack, pagerduty, env, file, folder, clock, log: lines, link };
}
