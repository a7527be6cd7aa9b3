/**
 * Many incidents wait for two of three people, and Slack tells of far more clicks than count: replays, double clicks, people
 * who may not, buttons of another time. They are signed as Slack signs and come as fast as they come, whether anybody answers
 * or not; for a while Temporal answers nothing. Afterwards records, Temporal and the workspace are read as others read them.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Libsql from 'libsql';
import { sign } from '../../sandbox/slack/signed-http.js';
import { NAMESPACE } from '../../worker/temporal/server-settings.js';
import { eachInTurn, eachOf } from './each-of.js';
import { eventually } from './eventually.js';
import { BY_HTTP } from './in-slack.js';
import {
  ACCOUNTS,
  type Click,
  HOLDERS,
  type Parked,
  type PlannedClicks,
  planClicks,
  SORTS,
  type Sort,
} from './plan-clicks.js';
import { FAST, openSite, type Site } from './site.js';
import { isAcknowledged, type TimedAnswer, timedPost } from './timed-post.js';

export interface ClicksOptions {
  incidents: number;
  interactions: number;
  perSecond: number;
  /** How long Temporal answers nothing, from 40 % of the clicks on. */
  temporalDownMs: number;
  say?(line: string): void;
}

export interface ClicksOutcome {
  /** How many of each were sent, and how many of all got a 2xx. */
  sent: Record<Sort, number>;
  acknowledged: number;
  /** Rows of what was said; different clicks of people of our workspace; rows that nobody has answered for. */
  rows: number;
  different: number;
  unsettled: number;
  /** Answers that count: as they are, as they should be; those that should and do not; those that should not and do; those that count twice. */
  counted: number;
  wanted: number;
  lost: number;
  wrong: number;
  twice: number;
  /** Incidents that went on; that should have and did not; that should not have and did; that did twice. */
  wentOn: number;
  notResumed: number;
  wrongResumes: number;
  resumedTwice: number;
  /** Of Temporal: incidents whose workflow says otherwise than the records; runs beyond one for each. */
  otherwise: number;
  secondRuns: number;
  /** Messages that stand twice in Slack; words that an answer was stored. */
  postedTwice: number;
  toldStored: number;
  /** ms, from a connection to the acknowledgement: of all, and while Temporal answered nothing. */
  acks: number[];
  acksWithoutTemporal: number[];
  /** ms, from the click that made it two to the next step; those clicked while Temporal answered nothing or just after, apart. */
  toNextStep: number[];
  toNextStepLate: number[];
  /** Resident memory of Firebreak for each incident that waits, KB, and before any. */
  kbEach: number;
  beforeMb: number;
  settledAfterMs: number;
}

const SOURCE = 'slack/T0ACME';
const QUESTION = 'contain.disable.ask';
const NEXT = 'contain.disable';
const CONNECTIONS = 64;
const AT_ONCE = 16;

const SETTINGS: [string, string][] = [
  ['company: Acme', 'intake: { storm: { alerts: 100000, within: 1m } }\ncompany: Acme'],
  ['security-on-call: { pagerduty_schedule: PSEC1, page: true }', 'security-on-call: { people: [leo, mia, ana] }'],
  ['responder: { people: [sam, leo, mia] }', 'responder: { people: [sam, leo, mia, ana] }'],
  ['default: { mode: observe }', 'default: { mode: act }'],
  ['any: now', 'any: { from: { security-on-call: 2 }, within: 4h, if_silent: hold }'],
  [
    'critical: { from: { security-on-call: 1 }, within: 3m, if_silent: proceed }',
    'critical: { from: { security-on-call: 2 }, within: 4h, if_silent: hold }',
  ],
];

export async function runClicks(options: ClicksOptions): Promise<ClicksOutcome> {
  const site = await openSite({
    sandbox: { ...FAST.sandbox, slack: { limits: 'off' } },
    settings: [...(FAST.settings ?? []), ...BY_HTTP, ...SETTINGS],
  });
  try {
    await site.start();
    return await new Clicks(site, options).run();
  } finally {
    await site.close();
  }
}

