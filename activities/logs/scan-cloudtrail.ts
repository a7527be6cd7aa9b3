import type { Verdict } from '../../playbooks/language/words.js';
import { ConnectorError } from '../connectors/contract.js';
import { readRecord, WantedKeys } from './cloudtrail-record.js';
import { type Coverage, coverageOf, type FileCoverage } from './coverage.js';
import { computeIndicators, hasBaseline, type IndicatorResult } from './indicators.js';
import { type ListedFile, listLogFiles } from './list-log-files.js';
import type { LogRequest } from './log-request.js';
import { readRecords } from './read-records.js';
import { scanLine } from './scan-line.js';
import { Tally } from './tally.js';
import { type Use, wasOurTry } from './use.js';
import { judge } from './verdict.js';

/** Calls before the exposure, back to `baselineSince`, are the key's own past. */
export interface ScanRequest extends LogRequest {
  /** Where its past begins; 90 days before exposure unless said. */
  baselineSince?: number;
}

export interface Counted {
  value: string;
  count: number;
}

/** One network address that used the key since exposure, and whether it had before. */
export interface VisitorSummary {
  address: string;
  /** `unknown`: the key's past is too short to say. */
  known: 'yes' | 'no' | 'unknown';
  calls: number;
  /** Calls for which the key was not accepted any more. */
  notAccepted: number;
  first: number;
  last: number;
  actions: Counted[];
  tools: Counted[];
}

/** What the logs say about the use of one credential. Everything quoted from a log is untrusted text. */
export interface LogScan {
  source: 'cloudtrail';
  credentialId: string;
  since: number;
  until: number;
  scannedAt: number;
  verdict: Verdict;
  /** The row of the verdict's table that held. */
  because: string;
  /** For the card. */
  line: string;
  /** Calls since exposure, by it and by sessions issued from it, each once. */
  uses: number;
  /** Of them, those for which the key was not accepted. */
  notAccepted: number;
  /** Firebreak's own tries for a proof, which are no uses. */
  ourTries: number;
  first?: number;
  last?: number;
  visitors: VisitorSummary[];
  addresses: Counted[];
  agents: Counted[];
  actions: Counted[];
  regions: Counted[];
  errors: Counted[];
  /** Temporary keys issued from it, followed too; at most 100 named. */
  sessions: string[];
  /** Long-term keys that it made: each needs an incident of its own. */
  keysMade: string[];
  baseline: { calls: number; enough: boolean; first?: number; last?: number; addresses: number };
  indicators: IndicatorResult[];
  coverage: Coverage;
}

const BASELINE_MS = 90 * 86_400_000;
const TOP = 50;
const MAX_GENERATIONS = 10;
const MAX_SESSIONS = 100_000;
const MAX_IDS = 1_000_000;
const HEARTBEAT_BYTES = 32 * 1024 * 1024;

/**
 * Says what was done with a key, by reading every record of every file, and what could not be read. Memory does not grow
 * with the size of the logs. Sessions issued from the key are followed, however often they were chained.
 *
 * Throws ConnectorError `invalid` (not a key id), `not-found` or `unavailable` (the folder); what is wrong with a single
 * file is part of the answer. Rethrows the signal's reason when aborted.
 */
export async function scanCloudTrail(request: ScanRequest): Promise<LogScan> {
  if (!/^A(KIA|SIA)[A-Z0-9]{12,124}$/.test(request.credentialId)) {
    throw new ConnectorError('invalid', 'cannot scan CloudTrail: the credential has no access key id (AKIA… or ASIA…)');
  }
  const listed = await listLogFiles(request.folder);
  const trace = new Trace(request);
  const files = await pass(listed, [request.credentialId], trace, request, 0);

  let wanted = trace.takeNewSessions();
  for (let generation = 1; wanted.length > 0 && generation <= MAX_GENERATIONS; generation++) {
    await pass(listed, wanted, trace, request, generation);
    wanted = trace.takeNewSessions();
  }
  if (wanted.length > 0) trace.limits.push(`sessions chained more than ${MAX_GENERATIONS} times were not followed`);
  return summarise(request, trace, files);
}

/** What is gathered about the key over all passes. */
class Trace {
  readonly before = new Tally();
  readonly since = new Tally();
  readonly sessions = new Set<string>();
  readonly keysMade = new Set<string>();
  ourTries = 0;
  /** Where a limit of ours was hit, so that the answer is not complete. */
  readonly limits: string[] = [];
  readonly #request: ScanRequest;
  readonly #seen = new Set<string>();
  #fresh: string[] = [];

  constructor(request: ScanRequest) {
    this.#request = request;
  }

