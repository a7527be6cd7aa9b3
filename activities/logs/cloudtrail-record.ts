import { isUtf8 } from 'node:buffer';
import type { Use } from './use.js';

/** What one record's bytes told. */
export interface RecordRead {
  /** ms since epoch of its `eventTime`; undefined = it has none, so it is no CloudTrail record. */
  at?: number;
  /** Only if one of the wanted keys made the call. */
  use?: Use;
  /** Why the record cannot be trusted to have been understood. */
  wrong?: string;
}

const TIME_KEY = Buffer.from('"eventTime"');
const ESCAPE = Buffer.from('\\u00');
const TEXT_LIMIT = 512;
/** Above so many keys each record is parsed instead of searched: exact either way. */
const SEARCH_LIMIT = 8;

/** The keys whose calls are wanted, and the bytes that a record of theirs must hold. */
export class WantedKeys {
  readonly #needles: Buffer[];
  readonly keys: ReadonlySet<string>;

  constructor(keys: Iterable<string>) {
    this.keys = new Set(keys);
    this.#needles = [...this.keys].map((key) => Buffer.from(key, 'latin1'));
  }

  /** False only if no key can be in there: neither plainly nor written with JSON escapes. */
  mayBeIn(bytes: Buffer): boolean {
    if (this.#needles.length > SEARCH_LIMIT) return true;
    return bytes.includes(ESCAPE) || this.#needles.some((needle) => bytes.includes(needle));
  }
}

/** Reads one record; parses it only where it may be about a wanted key or its time is not plain. Never throws. */
export function readRecord(bytes: Buffer, wanted: WantedKeys): RecordRead {
  const { record, ...read } = openRecord(bytes, (all) => wanted.mayBeIn(all));
  const use = record === undefined || read.at === undefined ? undefined : useOf(record, read.at, wanted.keys);
  return { ...read, ...(use === undefined ? {} : { use }) };
}

/** One record's time, and its content where `matters` says that it may be wanted. Never throws. */
export function openRecord(
  bytes: Buffer,
  matters: (bytes: Buffer) => boolean,
): { at?: number; record?: Record<string, unknown>; wrong?: string } {
  const wrong = damageOf(bytes);
  const plainTime = matters(bytes) ? undefined : timeIn(bytes);
  if (plainTime !== undefined) return { at: plainTime, ...(wrong === undefined ? {} : { wrong }) };

  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { wrong: wrong ?? 'is not JSON' };
  }
  const record = asObject(parsed);
  const at = typeof record?.eventTime === 'string' ? timeOf(record.eventTime) : undefined;
  if (record === undefined || at === undefined) return { wrong: wrong ?? 'is not a CloudTrail record' };
  return { at, record, ...(wrong === undefined ? {} : { wrong }) };
}

function damageOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return 'holds NUL bytes';
  return isUtf8(bytes) ? undefined : 'is not UTF-8';
}

/** Its time without parsing: only if the name stands there exactly once, so that a nested one cannot be taken for it. */
function timeIn(bytes: Buffer): number | undefined {
  const at = bytes.indexOf(TIME_KEY);
  if (at < 0 || bytes.includes(TIME_KEY, at + 1)) return undefined;
  const after = bytes.subarray(at + TIME_KEY.length, at + TIME_KEY.length + 40).toString('latin1');
  const text = /^\s*:\s*"([^"\\]*)"/.exec(after)?.[1];
  return text === undefined ? undefined : timeOf(text);
}

function timeOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function useOf(record: Record<string, unknown>, at: number, keys: ReadonlySet<string>): Use | undefined {
  const key = asObject(record.userIdentity)?.accessKeyId;
  if (typeof key !== 'string' || !keys.has(key)) return undefined;
  const answer = asObject(record.responseElements);
  return {
    id: textOf(record.eventID),
    at,
    key,
    service: textOf(record.eventSource),
    action: textOf(record.eventName),
    region: textOf(record.awsRegion),
    address: textOf(record.sourceIPAddress),
    agent: textOf(record.userAgent),
    error: textOf(record.errorCode),
    target: targetOf(asObject(record.requestParameters)),
    sessions: keyIdIn(answer?.credentials, 'ASIA'),
    keys: keyIdIn(answer?.accessKey, 'AKIA'),
  };
}

function keyIdIn(value: unknown, prefix: string): string[] {
  const id = asObject(value)?.accessKeyId;
  return typeof id === 'string' && id.startsWith(prefix) && /^[A-Z0-9]{16,128}$/.test(id) ? [id] : [];
}

const TARGETS = ['userName', 'roleName', 'roleArn', 'policyArn', 'bucketName', 'secretId', 'functionName', 'name'];

function targetOf(parameters: Record<string, unknown> | undefined): string {
  return TARGETS.flatMap((name) => {
    const value = parameters?.[name];
    return typeof value === 'string' ? [`${name}=${textOf(value)}`] : [];
  }).join(' ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, TEXT_LIMIT) : '';
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
