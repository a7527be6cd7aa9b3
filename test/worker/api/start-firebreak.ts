import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { createSealer, type SecretSealer } from '../../../activities/secrets/seal.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { openRecords } from '../../../records/open-records.js';
import type { EffectRow, Records } from '../../../records/records.js';
import { createMetrics } from '../../../worker/api/metrics.js';
import { createServer, type FirebreakServer, type ServerSettings } from '../../../worker/api/server.js';
import { makeToken } from '../../../worker/api/tokens.js';
import { createDecisionDoor } from '../../../worker/dispatcher/decision-door.js';
import { createDispatcher, type Dispatcher } from '../../../worker/dispatcher/dispatcher.js';
import {
  type ControlOutcome,
  type Fate,
  type TemporalPort,
  TemporalUnavailable,
} from '../../../worker/dispatcher/port.js';
import { createStormWatch, type StormWatch } from '../../../worker/intake/storm-watch.js';
import { createLog, type Log } from '../../../worker/log.js';
import type { Linking } from '../../../worker/people/linking.js';
import type { HeldRole } from '../../../worker/people/people.js';
import type { AlertsJoined, Message, Status } from '../../../workflows/core/message.js';

export const GITHUB_SECRET = "It's a Secret to Everybody";
export const STANDARD_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Temporal as a script: what it was asked, and what it answers. */
export class ScriptedTemporal implements TemporalPort {
  down = false;
  readonly started: string[] = [];
  readonly signals: { incident: string; joined: AlertsJoined }[] = [];
  readonly messages: Message[] = [];
  readonly running = new Set<string>();
  readonly revived: string[] = [];
  /** `INC-1/ask_people`: activities under way. */
  readonly underWay = new Set<string>();
  /** How a workflow ended that was started and does not run. */
  ended: Extract<Fate, { state: 'ended' }> = { state: 'ended', how: 'terminated', at: 0, run: 'run-1' };
  answer: (message: Message) => ControlOutcome = () => ({ outcome: 'counted' });
  live: Partial<Status> = {};

  #ask(what: string): void {
    if (this.down) throw new TemporalUnavailable(what);
  }
  async start(incident: string) {
    this.#ask('start');
    if (this.running.has(incident)) return 'already' as const;
    this.running.add(incident);
    this.started.push(incident);
    return 'started' as const;
  }
  async joined(incident: string, joined: AlertsJoined) {
    this.#ask('joined');
    if (!this.running.has(incident)) return 'not-running' as const;
    this.signals.push({ incident, joined });
    return 'told' as const;
  }
  async control(incident: string, message: Message): Promise<ControlOutcome> {
    this.#ask('control');
    if (!this.running.has(incident)) return { outcome: 'not-running' };
    this.messages.push(message);
    return this.answer(message);
  }
  async status(incident: string) {
    this.#ask('status');
    if (!this.running.has(incident)) return 'not-running' as const;
    return {
      incident,
      digest: 'd'.repeat(64),
      stage: 'closing',
      held: [],
      waitingFor: '',
      waiting: [],
      steps: [],
      ...this.live,
    } as Status;
  }
  async runningIds() {
    this.#ask('runningIds');
    return new Set(this.running);
  }
  async fate(incident: string): Promise<Fate> {
    this.#ask('fate');
    if (this.running.has(incident)) return { state: 'running' };
    return this.started.includes(incident) ? this.ended : { state: 'unknown' };
  }
  async isUnderWay(incident: string, activity: string) {
    this.#ask('isUnderWay');
    return this.underWay.has(`${incident}/${activity}`);
  }
  async revive(incident: string) {
    this.#ask('revive');
    if (this.running.has(incident)) return 'running' as const;
    this.running.add(incident);
    this.revived.push(incident);
    return 'revived' as const;
  }
  async reachable() {
    return !this.down;
  }
}

export interface Firebreak {
  url: string;
  server: FirebreakServer;
  records: Records;
  temporal: ScriptedTemporal;
  dispatcher: Dispatcher;
  /** Rows that the reconciler had settled. */
  settled: EffectRow[];
  sealer: SecretSealer;
  storm: StormWatch;
  clock: { at: number; now(): number };
  log: string[];
  /** Tokens by who holds them. `nobody` is known and holds no role. */
  tokens: Record<'sam' | 'mia' | 'nobody', string>;
  /** As this person, to a path below `/api/v1`. */
  post(who: keyof Firebreak['tokens'], path: string, body: object): Promise<Response>;
  dataFolder: string;
  /** Everything that was written to disk, as one text: for canaries. */
  written(): Promise<string>;
  /** Number of rows in the inbox that are about live or closed incidents. */
  taken(): Promise<number>;
}

