import { Alert, leakedName } from '../../activities/alert.js';
import type { SecretSealer } from '../../activities/secrets/seal.js';
import type { Secret } from '../../activities/secrets/secret.js';
import type { OpenIncident, Receipt, Records } from '../../records/records.js';

/** How long a leaked secret is kept for the proofs that try it. */
const SEALED_FOR_MS = 7 * 24 * 60 * 60 * 1_000;

/** Encrypts a secret value at the edge; its sealed name is the context, and only under it can it be opened again. */
export type Sealer = Pick<SecretSealer, 'seal'>;

export interface AlertDoors {
  records: Records;
  sealer: Sealer;
  clock: { now(): number };
}

export interface AlertToTake {
  /** Delivery key, unique within the alert's source. */
  key: string;
  alert: Alert;
  /** The first one names what is sealed. */
  claims: string[];
  secret?: Secret;
}

/**
 * The one door for alerts: hooks, API and CLI. When it resolves, delivery, claim, incident and sealed value are
 * committed. The same delivery again answers the same and writes nothing.
 */
export async function takeAlert(
  doors: AlertDoors,
  { key, alert, claims, secret }: AlertToTake,
  open: OpenIncident,
): Promise<Receipt> {
  const now = doors.clock.now();
  const name = leakedName(claims[0] ?? '');
  return doors.records.receive(
    {
      source: alert.source,
      key,
      kind: 'alert',
      receivedAt: now,
      body: Alert.parse(secret === undefined ? alert : without(secret, alert)),
      claims,
      exposure: alert.exposure,
      ...(secret === undefined
        ? {}
        : { sealed: [{ name, box: doors.sealer.seal(secret, name), expiresAt: now + SEALED_FOR_MS }] }),
    },
    open,
  );
}

/** Senders quote the secret in their summary or address too. */
function without(secret: Secret, alert: Alert): unknown {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(secret.reveal(), '[secret]');
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]));
  };
  return clean(alert);
}
