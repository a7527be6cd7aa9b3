/** A poster of its own towards the twin, in virtual time, over an incident whose life the test writes down. */
import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { bind } from '../../../../playbooks/language/bind.js';
import { readPage } from '../../../../playbooks/language/page.js';
import type { Plan } from '../../../../playbooks/language/plan.js';
import type { Decision, Records } from '../../../../records/records.js';
import type { Limits } from '../../../../sandbox/slack/rates.js';
import { type SlackTwin, startSlackTwin } from '../../../../sandbox/slack/start-slack-twin.js';
import type { Message } from '../../../../sandbox/slack/workspace.js';
import { catalogue } from '../../../../worker/house.js';
import { createLog } from '../../../../worker/log.js';
import type { AskedData } from '../../../../worker/slack/incident-view/asked.js';
import { createPoster, type Poster } from '../../../../worker/slack/poster/poster.js';
import type { PosterDoors } from '../../../../worker/slack/poster/poster-doors.js';
import { createWeb } from '../../../../worker/slack/web.js';
import { openTemporaryRecords } from '../../../activities/temporary-records.js';

export const PEOPLE = { sam: 'U0SAM', mia: 'U0MIA', leo: 'U0LEO' } as const;
const SOURCE = 'slack/T0ACME';
const START = Date.parse('2026-11-24T03:13:46Z');
const STEP_MS = 250;
export const ASK = 'close.revoke.ask';

const file = 'playbooks/aws-access-key.yaml';
const page = readPage(readFileSync(new URL(`../../../../${file}`, import.meta.url)), file, catalogue).page!;

export class PosterSite {
  poster: Poster;
  readonly log: string[] = [];
  readonly #doors: PosterDoors;
  #count = 0;

  constructor(
    readonly records: Records,
    readonly twin: SlackTwin,
    readonly channel: string,
    readonly clock: { at: number; now(): number },
    more: Partial<PosterDoors>,
  ) {
    const destination = new Writable({
      write: (chunk, _, done) => {
        this.log.push(String(chunk));
        done();
      },
    });
    const log = createLog({ destination });
    this.#doors = {
      records,
      web: createWeb(twin.botToken, log, twin.apiUrl),
      clock,
      log,
      source: SOURCE,
      banner: 'SANDBOX',
      channels: { default: channel, severity: {} },
      publicUrl: 'https://firebreak.acme.example',
      tellRules: [],
      audience: async (audience) => (audience === 'owner' ? ['mia'] : ['sam', 'leo']),
      ...more,
    };
    this.poster = createPoster(this.#doors);
  }