const ROLES: Record<string, string[]> = {
  sam: ['responder', 'security-on-call'],
  mia: ['service-owner'],
};

/** The real server on a real port over real records; only Temporal is a script. Everything ends with the test. */
export async function startFirebreak(
  settings: Partial<ServerSettings> = {},
  {
    patienceMs = 8_000,
    storm: limits = { alerts: 1_000, withinMs: 60_000 },
    linking,
  }: {
    patienceMs?: number;
    storm?: { alerts: number; withinMs: number };
    linking?: (house: { records: Records; clock: Firebreak['clock']; log: Log }) => Linking;
  } = {},
): Promise<Firebreak> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'firebreak-api-'));
  const file = join(dataFolder, 'records.db');
  const records = await openRecords({ file, patienceMs });
  const temporal = new ScriptedTemporal();
  const clock = {
    at: Date.parse('2026-11-24T03:11:00Z'),
    now() {
      return this.at;
    },
  };
  const lines: string[] = [];
  const log = createLog({
    destination: new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        done();
      },
    }),
  });
  const made = { sam: makeToken(), mia: makeToken(), nobody: makeToken() };
  const tokens = { sam: made.sam.token, mia: made.mia.token, nobody: made.nobody.token };
  const sealer = createSealer({ keys: [{ id: 'test', key: randomBytes(32) }] });
  const metrics = createMetrics(records, clock);
  const decisions = createDecisionDoor({ records, temporal, clock, log, decided: metrics.decided });
  const settled: EffectRow[] = [];
  const dispatcher = createDispatcher({
    records,
    temporal,
    decisions,
    settle: async (row) => {
      settled.push(row);
      return { state: 'needs_human', line: 'no answer came, and it is not as we wanted it' };
    },
    clock,
    log,
    told: metrics.told,
  });
  const storm = createStormWatch({ records, sealer, clock, log, wake: () => {} }, limits);
  const server = createServer({
    records,
    temporal,
    decisions,
    wake: () => {},
    sealer,
    storm,
    clock,
    log,
    metrics,
    rolesOf: async (person) => ({
      roles: (ROLES[person] ?? []).map((role): HeldRole => ({ role, source: 'settings' })),
      unread: [],
    }),
    report: async (incident, format) => `${format} report of ${incident}`,
    workerReady: () => true,
    ...(linking === undefined ? {} : { links: linking({ records, clock, log }) }),
    settings: {
      publicUrl: 'https://firebreak.example',
      tokens: Object.entries(made).map(([person, { sha256 }]) => ({ id: `${person}-laptop`, person, sha256 })),
      sources: { github: [new Secret(GITHUB_SECRET)], standard: [new Secret(STANDARD_SECRET)] },
      playbooks: ['aws-access-key', 'manual'],
      ...settings,
    },
  });
  const { url } = await server.listen(0, '127.0.0.1');
  onTestFinished(async () => {
    await server.close();
    await storm.idle();
    await dispatcher.stop();
    await records.close();
    await rm(dataFolder, { recursive: true, force: true });
  });
  return {
    url,
    server,
    records,
    temporal,
    dispatcher,
    settled,
    sealer,
    storm,
    clock,
    log: lines,
    tokens,
    post: (who, path, body) =>
      fetch(`${url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    dataFolder,
    async written() {
      // By another process: closing any handle on the file would drop the locks that this one holds on it.
      const files = ['records.db', 'records.db-wal']
        .map((name) => join(dataFolder, name))
        .filter((path) => existsSync(path));
      const { stdout } = await promisify(execFile)('cat', files, { encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 });
      return [stdout, ...lines].join('\n');
    },
    async taken() {
      const incidents = await records.incidents.list({ state: 'all', limit: 200 });
      const rows = await Promise.all(incidents.map(({ id }) => records.inbox.ofIncident(id)));
      return rows.flat().length;
    },
  };
}

/** A value that must be found nowhere. */
export const canary = (): string => `canary${randomBytes(12).toString('hex')}`;