  add(use: Use): void {
    // CloudTrail may deliver a record twice
    if (use.id !== '' && this.#seen.has(use.id)) return;
    if (use.id !== '' && this.#seen.size < MAX_IDS) this.#seen.add(use.id);
    for (const session of use.sessions) this.#follow(session);
    const { since, until } = this.#request;
    const from = this.#request.baselineSince ?? since - BASELINE_MS;
    const second = Math.floor(since / 1000) * 1000; // CloudTrail's own resolution; the same second counts as after
    if (use.at > until || use.at < from) return;
    if (wasOurTry(use)) {
      this.ourTries++;
      return;
    }
    if (use.at < second) this.before.add(use);
    else {
      for (const key of use.keys) this.keysMade.add(key);
      this.since.add(use);
    }
  }

  takeNewSessions(): string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  #follow(session: string): void {
    if (session === this.#request.credentialId || this.sessions.has(session)) return;
    if (this.sessions.size >= MAX_SESSIONS) {
      if (this.limits.length === 0) this.limits.push(`more than ${MAX_SESSIONS} sessions: the rest was not followed`);
      return;
    }
    this.sessions.add(session);
    this.#fresh.push(session);
  }
}

/** Reads all files once for these keys. */
async function pass(
  listed: ListedFile[],
  keys: string[],
  trace: Trace,
  request: ScanRequest,
  generation: number,
): Promise<FileCoverage[]> {
  const wanted = new WantedKeys(keys);
  const files: FileCoverage[] = [];
  let sinceBeat = 0;
  for (const [index, file] of listed.entries()) {
    request.signal?.throwIfAborted();
    const beat = () =>
      request.heartbeat?.(
        `pass ${generation + 1}: ${index} of ${listed.length} files, ${Math.floor((index * 100) / listed.length)} %`,
      );
    beat();
    files.push(
      await readRecords(file, wanted, (bytes) => readUse(bytes, wanted, trace), {
        ...(request.signal === undefined ? {} : { signal: request.signal }),
        progress: (bytes) => {
          if (bytes - sinceBeat < HEARTBEAT_BYTES && bytes >= sinceBeat) return;
          sinceBeat = bytes;
          beat();
        },
      }),
    );
  }
  return files;
}

function readUse(bytes: Buffer, wanted: WantedKeys, trace: Trace): { at?: number; wrong?: string } {
  const { use, ...read } = readRecord(bytes, wanted);
  if (use !== undefined) trace.add(use);
  return read;
}

function summarise(request: ScanRequest, trace: Trace, files: FileCoverage[]): LogScan {
  const { before, since } = trace;
  if (before.overflowed || since.overflowed) trace.limits.push('more different addresses or agents than are kept');
  const coverage = coverageOf(request, files, trace.limits);
  const indicators = computeIndicators(before, since);
  const comparable = hasBaseline(before);
  const visitors = since.networkVisitors().map(
    (visitor): VisitorSummary => ({
      address: visitor.address,
      known: before.addresses.has(visitor.address) ? 'yes' : comparable ? 'no' : 'unknown',
      calls: visitor.calls,
      notAccepted: visitor.notAccepted,
      first: visitor.first,
      last: visitor.last,
      actions: visitor.actions.sorted().slice(0, TOP),
      tools: visitor.tools.sorted().slice(0, TOP),
    }),
  );
  const { verdict, because } = judge({ before, since, indicators, coverageComplete: coverage.complete });
  const scan: LogScan = {
    source: 'cloudtrail',
    credentialId: request.credentialId,
    since: request.since,
    until: request.until,
    scannedAt: request.now,
    verdict,
    because,
    line: '',
    uses: since.calls,
    notAccepted: since.notAccepted,
    ourTries: trace.ourTries,
    ...(since.first === undefined ? {} : { first: since.first }),
    ...(since.last === undefined ? {} : { last: since.last }),
    visitors: visitors.slice(0, TOP),
    addresses: since.addresses.sorted().slice(0, TOP),
    agents: since.agents.sorted().slice(0, TOP),
    actions: since.actions.sorted().slice(0, TOP),
    regions: since.regions.sorted().slice(0, TOP),
    errors: since.errors.sorted().slice(0, TOP),
    sessions: [...trace.sessions].slice(0, 100),
    keysMade: [...trace.keysMade],
    baseline: {
      calls: before.calls,
      enough: comparable,
      ...(before.first === undefined ? {} : { first: before.first }),
      ...(before.last === undefined ? {} : { last: before.last }),
      addresses: before.addresses.sorted().length,
    },
    indicators,
    coverage,
  };
  return { ...scan, line: scanLine(scan) };
}
