/**
 * A storm on a site of its own: signed alerts about a few credentials, faster than anybody could read, while Temporal goes
 * down and comes back and the process that takes them is killed. Senders do as webhooks do: what got no 2xx is sent again,
 * and some is sent twice although it did. Afterwards the records are read as another process reads them.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sign } from '@octokit/webhooks-methods';
import Libsql from 'libsql';
import { Webhook } from 'standardwebhooks';
import { NAMESPACE } from '../../worker/temporal/server-settings.js';
import { githubAlert } from '../worker/intake/deliveries.js';
import { eachInTurn } from './each-of.js';
import { eventually } from './eventually.js';
import { FAST, openSite, type Site } from './site.js';
import { isAcknowledged, timedPost } from './timed-post.js';

export interface StormOptions {
  alerts: number;
  credentials: number;
  perSecond: number;
  /** How long Temporal answers nothing, from the middle of the storm on. */
  temporalDownMs: number;
  /** Settings of the site, `from` and `to`. */
  settings?: [string, string][];
  say?(line: string): void;
}

export interface StormOutcome {
  /** Deliveries that got a 2xx, and how often each was sent. */
  acknowledged: number;
  sent: number;
  refused: Record<string, number>;
  /** Rows of the inbox about these deliveries; keys that a 2xx was given for and no row has; keys with two rows. */
  rows: number;
  lost: number;
  twice: number;
  /** Incidents about these credentials; credentials that have not exactly one. */
  incidents: number;
  wrong: number;
  /** Of all incidents: alerts that they count. */
  counted: number;
  /** Incidents that the storm itself opened, and whom one of them waits for; '' where there is none. */
  stormIncidents: number;
  stormWaits: string;
  /** Runs in Temporal beyond one for each incident, and incidents without any. */
  secondRuns: number;
  withoutRun: number;
  /** What the workflows were told of alerts, in signals. */
  signals: number;
  /** ms, from a connection to the answer: of every request that was answered by 2xx; those outside of the kill; from the first try to the 2xx. */
  answers: number[];
  answersWithoutKill: number[];
  untilAcknowledged: number[];
  /** ms from kill -9 to the first 2xx. */
  backAfterMs: number;
  /** ms from the last alert, or from Temporal's return, to nothing waiting any more. */
  settledAfterMs: number;
  /** From /metrics while Temporal was down, and at the end. */
  waitedMost: { incidents: number; alerts: number; seconds: number };
  metrics: string;
}

interface Delivery {
  path: string;
  key: string;
  credential: string;
  headers: Record<string, string>;
  body: string;
}

const GITHUB_SHARE = 5;
/** Every so many-th delivery is sent a second time although it was acknowledged. */
const REPEATED = 20;
/** Senders hold so many connections, try again after so long, and after twice as long the next time. */
const CONNECTIONS = 128;
const RETRY_MS = { first: 200, most: 5_000 };

/** What only looks ends within seconds, and the next alert rightly opens another incident: here people must act. */
const LIVE: [string, string] = ['default: { mode: observe }', 'default: { mode: act }'];

export async function runStorm(options: StormOptions): Promise<StormOutcome> {
  const site = await openSite({ ...FAST, settings: [...(FAST.settings ?? []), LIVE, ...(options.settings ?? [])] });
  try {
    await site.start();
    return await new Storm(site, options).run();
  } finally {
    await site.close();
  }
}

class Storm {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
  readonly #answers: { began: number; ms: number }[] = [];
  readonly #until: number[] = [];
  readonly #acknowledged = new Set<string>();
  readonly #refused: Record<string, number> = {};
  readonly #restarts: { from: number; to: number }[] = [];
  #sent = 0;

  constructor(
    readonly site: Site,
    readonly options: StormOptions,
  ) {}

