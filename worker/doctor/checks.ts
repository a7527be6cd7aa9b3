/** Whether what Firebreak talks to is there and lets it do what it must. Looks, and changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WebClient } from '@slack/web-api';
import { checkMail } from '../../activities/notify/mailer.js';
import { openRecords } from '../../records/open-records.js';
import type { Log } from '../log.js';
import { pagedRoles } from '../people/people.js';
import { recordsFileOf } from '../records-file.js';
import type { Settings } from '../settings/settings.js';
import { connectTemporal } from '../temporal/connect-temporal.js';
import { isHealthy } from '../temporal/namespace.js';
import { readRecord } from '../temporal/server-record.js';
import { TemporalError } from '../temporal/temporal-error.js';

export interface Check {
  what: string;
  /** `idle`: not set up, or not running; nothing is wrong. */
  state: 'ok' | 'wrong' | 'idle';
  /** One sentence, with what to do where something is wrong. */
  line: string;
}

const DEADLINE_MS = 5_000;

const ok = (what: string, line: string): Check => ({ what, state: 'ok', line });
const wrong = (what: string, line: string): Check => ({ what, state: 'wrong', line });
const idle = (what: string, line: string): Check => ({ what, state: 'idle', line });

export async function checkSlack({ slack, channels }: Settings, log: Log): Promise<Check[]> {
  if (slack === undefined) return [idle('Slack', 'is not set up')];
  const [{ createWeb }, { BOT_SCOPES }] = await Promise.all([import('../slack/web.js'), import('../slack/surface.js')]);
  const web = createWeb(slack.botToken.resolve().reveal(), log, slack.api.resolve());
  try {
    const said = await web.auth.test();
    if (said.team_id !== slack.workspace) {
      return [
        wrong('Slack', `slack.bot_token is of workspace ${said.team_id}, and slack.workspace says ${slack.workspace}`),
      ];
    }
    const granted = said.response_metadata?.scopes;
    const missing = BOT_SCOPES.filter(({ name }) => granted !== undefined && !granted.includes(name));
    const scopes = missing.map(({ name, why }) =>
      wrong('Slack', `the bot token lacks ${name} (${why}); install the app again from slack-manifest.yaml`),
    );
    const ids = new Set([channels?.default, ...Object.values(channels?.severity ?? {})]);
    const reached = [...ids].filter((id) => id !== undefined && id !== 'new-channel') as string[];
    const places = await Promise.all(reached.map((id) => checkChannel(web, id)));
    return [ok('Slack', `is workspace ${said.team}, as ${said.user}`), ...scopes, ...places];
  } catch (error) {
    return [wrong('Slack', `${reasonOf(error)}; look at slack.bot_token and slack.api`)];
  }
}

async function checkChannel(web: WebClient, id: string): Promise<Check> {
  const what = `Slack channel ${id}`;
  try {
    const { channel } = await web.conversations.info({ channel: id });
    if (channel?.is_archived) return wrong(what, `#${channel.name} is archived; write another one into channels`);
    if (channel?.is_member) return ok(what, `is #${channel.name}, and the bot is in it`);
    return channel?.is_private === true
      ? wrong(what, `is #${channel.name}, and the bot is not in it: /invite it there`)
      : ok(what, `is #${channel?.name}; the bot is not in it, and may post there all the same`);
  } catch (error) {
    return wrong(what, `${reasonOf(error)}; a private channel is seen only once the bot was invited (/invite)`);
  }
}

function reasonOf(error: unknown): string {
  const { data } = (error ?? {}) as { data?: { error?: string } };
  return data?.error === undefined ? 'does not answer' : `refuses: ${data.error}`;
}

export async function checkPagerDuty(settings: Settings): Promise<Check[]> {
  const { pagerduty, roles } = settings;
  if (pagerduty === undefined) return [idle('PagerDuty', 'is not set up')];
  const { knowsSchedule } = await import('../people/pagerduty.js');
  const access = { token: pagerduty.token.resolve(), api: pagerduty.api.resolve() };
  const checks = await Promise.all(
    roles.flatMap((role) => {
      if (!('pagerdutySchedule' in role)) return [];
      const what = `PagerDuty schedule ${role.pagerdutySchedule}`;
      return [
        knowsSchedule(access, role.pagerdutySchedule).then(
          (name) => ok(what, `is "${name}", for ${role.name}`),
          (error: Error) => wrong(what, `${error.message} (${role.where})`),
        ),
      ];
    }),
  );
  const paged = pagedRoles(settings);
  if (paged.length === 0) return checks;
  return [
    ...checks,
    idle('PagerDuty events', `would page ${paged.join(', ')}; not tried, because it would wake somebody`),
  ];
}

export async function checkMailServer({ mail }: Settings): Promise<Check[]> {
  if (mail === undefined) return [idle('mail', 'is not set up')];
  const why = await checkMail(mail.smtp.resolve());
  return [why === undefined ? ok('mail', `takes mails from ${mail.from}`) : wrong('mail', why)];
}

export async function checkRecords(settings: Settings, data: string): Promise<Check[]> {
  const file = recordsFileOf(settings, data);
  if (!existsSync(file)) return [idle('records', `${file} is not there yet; \`firebreak start\` makes it`)];
  try {
    const records = await openRecords({ file });
    try {
      const { incidents, alerts, decisions } = await records.waiting();
      const waits = incidents.count + alerts.count + decisions.count;
      return [
        ok(
          'records',
          waits === 0
            ? `${file}; nothing waits for Firebreak`
            : `${file}; ${waits} things wait for Firebreak to do them`,
        ),
      ];
    } finally {
      await records.close();
    }
  } catch (error) {
    return [wrong('records', error instanceof Error ? error.message : `${file} cannot be opened`)];
  }
}

export async function checkTemporal(
  settings: Settings,
  data: string,
  env: Record<string, string | undefined>,
): Promise<Check[]> {
  if (settings.temporal !== undefined) {
    try {
      const there = await connectTemporal(settings, data, { env, say: () => undefined, deadlineMs: DEADLINE_MS });
      return [ok('Temporal', `${there.version} at ${there.address}, namespace ${there.namespace}`)];
    } catch (error) {
      if (error instanceof TemporalError) return [wrong('Temporal', error.message)];
      throw error;
    }
  }
  const there = readRecord(join(data, 'temporal'));
  if (there === undefined) return [idle('Temporal', 'is the embedded one, and starts with `firebreak start`')];
  const address = `127.0.0.1:${there.port}`;
  return (await isHealthy(address, DEADLINE_MS))
    ? [ok('Temporal', `${there.server} at ${address}, embedded`)]
    : [idle('Temporal', 'is the embedded one, and does not run; it starts with `firebreak start`')];
}

/** Firebreak itself, where it listens. */
export async function checkServing(url: string): Promise<Check[]> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/readyz`, { signal: AbortSignal.timeout(DEADLINE_MS) });
    const ready = (await response.json()) as Record<string, boolean>;
    const not = Object.keys(ready).filter((part) => ready[part] === false);
    return [
      not.length === 0
        ? ok('Firebreak', `serves at ${url}`)
        : wrong('Firebreak', `serves at ${url}, without ${not.join(', ')}`),
    ];
  } catch {
    return [idle('Firebreak', `does not answer at ${url}`)];
  }
}
