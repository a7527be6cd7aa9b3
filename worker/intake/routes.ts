import { type Context, Hono } from 'hono';
import type { Receipt } from '../../records/records.js';
import { RecordsError } from '../../records/records-error.js';
import { describe } from '../api/describe.js';
import { notStored } from '../api/not-stored.js';
import { Opened } from '../api/schemas.js';
import type { Log } from '../log.js';
import type { MalformedReason, UnauthenticatedReason } from './reasons.js';
import type { Source } from './source.js';
import { CredentialLeaked } from './standard.js';
import type { StormWatch } from './storm-watch.js';
import { NotStrictJson, strictJson } from './strict-json.js';
import { type AlertDoors, takeAlert } from './take-alert.js';
import { tokenBucket } from './token-bucket.js';

export interface IntakeDoors extends AlertDoors {
  log: Log;
  storm: StormWatch;
  sources: readonly Source[];
  /** Where a person looks at an incident. */
  incidentUrl(incident: string): string;
  /** A new incident, or news for a live one: the dispatcher looks at once. */
  wake(): void;
  /** For metrics: what became of a delivery, the status that said so, and how long that took, ms. */
  answered(source: string, result: string, status: number, tookMs: number): void;
}

/** What every refused sender reads, whatever the reason: it teaches nothing. */
const REFUSED = { error: { code: 'refused', message: 'Refused.' } } as const;

/** Failures of strangers that get a log line each; beyond, they are counted and told to come back later. */
const FAILURES = { burst: 60, perSecond: 1 };

/** `POST /github` and `POST /standard`: refused without a trace in the records, or committed before the 202. */
export function intakeRoutes(doors: IntakeDoors): Hono {
  const hooks = new Hono();
  for (const source of doors.sources) {
    const failures = tokenBucket(FAILURES.burst, FAILURES.perSecond);
    hooks.post(`/${source.name}`, described(source), (c) => receive(c, source, doors, failures));
  }
  return hooks;
}

function described({ name }: Source): ReturnType<typeof describe> {
  const what = {
    github: 'GitHub secret scanning: events secret_scanning_alert and secret_scanning_alert_location',
    standard: 'Standard Webhooks: a CredentialLeaked alert of any monitoring system',
  };
  return describe({
    summary: what[name],
    description: 'Signed by the sender; whatever is refused is answered alike.',
    open: true,
    ...(name === 'standard' ? { takes: CredentialLeaked } : {}),
    gives: {
      200: { what: 'A ping' },
      202: { what: 'Stored: it opened or joined an incident, or starts nothing', schema: Opened },
      401: { what: 'Refused' },
      413: { what: 'Too large' },
      415: { what: 'Another content type' },
      422: { what: 'Signed, and not what is read here' },
      429: { what: 'Too many refused ones' },
      503: { what: 'Not stored: the records are locked, full or out of reach. Send it again; Retry-After says when' },
    },
  });
}

async function receive(
  c: Context,
  source: Source,
  doors: IntakeDoors,
  failures: ReturnType<typeof tokenBucket>,
): Promise<Response> {
  const { log, clock } = doors;
  const began = performance.now();
  const answered = (result: string, response: Response): Response => {
    doors.answered(source.name, result, response.status, performance.now() - began);
    return response;
  };
  const refuse = (reason: UnauthenticatedReason): Response => {
    const heard = failures.take(clock.now());
    // Beyond the bucket a stranger would fill the disk with our own log.
    if (heard) log.warn({ source: source.name, reason }, 'delivery refused');
    return answered(heard ? reason : 'rate', c.json(REFUSED, heard ? statusOf(reason) : 429));
  };
  const malformed = (reason: MalformedReason): Response => {
    log.warn({ source: source.name, reason }, 'delivery of a known sender not understood');
    return answered(reason, c.json(REFUSED, 422));
  };

  const raw = await readBody(c.req.raw, source);
  if ('reason' in raw) return refuse(raw.reason);
  const verdict = source.verify(raw.bytes, c.req.raw.headers, clock.now());
  if (!verdict.verified) return refuse(verdict.reason);

  let json: unknown;
  try {
    json = strictJson(raw.bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) return malformed(error.reason);
    throw error;
  }
  const reading = source.read(json, c.req.raw.headers);
  switch (reading.result) {
    case 'malformed':
      return malformed(reading.reason);
    case 'ping':
      return answered('ping', c.json({ ok: true }, 200));
    case 'ignored':
      return answered('ignored', c.json({ ignored: reading.reason }, 202));
    case 'take': {
      doors.storm.saw(source.name);
      let receipt: Receipt;
      try {
        receipt = await takeAlert(
          doors,
          { ...reading, key: verdict.key },
          { by: `source:${source.name}`, observe: false, joinOnly: reading.joinOnly },
        );
      } catch (error) {
        if (!(error instanceof RecordsError)) throw error;
        return answered('not-stored', notStored(c, error, log));
      }
      const { incident, joined, duplicate } = receipt;
      // What joins is told of within a second by itself: in a flood nobody is woken for each.
      if (!joined) doors.wake();
      if (incident === '') return answered('not-live', c.json({ incident: null, joined: false, url: null }, 202));
      log.info({ source: source.name, incident, joined }, 'alert taken');
      return answered(
        duplicate ? 'duplicate' : joined ? 'joined' : 'opened',
        c.json({ incident, joined, url: doors.incidentUrl(incident) }, 202),
      );
    }
  }
}

function statusOf(reason: UnauthenticatedReason): 401 | 413 | 415 {
  if (reason === 'too-large') return 413;
  return reason === 'content-type' || reason === 'content-encoding' ? 415 : 401;
}

/** At most `bodyLimitBytes`, whatever Content-Length claims. Slow senders are cut by the server's request timeout. */
async function readBody(
  request: Request,
  { contentTypes, bodyLimitBytes }: Source,
): Promise<{ bytes: Uint8Array } | { reason: UnauthenticatedReason }> {
  const { headers } = request;
  if (!contentTypes.includes((headers.get('content-type') ?? '').toLowerCase())) return { reason: 'content-type' };
  if (headers.has('content-encoding')) return { reason: 'content-encoding' };
  if (Number(headers.get('content-length') ?? 0) > bodyLimitBytes) return { reason: 'too-large' };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > bodyLimitBytes) return { reason: 'too-large' };
      chunks.push(chunk);
    }
  } catch {
    return { reason: 'unreadable' };
  }
  return { bytes: Buffer.concat(chunks) };
}