  async run(): Promise<StormOutcome> {
    const { options, site } = this;
    const say = options.say ?? (() => {});
    const deliveries = await this.#deliveries();
    say(`${deliveries.length} alerts about ${options.credentials} credentials are signed`);
    const quarter = Math.floor(deliveries.length / 4);
    const [server] = site.temporalServers() as [number];
    const events: Promise<void>[] = [];
    let waitedMost = { incidents: 0, alerts: 0, seconds: 0 };

    const began = performance.now();
    const sending = eachInTurn(deliveries, options.perSecond, async (delivery, n) => {
      // The kill comes first, so that what is started anew has a Temporal to talk to; then that one goes.
      if (n === quarter) events.push(this.#killAndRestart(say));
      if (n === 2 * quarter) events.push(freeze());
      await this.#deliver(delivery);
      if (n % REPEATED === 0) await this.#deliver(delivery);
    });
    const freeze = async () => {
      await Promise.all(events.slice(0, 1));
      process.kill(server, 'SIGSTOP');
      say(`Temporal (process ${server}) is stopped`);
      try {
        await pause(options.temporalDownMs);
        waitedMost = await eventually('metrics are told', 60, () => this.#waiting());
      } finally {
        process.kill(server, 'SIGCONT');
      }
      say(`Temporal goes on after ${options.temporalDownMs / 1_000} s; waiting: ${JSON.stringify(waitedMost)}`);
      await pause(200);
      process.kill(server, 'SIGKILL');
      say('Temporal is killed');
    };
    await sending;
    say(`sent in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    await Promise.all(events);
    const ended = performance.now();
    await eventually('nothing waits any more', 90, async () => {
      const { incidents, alerts } = await this.#waiting();
      if (incidents + alerts > 0) throw new Error(`${incidents} incidents, ${alerts} alerts wait`);
      return true;
    });
    const settledAfterMs = performance.now() - ended;
    const stormWaits = await eventually('people are asked about the storm', 60, async () => this.#stormWaits());
    const metrics = await this.#metrics();
    this.#agent.destroy();
    return { ...(await this.#judge(deliveries)), ...this.#times(), stormWaits, settledAfterMs, waitedMost, metrics };
  }

  /** Signed by the vendors' own libraries before the storm begins. Credentials come up one after the other. */
  async #deliveries(): Promise<Delivery[]> {
    const { alerts, credentials } = this.options;
    const { FIREBREAK_SANDBOX_SIEM_HOOK: siem = '', FIREBREAK_SANDBOX_GITHUB_HOOK: github = '' } =
      this.site.addresses.env;
    const hook = new Webhook(siem);
    const signed: Delivery[] = [];
    for (let n = 0; n < alerts; n += 1) {
      const known = Math.min(credentials, 1 + Math.floor((n * credentials * 1.25) / alerts));
      const credential = n % known;
      signed.push(
        credential % GITHUB_SHARE === 0 ? await fromGithub(credential, github) : fromMonitoring(credential, hook),
      );
    }
    return signed;
  }

  /** Sends until it gets a 2xx. */
  async #deliver(delivery: Delivery): Promise<void> {
    const first = performance.now();
    for (let wait = RETRY_MS.first; ; wait = Math.min(wait * 2, RETRY_MS.most)) {
      this.#sent += 1;
      const answer = await timedPost(`${this.site.url}${delivery.path}`, { agent: this.#agent, ...delivery });
      if (isAcknowledged(answer)) {
        this.#answers.push(answer);
        if (!this.#acknowledged.has(delivery.key)) this.#until.push(performance.now() - first);
        this.#acknowledged.add(delivery.key);
        return;
      }
      this.#refused[answer.status] = (this.#refused[answer.status] ?? 0) + 1;
      await pause(wait * (0.5 + Math.random()));
    }
  }

  async #killAndRestart(say: (line: string) => void): Promise<void> {
    const from = performance.now();
    await this.site.kill();
    await this.site.start();
    const to = performance.now();
    this.#restarts.push({ from, to });
    say(`killed by -9 and back after ${((to - from) / 1_000).toFixed(1)} s`);
  }

  #times() {
    const { from, to } = this.#restarts[0] ?? { from: 0, to: 0 };
    const back = this.#answers.filter(({ began, ms }) => began + ms > from + 1 && began > from);
    const first = Math.min(...back.map(({ began, ms }) => began + ms));
    // Senders that were turned away come all at once when it is back: a second of that is the kill's.
    const apart = this.#answers.filter(({ began, ms }) => began + ms < from || began > to + 1_000);
    return {
      answers: this.#answers.map(({ ms }) => ms),
      answersWithoutKill: apart.map(({ ms }) => ms),
      untilAcknowledged: this.#until,
      backAfterMs: first - from,
    };
  }

  async #metrics(): Promise<string> {
    const headers = { authorization: `Bearer ${this.site.addresses.people.sam}` };
    return (await fetch(`${this.site.url}/metrics`, { headers })).text();
  }

  async #waiting(): Promise<{ incidents: number; alerts: number; seconds: number }> {
    const text = await this.#metrics();
    const gauge = (line: string) => Number(new RegExp(`^${line} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    return {
      incidents: gauge('firebreak_waiting\\{what="incidents"\\}'),
      alerts: gauge('firebreak_waiting\\{what="alerts"\\}'),
      seconds: gauge('firebreak_waiting_seconds\\{what="incidents"\\}'),
    };
  }

  #stormWaits(): string | undefined {
    const records = new Libsql(join(this.site.data, 'records.db'));
    const storms = records.prepare("select waiting from incidents where opened_by = 'source:firebreak'").all([]) as {
      waiting: string;
    }[];
    records.close();
    return storms.length === 0 ? '' : storms.map(({ waiting }) => waiting).find((waiting) => waiting !== '');
  }

  /** From the file alone, and from Temporal's own list. */
  async #judge(deliveries: Delivery[]) {
    const records = new Libsql(join(this.site.data, 'records.db'));
    const rows = records
      .prepare("select source, key, incident from inbox where source in ('github', 'standard')")
      .all([]) as { source: string; key: string; incident: string }[];
    const incidents = records
      .prepare("select id, alerts, opened_by from incidents where closed_as is null or closed_as <> 'joined'")
      .all([]) as { id: string; alerts: number; opened_by: string }[];
    records.close();
    const keys = new Map<string, string[]>();
    for (const row of rows) keys.set(row.key, [...(keys.get(row.key) ?? []), row.incident]);
    const homes = new Map<string, Set<string>>();
    for (const { key, credential } of deliveries) {
      for (const home of keys.get(key) ?? []) homes.set(credential, (homes.get(credential) ?? new Set()).add(home));
    }
    const ours = incidents.filter(({ opened_by }) => opened_by !== 'source:firebreak');
    const runs = await this.#runs();
    return {
      acknowledged: this.#acknowledged.size,
      sent: this.#sent,
      refused: this.#refused,
      rows: rows.length,
      lost: [...this.#acknowledged].filter((key) => !keys.has(key)).length,
      twice: [...keys.values()].filter((homesOfKey) => homesOfKey.length > 1).length,
      incidents: ours.length,
      wrong: [...new Set(deliveries.map(({ credential }) => credential))].filter((one) => homes.get(one)?.size !== 1)
        .length,
      counted: ours.reduce((sum, { alerts }) => sum + alerts, 0),
      stormIncidents: incidents.length - ours.length,
      ...runs,
      withoutRun: incidents.filter(({ id }) => !runs.ids.has(id)).length,
    };
  }

  async #runs(): Promise<{ ids: Set<string>; secondRuns: number; signals: number }> {
    const { Client, Connection } = await import('@temporalio/client');
    const connection = await Connection.connect({ address: this.site.temporalAddress });
    try {
      const client = new Client({ connection, namespace: NAMESPACE });
      const ids = new Set<string>();
      let [runs, signals] = [0, 0];
      for await (const { workflowId, runId } of client.workflow.list()) {
        ids.add(workflowId);
        runs += 1;
        const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        signals += (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: told }) => told != null).length;
      }
      return { ids, secondRuns: runs - ids.size, signals };
    } finally {
      await connection.close();
    }
  }
}

async function fromGithub(credential: number, secret: string): Promise<Delivery> {
  const repository = { name: `shop-${credential}`, full_name: `acme/shop-${credential}` };
  const body = JSON.stringify(githubAlert({ number: credential + 1, alert: { secret_type: 'shop_key' }, repository }));
  const delivery = randomUUID();
  const hash = await crypto.subtle.digest('SHA-256', Buffer.from(body));
  return {
    path: '/hooks/github',
    key: `${delivery}:${Buffer.from(hash).toString('hex')}`,
    credential: `shop-${credential}`,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'secret_scanning_alert',
      'x-github-delivery': delivery,
      'x-hub-signature-256': await sign(secret, body),
    },
    body,
  };
}

function fromMonitoring(credential: number, hook: Webhook): Delivery {
  const id = `msg_${randomUUID()}`;
  const at = new Date();
  const data = { kind: 'shop-key', id: `shop-${credential}`, exposure: 'public', summary: 'found in a public bucket' };
  const body = JSON.stringify({ type: 'credential.leaked', timestamp: at.toISOString(), data });
  return {
    path: '/hooks/standard',
    key: id,
    credential: `shop-${credential}`,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': hook.sign(id, at, body),
    },
    body,
  };
}