  /** The process dies where it stands, and another one starts. */
  restart(): void {
    this.poster = createPoster(this.#doors);
  }

  /** Ticks through so much time. */
  async play(ms: number): Promise<void> {
    for (const end = this.clock.at + ms; this.clock.at < end; ) {
      await this.poster.tick();
      this.clock.at += STEP_MS;
    }
  }

  async open({
    incident: key = 'AKIAIOSFODNN7EXAMPLE',
    identified = true,
  }: {
    incident?: string;
    identified?: boolean;
  } = {}): Promise<string> {
    const claim = `aws-access-key:${key}`;
    const alert = {
      v: 1,
      source: 'github',
      event: 'created',
      credential: { kind: 'aws-access-key', id: key },
      exposure: 'public',
      summary: 'in acme/payouts-tools, commit 3f2c1a9',
      url: 'https://github.com/acme/payouts-tools/security/secret-scanning/1',
      secret: 'not_held',
    };
    const { incident } = await this.records.receive(
      { source: 'github', key, kind: 'alert', receivedAt: this.clock.now(), body: alert, claims: [claim] },
      { by: 'person:leo', observe: false },
    );
    if (identified) await this.identify(incident, key);
    return incident;
  }

  async identify(incident: string, key: string): Promise<Plan> {
    const from = <T extends string>(value: T) => ({ value, source: 'test' });
    const plan = bind(page, {
      incident,
      credential: {
        kind: 'aws-access-key',
        id: key,
        account: '111122223333',
        name: 'svc-payouts',
        principal: 'user/svc-payouts',
      },
      facts: {
        environment: from('production'),
        criticality: from('normal'),
        exposure: from('public'),
        secret: from('not_held'),
        owner: { value: 'payments', source: 'AWS tag team' },
        subject: from('none'),
        exposed_since: from(new Date(this.clock.now()).toISOString()),
      },
      mode: 'act',
      policy: {},
      catalogue,
    });
    await this.records.incidents.pin(incident, plan, plan.digest, `aws-access-key:${key}`);
    await this.write(incident, 'identified', 'svc-payouts in production', { data: { banner: 'SANDBOX' } });
    return plan;
  }

  async write(
    incident: string,
    kind: string,
    line: string,
    { step = '', generation = 1, data, key }: { step?: string; generation?: number; data?: unknown; key?: string } = {},
  ): Promise<void> {
    this.#count += 1;
    await this.records.timeline.append({
      incident,
      at: this.clock.now(),
      kind,
      step,
      generation,
      line,
      ...(data === undefined ? {} : { data }),
      key: key ?? `${kind}/${step}/${this.#count}`,
    });
  }

  async ask(incident: string, people: string[] = ['sam', 'mia'], generation = 1): Promise<void> {
    const sentence = 'Delete AKIA…PLE for good? This cannot be undone.';
    const data: AskedData = {
      roles: ['security-on-call', 'service-owner'],
      people,
      until: this.clock.now() + 4 * 3_600_000,
      tier: 0,
      sentence,
    };
    await this.write(incident, 'asked', `${sentence} Asked: ${people.join(', ')}.`, { step: ASK, generation, data });
  }

  async decide(
    incident: string,
    person: string,
    role: string,
    answer: string,
    reason = '',
    more: Partial<Decision> = {},
  ): Promise<void> {
    this.#count += 1;
    const id = `decision-${this.#count}`;
    const row = await this.records.incidents.get(incident);
    await this.records.decisions.give({
      id,
      incident,
      at: this.clock.now(),
      person,
      roles: [{ role, source: 'test' }],
      channel: 'slack',
      control: 'decide',
      step: ASK,
      answer,
      reason,
      generation: 1,
      planDigest: row?.planDigest ?? '',
      ...more,
    });
    await this.records.decisions.settle(id, 'counted', '', this.clock.now());
  }

  async close(incident: string, as = 'dead'): Promise<void> {
    const at = this.clock.now();
    await this.records.incidents.close(incident, as, at);
    await this.write(incident, 'closed', `closed as ${as}`, { data: { as, remains: [] }, key: 'closed' });
    await this.write(incident, 'moment', `closed as ${as}`, { data: { moment: 'closed' }, key: 'moment/closed' });
  }

  /** What stands in a channel, or in somebody's direct messages, oldest first; threads left out unless asked for. */
  messages(where: string = this.channel, { thread }: { thread?: string } = {}): Message[] {
    const channel = where.startsWith('U')
      ? this.twin.workspace.directMessages(where, this.twin.workspace.app.botUser)
      : this.twin.workspace.channels.get(where);
    return [...(channel?.messages.values() ?? [])].filter((message) => message.thread === thread);
  }

  partOf = (message: Message): string =>
    String((message.metadata?.event_payload as { part?: string } | undefined)?.part);

  named(part: string, where?: string): Message[] {
    return this.messages(where).filter((message) => this.partOf(message) === part);
  }

  /** Everything that the thread of the card says, in order. */
  thread(card: Message): string {
    return this.messages(card.channel, { thread: card.ts })
      .map(({ text }) => text)
      .join('\n');
  }
}

export const textOf = (message: Message | undefined): string => JSON.stringify(message?.blocks ?? []);
export const buttonsOf = (message: Message | undefined): string[] =>
  (message?.blocks ?? []).flatMap(({ type, elements }) =>
    type === 'actions' ? (elements as { action_id: string }[]).map(({ action_id }) => action_id) : [],
  );

/** Ends with the test. */
export async function openPosterSite({
  limits = 'off',
  ...more
}: { limits?: Limits } & Partial<PosterDoors> = {}): Promise<PosterSite> {
  const { records, close } = await openTemporaryRecords();
  const clock = { at: START, now: () => clock.at };
  const twin = await startSlackTwin({ limits, clock });
  for (const [name, id] of Object.entries(PEOPLE)) {
    twin.workspace.addUser({ id, name });
    await records.links.put({ source: SOURCE, account: id, person: name, at: START, by: 'cli' });
  }
  const { id } = twin.workspace.addChannel({
    name: 'incidents',
    members: [twin.workspace.app.botUser, ...Object.values(PEOPLE)],
  });
  const site = new PosterSite(records, twin, id, clock, more);
  onTestFinished(async () => {
    await site.poster.stop();
    await twin.close();
    await close();
  });
  return site;
}
