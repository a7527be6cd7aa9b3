import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Clock } from '../twin/clock.js';
import type { Caller } from './authenticate.js';
import type { World } from './world.js';
import { xmlTime } from './xml.js';

/** One record, in CloudTrail's own names. */
export interface TrailRecord {
  eventVersion: string;
  userIdentity: Record<string, unknown>;
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters: unknown;
  responseElements: unknown;
  requestID: string;
  eventID: string;
  readOnly: boolean;
  eventType: 'AwsApiCall';
  managementEvent: true;
  recipientAccountId: string;
  eventCategory: 'Management';
}

const KEPT_RECORDS = 50_000;
const RECORDS_PER_FILE = 1000;

/**
 * Delivers records as `{"Records":[…]}` in gzip files, named and foldered as CloudTrail does, `deliverySeconds` after
 * the first of them. Without a folder they are only kept in memory.
 */
export class Trail {
  readonly folder: string | undefined;
  readonly #clock: Clock;
  readonly #account: string;
  readonly #deliverySeconds: number;
  readonly #kept: TrailRecord[] = [];
  #waiting: TrailRecord[] = [];
  #since = 0;

  constructor(options: { folder?: string; clock: Clock; account: string; deliverySeconds: number }) {
    this.folder = options.folder;
    this.#clock = options.clock;
    this.#account = options.account;
    this.#deliverySeconds = options.deliverySeconds;
  }

  add(record: TrailRecord): void {
    if (this.#kept.length < KEPT_RECORDS) this.#kept.push(record);
    if (this.folder === undefined) return;
    if (this.#waiting.length === 0) this.#since = this.#clock.now();
    this.#waiting.push(record);
    if (this.#waiting.length >= RECORDS_PER_FILE) this.flush();
  }

  /** All that happened, delivered or not; the first 50,000. */
  records(): TrailRecord[] {
    return [...this.#kept];
  }

  /** Delivers what is due. */
  deliver(): void {
    if (this.#waiting.length > 0 && this.#clock.now() >= this.#since + this.#deliverySeconds * 1000) this.flush();
  }

  /** Delivers everything now; the file that was written, if any. */
  flush(): string | undefined {
    if (this.folder === undefined || this.#waiting.length === 0) return undefined;
    const records = this.#waiting;
    this.#waiting = [];
    const now = new Date(this.#clock.now()).toISOString();
    const stamp = `${now.slice(0, 16).replace(/[-:]/g, '')}Z`;
    const name = `${this.#account}_CloudTrail_us-east-1_${stamp}_${randomBytes(8).toString('hex')}.json.gz`;
    const day = now.slice(0, 10).replace(/-/g, '/');
    const file = join(this.folder, 'AWSLogs', this.#account, 'CloudTrail', 'us-east-1', day, name);
    mkdirSync(dirname(file), { recursive: true });
    // a reader must never meet half a file
    writeFileSync(`${file}.part`, gzipSync(JSON.stringify({ Records: records })));
    renameSync(`${file}.part`, file);
    return file;
  }
}

/** Who it was, in the shape of `userIdentity`. */
export function identityOf(caller: Caller, world: World): Record<string, unknown> {
  const { session, role, user } = caller;
  const attributes = session && { creationDate: xmlTime(session.issuedAt), mfaAuthenticated: 'false' };
  if (role !== undefined) {
    return {
      type: 'AssumedRole',
      principalId: `${role.id}:${role.sessionName}`,
      arn: caller.arn,
      accountId: world.account,
      accessKeyId: caller.accessKeyId,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: role.id,
          arn: role.arn,
          accountId: world.account,
          userName: role.name,
        },
        attributes,
      },
    };
  }
  return {
    type: 'IAMUser',
    principalId: user!.id,
    arn: user!.arn,
    accountId: world.account,
    accessKeyId: caller.accessKeyId,
    userName: user!.name,
    ...(attributes ? { sessionContext: { attributes } } : {}),
  };
}

export interface Event {
  caller: Caller;
  at: number;
  service: string;
  name: string;
  address: string;
  agent: string;
  readOnly: boolean;
  parameters: unknown;
  elements?: unknown;
  error?: { code: string; message: string };
}

/** A call whose key was not accepted: whose it was is known by its id alone. */
export interface RefusedEvent extends Omit<Event, 'caller' | 'parameters' | 'elements'> {
  keyId: string;
  userName?: string;
  error: { code: string; message: string };
}

export function recordOfRefused({ keyId, userName, ...event }: RefusedEvent, world: World): TrailRecord {
  const identity = {
    type: 'IAMUser',
    principalId: '',
    accountId: world.account,
    accessKeyId: keyId,
    ...(userName === undefined ? {} : { userName }),
  };
  return recordBy(identity, 'us-east-1', { ...event, parameters: null }, world);
}

export const recordOf = (event: Event, world: World): TrailRecord =>
  recordBy(identityOf(event.caller, world), event.caller.region, event, world);

function recordBy(
  userIdentity: Record<string, unknown>,
  region: string,
  event: Omit<Event, 'caller'>,
  world: World,
): TrailRecord {
  return {
    eventVersion: '1.11',
    userIdentity,
    eventTime: xmlTime(event.at),
    eventSource: `${event.service}.amazonaws.com`,
    eventName: event.name,
    awsRegion: event.service === 'iam' ? 'us-east-1' : region,
    sourceIPAddress: event.address,
    userAgent: event.agent,
    ...(event.error ? { errorCode: event.error.code, errorMessage: event.error.message } : {}),
    requestParameters: event.parameters,
    responseElements: event.error ? null : (event.elements ?? null),
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: event.readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: world.account,
    eventCategory: 'Management',
  };
}