class Clicks {
  readonly #acks: TimedAnswer[] = [];
  readonly #sent = Object.fromEntries(SORTS.map((sort) => [sort, 0])) as Record<Sort, number>;
  readonly #down = { from: 0, to: 0 };
  #acknowledged = 0;

  constructor(
    readonly site: Site,
    readonly options: ClicksOptions,
  ) {}

  async run(): Promise<ClicksOutcome> {
    const { options } = this;
    const say = options.say ?? (() => {});
    this.#link();
    await this.#quiet();
    const beforeMb = this.#rssMb();
    const parked = await this.#park();
    const kbEach = ((this.#rssMb() - beforeMb) * 1_024) / parked.length;
    say(`${parked.length} incidents wait for two of three people`);
    const planned = planClicks(parked, this.#staleHandles(parked), options.interactions);
    const { early, late } = planned;
    const began = performance.now();
    const freezing = this.#freeze(early.length, say);
    await this.#send(early);
    say(`${early.length} clicks in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    await freezing;
    const ended = performance.now();
    await this.#settled();
    const settledAfterMs = performance.now() - ended;
    await this.#send(late);
    await this.#settled();
    say('nothing waits any more');
    return { ...(await this.#judge(parked, planned)), kbEach, beforeMb, settledAfterMs };
  }

  #records(): Libsql.Database {
    const records = new Libsql(join(this.site.data, 'records.db'));
    // whoever writes beside us holds it for milliseconds
    records.exec('pragma busy_timeout = 10000');
    return records;
  }

  /** As if each had confirmed it. */
  #link(): void {
    const records = this.#records();
    const put = records.prepare('insert into links (source, account, person, at, by) values (?, ?, ?, ?, ?)');
    for (const [person, account] of Object.entries(ACCOUNTS)) put.run([SOURCE, account, person, Date.now(), 'bench']);
    records.close();
  }

  /** Opened by sam and by ana, and asked. */
  async #park(): Promise<Parked[]> {
    const requesters = new Map<string, 'ana' | 'sam'>();
    const credentials = Array.from({ length: this.options.incidents }, (_, n) => `shop-${n}`);
    await eachOf(credentials, AT_ONCE, async (id, n) => {
      const requester = n % 2 === 0 ? 'sam' : 'ana';
      const opened = await this.site.api(requester, 'POST', '/incidents', { kind: 'shop-key', id });
      if (opened.status !== 202) throw new Error(`not opened: ${JSON.stringify(opened.body)}`);
      requesters.set(opened.body.incident as string, requester);
    });
    return eventually('all are asked, and have buttons', 600, async () => {
      const parked = this.#parked(requesters);
      if (parked.length < this.options.incidents) throw new Error(`${parked.length} are asked`);
      return parked;
    });
  }

  #parked(requesters: Map<string, 'ana' | 'sam'>): Parked[] {
    const records = this.#records();
    const rows = records.prepare("select id, body from handles where key like 'question/%'").all([]) as {
      id: string;
      body: string;
    }[];
    records.close();
    return rows.flatMap(({ id, body }) => {
      const { incident, step, digest } = JSON.parse(body) as { incident: string; step: string; digest: string };
      const requester = requesters.get(incident);
      return step === QUESTION && requester !== undefined ? [{ incident, handle: id, digest, requester }] : [];
    });
  }

  /** Of an older and a later generation, of another plan, and of nothing. */
  #staleHandles(parked: Parked[]): string[] {
    const records = this.#records();
    const put = records.prepare('insert into handles (id, key, body, at) values (?, ?, ?, ?)');
    const made = parked.slice(0, 30).flatMap(({ incident, digest }, n) =>
      [
        { generation: 0, digest },
        { generation: 2, digest },
        { generation: 1, digest: '0'.repeat(64) },
      ].map((other, kind) => {
        const id = `stale-${n}-${kind}`;
        const body = { of: 'question', incident, step: QUESTION, kind: 'question', ...other };
        put.run([id, id, JSON.stringify(body), Date.now()]);
        return id;
      }),
    );
    records.close();
    return [...made, 'nobody-gave-this', ''];
  }

  async #send(clicks: Click[]): Promise<void> {
    // In turn, so that none idles until the server closes it in the moment of its next request.
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, scheduling: 'fifo' });
    await eachInTurn(clicks, this.options.perSecond, (click) => this.#post(click, agent));
    agent.destroy();
  }

  /** A replay is the very same request, byte for byte. */
  async #post(click: Click, agent: Agent): Promise<void> {
    const of = click.original ?? click;
    of.signed ??= this.#signed(of);
    click.sentAt = Date.now();
    this.#sent[click.sort] += 1;
    const answer = await timedPost(`${this.site.url}/slack/events`, { agent, ...of.signed });
    this.#acks.push(answer);
    if (isAcknowledged(answer)) this.#acknowledged += 1;
  }

  #signed({ user, team, handle, trigger }: Click): NonNullable<Click['signed']> {
    const at = Date.now() / 1_000;
    const payload = {
      type: 'block_actions',
      team: { id: 'T0ACME', domain: 'acme' },
      api_app_id: 'A0FIREBREAK',
      user: { id: user, team_id: team, username: user, name: user },
      channel: { id: 'C0INCIDENTS', name: 'security-incidents' },
      container: { type: 'message', message_ts: '1.1', channel_id: 'C0INCIDENTS', is_ephemeral: false },
      message: { ts: '1.1' },
      trigger_id: trigger,
      actions: [{ type: 'button', action_id: 'yes', block_id: 'b', value: handle, action_ts: at.toFixed(6) }],
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      ...sign(this.site.addresses.slack.signingSecret, body, Math.floor(at)),
    };
    return { headers, body };
  }

  async #freeze(clicks: number, say: (line: string) => void): Promise<void> {
    const [server] = this.site.temporalServers() as [number];
    await pause((clicks * 400) / this.options.perSecond);
    process.kill(server, 'SIGSTOP');
    this.#down.from = performance.now();
    say('Temporal is stopped');
    try {
      await pause(this.options.temporalDownMs);
    } finally {
      process.kill(server, 'SIGCONT');
      this.#down.to = performance.now();
    }
    say(`Temporal goes on after ${this.options.temporalDownMs / 1_000} s`);
  }

  #count(query: string): number {
    const records = this.#records();
    const { n } = records.prepare(query).get([]) as { n: number };
    records.close();
    return n;
  }

  async #settled(): Promise<void> {
    await eventually('all that was said is answered for', 300, async () => {
      const left = this.#count('select count(*) as n from said where settled_at is null');
      const given = this.#count("select count(*) as n from decisions where outcome = 'given'");
      if (left + given > 0) throw new Error(`${left} words, ${given} answers are left`);
      return true;
    });
    await this.#quiet();
  }

  /** No incident is in the middle of a step. */
  async #quiet(): Promise<void> {
    let last = -1;
    await eventually('nothing happens any more', 120, async () => {
      const now = this.#count('select coalesce(max(id), 0) as n from timeline');
      await pause(1_500);
      const isSame = now === last;
      last = now;
      return isSame;
    });
  }

  #rssMb(): number {
    const pages = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.site.pid}/status`, 'utf8'))?.[1];
    return Number(pages) / 1_024;
  }

  /** From the file alone, from Temporal's own words, and from what stands in Slack. */
  async #judge(parked: Parked[], { early, late, wanted, different }: PlannedClicks) {
    const records = this.#records();
    const decisions = records
      .prepare("select incident, person, step from decisions where outcome = 'counted' and control = 'decide'")
      .all([]) as { incident: string; person: string; step: string }[];
    const asked = records
      .prepare("select incident, at from timeline where kind = 'asked' and step = ?")
      .all([NEXT]) as { incident: string; at: number }[];
    records.close();
    const counted = decisions.map(({ incident, person }) => `${incident} ${person}`);
    const yeses = (incident: string) => HOLDERS.filter((person) => wanted.has(`${incident} ${person}`)).length;
    const should = new Set(parked.map(({ incident }) => incident).filter((incident) => yeses(incident) === 2));
    const wentOn = new Set(asked.map(({ incident }) => incident));
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      rows: this.#count('select count(*) as n from said'),
      different,
      unsettled: this.#count('select count(*) as n from said where settled_at is null'),
      counted: counted.length,
      wanted: wanted.size,
      lost: [...wanted].filter((one) => !counted.includes(one)).length,
      wrong: counted.filter((one) => !wanted.has(one)).length,
      twice: counted.length - new Set(counted).size,
      wentOn: wentOn.size,
      notResumed: [...should].filter((incident) => !wentOn.has(incident)).length,
      wrongResumes: [...wentOn].filter((incident) => !should.has(incident)).length,
      resumedTwice: asked.length - wentOn.size,
      ...(await this.#temporal(parked, should)),
      ...(await this.#slack()),
      ...this.#times([...early, ...late], new Map(asked.map(({ incident, at }) => [incident, at]))),
    };
  }

  async #temporal(parked: Parked[], should: ReadonlySet<string>) {
    const { Client, Connection } = await import('@temporalio/client');
    const connection = await Connection.connect({ address: this.site.temporalAddress });
    try {
      const client = new Client({ connection, namespace: NAMESPACE });
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list()) ids.push(workflowId);
      let otherwise = 0;
      for (const { incident } of parked) {
        const { steps } = await this.site.live(incident);
        const question = steps.find(({ id }) => id === QUESTION);
        if ((question?.state === 'done') !== should.has(incident)) otherwise += 1;
      }
      return { otherwise, secondRuns: ids.length - new Set(ids).size };
    } finally {
      await connection.close();
    }
  }

