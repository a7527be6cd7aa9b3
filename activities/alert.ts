/**
 * An alert as the inbox keeps it: verified, normalised, never a secret value. `prepare` reads it back with this schema
 * years later, so a field may be added and none may change its meaning.
 */
import { z } from 'zod';

export const EXPOSURES = ['public', 'internal', 'unknown'] as const;

export const Alert = z.object({
  v: z.literal(1),
  /** `incident`: another incident found it. `firebreak`: it noticed something about itself. */
  source: z.enum(['github', 'standard', 'api', 'slack', 'incident', 'firebreak']),
  /** The source's own word: `created publicly_leaked validated reopened resolved location …`, `credential.leaked`, `opened`. */
  event: z.string().max(64),
  /** What leaked, where the source says so itself. For `github`, prepare asks the provider. */
  credential: z
    .object({ kind: z.string().max(40), id: z.string().max(200), account: z.string().max(200).optional() })
    .optional(),
  /** The source's own alert, to read the rest of it by REST and to resolve it. */
  github: z
    .object({
      owner: z.string().max(100),
      repo: z.string().max(100),
      number: z.number().int().positive(),
      /** GitHub's name of the detector: `aws_access_key_id`. */
      secretType: z.string().max(100),
      validity: z.enum(['active', 'inactive', 'unknown']),
      resolution: z.string().max(64).optional(),
      /** X-GitHub-Delivery: to find it again in GitHub's list of deliveries. */
      delivery: z.string().max(64),
    })
    .optional(),
  exposure: z.enum(EXPOSURES),
  /** ISO 8601 UTC: since when it is out, where that is known. */
  exposedSince: z.string().max(40).optional(),
  /** Where a person reads more: https only. */
  url: z.string().max(500).optional(),
  /** One line for people; data, never markup. */
  summary: z.string().max(300).optional(),
  /** `INC-142`, which found it. */
  incident: z.string().max(20).optional(),
  /** Who opened it by hand. */
  person: z.string().max(100).optional(),
  /** A secret value came with it and was sealed as `leaked:<first claim>`. */
  secret: z.enum(['held', 'not_held']),
});
export type Alert = z.infer<typeof Alert>;
export type Exposure = Alert['exposure'];

/** What says that something is leaking now. All other events are news about an alert: remembered, and they open nothing. */
const OPENING: Record<Alert['source'], readonly string[]> = {
  github: ['created', 'publicly_leaked', 'validated', 'reopened'],
  standard: ['credential.leaked'],
  api: ['opened'],
  slack: ['opened'],
  incident: ['found'],
  firebreak: ['alert_storm'],
};
export const opensIncident = ({ source, event }: Pick<Alert, 'source' | 'event'>): boolean =>
  OPENING[source].includes(event);

/** Kind, and page, of the incident that is about too many alerts; its id is their source. */
export const ALERT_STORM = 'alert-storm';

/** Name under which the leaked secret of a claim is sealed. */
export const leakedName = (claim: string): string => `leaked:${claim}`;

/** Worst first: public, then unknown (it may be public), then internal. */
export function worse(a: Exposure, b: Exposure): Exposure {
  const rank: Record<Exposure, number> = { public: 2, unknown: 1, internal: 0 };
  return rank[a] >= rank[b] ? a : b;
}

/** The worst of what was said; a word that says nothing may mean public. `said` is not empty. */
export function worstOf(said: readonly string[]): Exposure {
  return said.map((word) => EXPOSURES.find((known) => known === word) ?? 'unknown').reduce(worse);
}

/** What an alert is about, as live incidents hold it: the credential, or the source's own alert. */
export function claimsOf({ credential, github }: Pick<Alert, 'credential' | 'github'>): string[] {
  if (credential !== undefined) return [`${credential.kind}:${credential.id}`];
  // Owner and repository are the same in any case; the claim must be too.
  return github === undefined ? [] : [`github:${github.owner}/${github.repo}#${github.number}`.toLowerCase()];
}

/** Text of a stranger as one printable line: no controls, no direction marks that reorder what people read, at most `max` long. */
export function oneLine(text: string, max: number): string {
  const plain = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= max ? plain : `${plain.slice(0, max - 1)}…`;
}

/** An https address, or undefined: what a stranger wrote never becomes another kind of link. */
export function httpsUrl(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 500 || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined;
}
