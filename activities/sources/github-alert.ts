import type { Octokit } from 'octokit';
import { type Answer, type Change, ConnectorError, type Seen, type SendOptions } from '../connectors/contract.js';
import { Secret } from '../secrets/secret.js';
import { changeFailed, readFailed, unexpected } from './github-refusal.js';

/** A secret scanning alert, as GitHub numbers it. */
export interface AlertRef {
  owner: string;
  repo: string;
  number: number;
}

export interface AlertLocation {
  /** `commit`, `issue_body`, `wiki_commit` … */
  type: string;
  /** Empty for places that are no file. */
  path: string;
  commit: string;
  line?: number;
}

export interface FetchedAlert {
  secretType: string;
  validity: 'active' | 'inactive' | 'unknown';
  /** Null while it is open. */
  resolution: string | null;
  publiclyLeaked: boolean;
  /** The page that people open. */
  url: string;
  locations: AlertLocation[];
  /** ISO 8601 UTC. */
  createdAt: string;
  /** Access key ids it is about, best known first; empty if none was found. */
  credentialIds: string[];
  /** The 40 characters that belong to the first id; only if there is no doubt that they do. */
  secret?: Secret;
}

const KEY_ID = /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g;
/** Of `[A-Za-z0-9/+]`, as IAM makes them. */
const SECRET_KEY = /(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/g;

/**
 * From memory, unchecked: GitHub reports the two halves of an AWS key as alerts of two types, `aws_access_key_id` (its
 * `secret` is the id) and `aws_secret_access_key` (its `secret` are the 40 characters), linked by nothing but standing in
 * the same file of the same commit; some patterns give both in one text. So both forms are read.
 */
const OTHER_HALF: Record<string, string> = {
  aws_access_key_id: 'aws_secret_access_key',
  aws_secret_access_key: 'aws_access_key_id',
};
const MAX_LOCATIONS = 300;
const MAX_SIBLINGS = 30;

/**
 * Reads an alert, where it was found, and both halves of the key. The value never leaves a Secret.
 *
 * Throws ConnectorError: `not-found` also where the token may not see secret scanning alerts.
 */
export async function fetchAlert(octokit: Octokit, ref: AlertRef): Promise<FetchedAlert> {
  const alert = await readAlert(octokit, ref, false);
  const locations = await readLocations(octokit, ref);
  const own = halvesOf(textOf(alert.secret));
  const other =
    own.ids.length > 0 && own.secrets.length > 0 ? nothing() : await otherHalf(octokit, ref, alert, locations);
  const ids = own.ids.length > 0 ? own.ids : other.ids.length > 0 ? other.ids : idsIn(locations);
  const secrets = own.secrets.length > 0 ? own.secrets : other.secrets;
  return {
    secretType: textOf(alert.secret_type),
    validity: alert.validity === 'active' || alert.validity === 'inactive' ? alert.validity : 'unknown',
    resolution: alert.resolution ?? null,
    publiclyLeaked: alert.publicly_leaked === true,
    url: textOf(alert.html_url),
    locations,
    createdAt: textOf(alert.created_at),
    credentialIds: ids,
    // two candidates would be a guess, and a wrong secret proves nothing about this id
    ...(ids.length === 1 && secrets.length === 1 ? { secret: new Secret(secrets[0] as string) } : {}),
  };
}

/**
 * Resolves the alert at its source. Found = it is resolved like this already, by whomever; another resolution is replaced,
 * because a corrected verdict must reach the alert.
 */
export function resolveAlertChange(
  octokit: Octokit,
  ref: AlertRef,
  args: { resolution: 'revoked' | 'false_positive'; comment: string },
): Change {
  const name = nameOf(ref);
  return {
    target: `github-alert/${name}`,
    async read(): Promise<Seen> {
      const alert = await readAlert(octokit, ref, true);
      if (alert.resolution !== args.resolution) return { state: null };
      return { state: { resolution: args.resolution, url: textOf(alert.html_url) } };
    },
    async apply(_, { signal }: SendOptions): Promise<Answer> {
      const tried = `resolve the alert ${name}`;
      try {
        const { status, data } = await octokit.rest.secretScanning.updateAlert({
          owner: ref.owner,
          repo: ref.repo,
          alert_number: ref.number,
          state: 'resolved',
          resolution: args.resolution,
          resolution_comment: args.comment.slice(0, 280),
          request: { signal },
        });
        if ((status as number) !== 200) return unexpected(tried, status);
        if (data?.resolution !== args.resolution) return { kind: 'unknown', reason: `${tried}: the answer broke off` };
        return {
          kind: 'applied',
          evidence: { resolution: args.resolution, url: textOf(data.html_url) },
          after: { resolution: args.resolution, url: textOf(data.html_url) },
        };
      } catch (error) {
        return changeFailed(tried, error);
      }
    },
  };
}

type RestAlert = Awaited<ReturnType<Octokit['rest']['secretScanning']['getAlert']>>['data'];

async function readAlert(octokit: Octokit, ref: AlertRef, hideSecret: boolean): Promise<RestAlert> {
  const tried = `read the alert ${nameOf(ref)}`;
  try {
    const { status, data } = await octokit.rest.secretScanning.getAlert({
      owner: ref.owner,
      repo: ref.repo,
      alert_number: ref.number,
      hide_secret: hideSecret,
    });
    if ((status as number) === 200 && typeof data === 'object' && data !== null) return data;
    throw unreadable(tried, status);
  } catch (error) {
    throw error instanceof ConnectorError ? error : readFailed(tried, error);
  }
}

async function readLocations(octokit: Octokit, ref: AlertRef): Promise<AlertLocation[]> {
  const tried = `read where the alert ${nameOf(ref)} was found`;
  const found: AlertLocation[] = [];
  try {
    const pages = octokit.paginate.iterator(octokit.rest.secretScanning.listLocationsForAlert, {
      owner: ref.owner,
      repo: ref.repo,
      alert_number: ref.number,
      per_page: 100,
    });
    for await (const { data } of pages) {
      if (!Array.isArray(data)) throw unreadable(tried, 200);
      found.push(...data.map(locationOf));
      if (found.length >= MAX_LOCATIONS) break;
    }
  } catch (error) {
    throw error instanceof ConnectorError ? error : readFailed(tried, error);
  }
  return found.slice(0, MAX_LOCATIONS);
}

function locationOf(raw: { type?: string; details?: unknown }): AlertLocation {
  const details = (raw.details ?? {}) as { path?: unknown; commit_sha?: unknown; start_line?: unknown };
  return {
    type: textOf(raw.type),
    path: textOf(details.path),
    commit: textOf(details.commit_sha),
    ...(typeof details.start_line === 'number' ? { line: details.start_line } : {}),
  };
}

interface Halves {
  ids: string[];
  secrets: string[];
}
const nothing = (): Halves => ({ ids: [], secrets: [] });

/** The half that this alert does not hold, from the alert of the other type in the same file of the same commit. */
async function otherHalf(octokit: Octokit, ref: AlertRef, alert: RestAlert, at: AlertLocation[]): Promise<Halves> {
  const type = OTHER_HALF[textOf(alert.secret_type)];
  if (type === undefined) return nothing();
  let siblings: RestAlert[];
  try {
    const { data } = await octokit.rest.secretScanning.listAlertsForRepo({
      owner: ref.owner,
      repo: ref.repo,
      secret_type: type,
      per_page: MAX_SIBLINGS,
    });
    siblings = Array.isArray(data) ? (data as RestAlert[]) : [];
  } catch (error) {
    throw readFailed(`list the ${type} alerts of ${ref.owner}/${ref.repo}`, error);
  }
  let nearest: { halves: Halves; distance: number }[] = [];
  for (const sibling of siblings) {
    if (sibling.number === undefined || sibling.number === ref.number) continue;
    const places = await readLocations(octokit, { ...ref, number: sibling.number });
    const distance = distanceOf(at, places);
    if (distance === undefined) continue;
    nearest = [...nearest, { halves: halvesOf(textOf(sibling.secret)), distance }];
  }
  const least = Math.min(...nearest.map(({ distance }) => distance));
  const best = nearest.filter(({ distance }) => distance === least).map(({ halves }) => halves);
  return { ids: unique(best.flatMap(({ ids }) => ids)), secrets: unique(best.flatMap(({ secrets }) => secrets)) };
}

/** Lines between two finds in the same file of the same commit; undefined if they share none. */
function distanceOf(these: AlertLocation[], those: AlertLocation[]): number | undefined {
  const distances = these.flatMap((here) =>
    those
      .filter((there) => here.path !== '' && here.path === there.path && here.commit === there.commit)
      .map((there) => Math.abs((here.line ?? 0) - (there.line ?? 0))),
  );
  return distances.length === 0 ? undefined : Math.min(...distances);
}

function halvesOf(text: string): Halves {
  return { ids: unique(text.match(KEY_ID) ?? []), secrets: unique(text.match(SECRET_KEY) ?? []) };
}

/** People name files after keys: `AKIA…_accessKeys.csv`. */
function idsIn(locations: AlertLocation[]): string[] {
  return unique(locations.flatMap(({ path }) => path.replaceAll('_', ' ').match(KEY_ID) ?? []));
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}

function nameOf({ owner, repo, number }: AlertRef): string {
  return `${owner}/${repo}#${number}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unreadable(tried: string, status: number): ConnectorError {
  return new ConnectorError(
    'unexpected-answer',
    `cannot ${tried}: unexpected-answer (HTTP ${status} without an alert)`,
  );
}