  async #slack() {
    type Message = { text: string; channel: string; metadata?: { event_payload: Record<string, string> } };
    const { channels, whispers } = (await this.site.slack.state()) as {
      channels: { messages: Message[] }[];
      whispers: Message[];
    };
    const parts = channels
      .flatMap(({ messages }) => messages)
      .flatMap(({ metadata, channel }) =>
        metadata === undefined ? [] : [`${channel} ${metadata.event_payload.incident} ${metadata.event_payload.part}`],
      );
    return {
      postedTwice: parts.length - new Set(parts).size,
      toldStored: whispers.filter(({ text }) => text.includes('I stored your answer')).length,
    };
  }

  #times(clicks: Click[], next: ReadonlyMap<string, number>) {
    const acks = this.#acks.map(({ ms }) => ms);
    const { from, to } = this.#down;
    const isDown = ({ began }: { began: number }) => began >= from && began < to;
    const second = new Map<string, number>();
    for (const { sort, incident, sentAt = 0 } of clicks) {
      if (sort === 'right') second.set(incident, Math.max(second.get(incident) ?? 0, sentAt));
    }
    const offset = Date.now() - performance.now();
    const all = [...next].map(([incident, at]) => ({
      clicked: (second.get(incident) ?? at) - offset,
      at: at - offset,
    }));
    // what came before Temporal went and was not through, and what piled up, is the outage's
    const apart = ({ clicked, at }: { clicked: number; at: number }) => at > from && clicked < to + 10_000;
    const took = (some: typeof all) => some.map(({ clicked, at }) => at - clicked);
    return {
      acks,
      acksWithoutTemporal: this.#acks.filter(isDown).map(({ ms }) => ms),
      toNextStep: took(all.filter((one) => !apart(one))),
      toNextStepLate: took(all.filter(apart)),
    };
  }
}
