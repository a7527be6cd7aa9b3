import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Alert, claimsOf, httpsUrl, oneLine, opensIncident } from '../../activities/alert.js';
import type { Secret } from '../../activities/secrets/secret.js';
import { hmacMatches } from './signature.js';
import type { Reading, Source, Verdict } from './source.js';

/** Only what is needed; the payload carries neither the secret nor where it lies. */
const Body = z.object({
  action: z.string().max(64),
  alert: z.object({
    number: z.number().int().positive(),
    secret_type: z.string().min(1).max(100).default('unknown'),
    secret_type_display_name: z.string().optional(),
    validity: z.enum(['active', 'inactive', 'unknown']).nullish().catch('unknown'),
    publicly_leaked: z.boolean().nullish(),
    created_at: z.iso.datetime({ offset: true }).nullish().catch(null),
    html_url: z.string().optional(),
    resolution: z.string().max(64).nullish(),
  }),
  repository: z.object({
    name: z.string().regex(/^[\w.-]{1,100}$/),
    owner: z.object({ login: z.string().regex(/^[\w.-]{1,100}$/) }),
    private: z.boolean().optional(),
    visibility: z.string().optional(),
  }),
});
type Body = z.infer<typeof Body>;

const Location = z.object({
  location: z.object({
    type: z.string(),
    details: z.object({
      path: z.string().optional(),
      commit_sha: z.string().optional(),
      start_line: z.number().optional(),
    }),
  }),
});

/** GitHub secret scanning. Webhook secrets are plain strings; all of `secrets` are accepted, for rotation. */
export function githubSource(secrets: readonly Secret[]): Source {
  const keys = secrets.map((secret) => Buffer.from(secret.reveal(), 'utf8'));
  return {
    name: 'github',
    bodyLimitBytes: 1024 * 1024,
    contentTypes: ['application/json'],

    verify(raw, headers): Verdict {
      if (keys.length === 0) return { verified: false, reason: 'not-configured' };
      const [signature, delivery, event] = ['x-hub-signature-256', 'x-github-delivery', 'x-github-event'].map((name) =>
        headers.get(name),
      );
      if (!signature || !delivery || !event) return { verified: false, reason: 'header-missing' };
      // A header sent twice arrives joined by a comma, which no pattern here has.
      const hex = /^sha256=([0-9a-f]{64})$/.exec(signature)?.[1];
      if (hex === undefined || !/^[0-9A-Za-z-]{1,64}$/.test(delivery) || !/^[a-z_]{1,64}$/.test(event)) {
        return { verified: false, reason: 'header-malformed' };
      }
      if (!hmacMatches(keys, [raw], [Buffer.from(hex, 'hex')])) return { verified: false, reason: 'signature' };
      // The delivery id is not signed: with the body's hash, a forged id can never take the place of another delivery.
      return { verified: true, key: `${delivery}:${createHash('sha256').update(raw).digest('hex')}` };
    },

    read(json, headers): Reading {
      const event = headers.get('x-github-event');
      if (event === 'ping') return { result: 'ping' };
      if (event !== 'secret_scanning_alert' && event !== 'secret_scanning_alert_location') {
        return { result: 'ignored', reason: 'event' };
      }
      const body = Body.safeParse(json);
      if (!body.success) return { result: 'malformed', reason: 'shape' };
      const isLocation = event === 'secret_scanning_alert_location';
      const alert = normalise(body.data, headers.get('x-github-delivery') ?? '');
      if (isLocation) Object.assign(alert, { event: 'location', summary: whereItLies(json) ?? alert.summary });
      return {
        result: 'take',
        alert,
        claims: claimsOf(alert),
        joinOnly: !opensIncident(alert),
      };
    },
  };
}

function normalise({ action, alert, repository }: Body, delivery: string): Alert {
  const title = alert.secret_type_display_name ?? alert.secret_type;
  const url = httpsUrl(alert.html_url);
  return {
    v: 1,
    source: 'github',
    event: action,
    github: {
      owner: repository.owner.login,
      repo: repository.name,
      number: alert.number,
      secretType: alert.secret_type,
      validity: alert.validity ?? 'unknown',
      ...(alert.resolution ? { resolution: alert.resolution } : {}),
      delivery,
    },
    exposure: exposureOf(action, alert, repository),
    ...(alert.created_at ? { exposedSince: new Date(alert.created_at).toISOString() } : {}),
    ...(url === undefined ? {} : { url }),
    summary: oneLine(`GitHub secret scanning: ${title} in ${repository.owner.login}/${repository.name}`, 300),
    secret: 'not_held',
  };
}

function exposureOf(action: string, alert: Body['alert'], repository: Body['repository']): Alert['exposure'] {
  if (action === 'publicly_leaked' || alert.publicly_leaked === true) return 'public';
  if (repository.visibility === 'public' || repository.private === false) return 'public';
  return repository.visibility !== undefined || repository.private === true ? 'internal' : 'unknown';
}

function whereItLies(json: unknown): string | undefined {
  const found = Location.safeParse(json);
  if (!found.success) return undefined;
  const { path, commit_sha: commit, start_line: line } = found.data.location.details;
  const place = path === undefined ? found.data.location.type : `${path}${line === undefined ? '' : `:${line}`}`;
  return oneLine(`GitHub secret scanning: also in ${place}${commit ? `, commit ${commit.slice(0, 7)}` : ''}`, 300);
}
