import { z } from 'zod';
import { type Alert, EXPOSURES, httpsUrl, oneLine } from '../../activities/alert.js';
import { Secret } from '../../activities/secrets/secret.js';
import { looksSecret, withoutSecrets } from './looks-secret.js';
import { hmacMatches } from './signature.js';
import type { Reading, Source, Verdict } from './source.js';

const printable = (max: number) => z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${max}}$`));

/**
 * Our own alert, for any monitoring system that can sign by standardwebhooks.com. `kind` and `id` name the credential;
 * `secret`, the leaked value itself, is optional: it is sealed on arrival, tried to prove that it is dead, and never shown.
 */
export const CredentialLeaked = z
  .object({
    type: z.literal('credential.leaked'),
    timestamp: z.iso.datetime({ offset: true }).describe('When it was noticed.'),
    data: z.object({
      kind: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,39}$/)
        .describe('Kind of credential: aws-access-key. One without a connector is handled by people.'),
      id: printable(200).describe('What names it at its provider, never the secret: AKIAIOSFODNN7EXAMPLE.'),
      account: printable(200).optional(),
      exposure: z.enum(EXPOSURES).optional(),
      exposed_since: z.iso.datetime({ offset: true }).optional(),
      url: z.string().max(500).optional().describe('Where a person reads more; https only.'),
      summary: z.string().max(2_000).optional(),
      secret: z.string().min(1).max(8_192).optional(),
    }),
  })
  .meta({ id: 'CredentialLeaked' });

const WINDOW_SECONDS = 5 * 60;

/** Standard Webhooks. Secrets are `whsec_` and base64; all of `secrets` are accepted, for rotation. Throws for an empty one. */
export function standardSource(secrets: readonly Secret[]): Source {
  const keys = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
    if (key.length < 16) throw new Error('sources.standard: a secret is whsec_ and at least 16 bytes in base64');
    return key;
  });
  return {
    name: 'standard',
    bodyLimitBytes: 256 * 1024,
    contentTypes: ['application/json', 'application/json; charset=utf-8'],

    verify(raw, headers, now): Verdict {
      if (keys.length === 0) return { verified: false, reason: 'not-configured' };
      const [id, timestamp, list] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
        headers.get(name),
      );
      if (!id || !timestamp || !list) return { verified: false, reason: 'header-missing' };
      // No dot in the id: what is signed is `id.timestamp.body`, and it must be read in one way only.
      const wellFormed = /^[\w-]{1,128}$/.test(id) && /^[0-9]{1,12}$/.test(timestamp);
      const signatures = wellFormed ? signaturesOf(list) : undefined;
      if (signatures === undefined) return { verified: false, reason: 'header-malformed' };
      const ageSeconds = now / 1_000 - Number(timestamp);
      if (ageSeconds > WINDOW_SECONDS) return { verified: false, reason: 'timestamp-old' };
      if (ageSeconds < -WINDOW_SECONDS) return { verified: false, reason: 'timestamp-future' };
      return hmacMatches(keys, [`${id}.${timestamp}.`, raw], signatures)
        ? { verified: true, key: id }
        : { verified: false, reason: 'signature' };
    },

    read(json): Reading {
      const type = z.object({ type: z.string() }).safeParse(json);
      if (!type.success) return { result: 'malformed', reason: 'shape' };
      if (type.data.type === 'ping') return { result: 'ping' };
      if (type.data.type !== 'credential.leaked') return { result: 'ignored', reason: 'type' };
      const body = CredentialLeaked.safeParse(json);
      if (!body.success) return { result: 'malformed', reason: 'shape' };
      const { kind, id, account, secret } = body.data.data;
      if ([id, account].some((name) => name !== undefined && (looksSecret(name) || name === secret))) {
        return { result: 'malformed', reason: 'secret-as-id' };
      }
      return {
        result: 'take',
        alert: normalise(body.data),
        claims: [`${kind}:${id}`],
        joinOnly: false,
        ...(secret === undefined ? {} : { secret: new Secret(secret) }),
      };
    },
  };
}

/** The `v1` signatures of a space-separated list, at most 16; undefined when it is not such a list. */
function signaturesOf(list: string): Buffer[] | undefined {
  const parts = list.split(' ');
  if (parts.length > 16 || !parts.every((part) => /^v[0-9][a-z]?,[A-Za-z0-9+/]{1,200}={0,2}$/.test(part)))
    return undefined;
  return parts.filter((part) => part.startsWith('v1,')).map((part) => Buffer.from(part.slice(3), 'base64'));
}

function normalise({ data, timestamp }: z.infer<typeof CredentialLeaked>): Alert {
  const url = httpsUrl(data.url);
  return {
    v: 1,
    source: 'standard',
    event: 'credential.leaked',
    credential: { kind: data.kind, id: data.id, ...(data.account === undefined ? {} : { account: data.account }) },
    exposure: data.exposure ?? 'unknown',
    exposedSince: new Date(data.exposed_since ?? timestamp).toISOString(),
    ...(url === undefined ? {} : { url }),
    ...(data.summary === undefined ? {} : { summary: oneLine(withoutSecrets(data.summary, data.secret), 300) }),
    secret: data.secret === undefined ? 'not_held' : 'held',
  };
}
