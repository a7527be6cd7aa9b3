import type { Octokit } from 'octokit';
import { type Answer, type Change, ConnectorError, type Seen, type SendOptions } from '../connectors/contract.js';
import { changeFailed, readFailed, unexpected } from '../sources/github-refusal.js';

export interface Repository {
  owner: string;
  repo: string;
}

export interface Ticket {
  /** Unique to the effect, e.g. its key; becomes an invisible comment in the body. */
  marker: string;
  title: string;
  body: string;
  labels?: string[];
}

const PAGE = 100;
const BODY_LIMIT = 65_536;
const COMMENT_PAGES = 10;

/**
 * Opens one ticket. Found = an issue that carries the marker: the newest issues are listed first, because GitHub's search
 * learns of them late; the search then finds older ones.
 */
export function ticketChange(octokit: Octokit, repository: Repository, ticket: Ticket): Change {
  const { owner, repo } = repository;
  const stamp = stampOf(ticket.marker);
  return {
    target: `github-issue/${owner}/${repo}/${ticket.marker}`,
    read: async () => seen(await findIssue(octokit, repository, ticket.marker)),
    async apply(_, { signal }: SendOptions): Promise<Answer> {
      const tried = `open a ticket in ${owner}/${repo}`;
      try {
        const { status, data } = await octokit.rest.issues.create({
          owner,
          repo,
          title: ticket.title,
          body: withStamp(ticket.body, stamp),
          ...(ticket.labels === undefined || ticket.labels.length === 0 ? {} : { labels: ticket.labels }),
          request: { signal },
        });
        return (status as number) === 201 ? made(tried, data?.number, data?.html_url) : unexpected(tried, status);
      } catch (error) {
        return changeFailed(tried, error);
      }
    },
  };
}

/** Adds one comment to a ticket: a correction, or how it ended. Found = a comment that carries the marker. */
export function commentChange(
  octokit: Octokit,
  repository: Repository,
  issue: number,
  comment: { marker: string; body: string },
): Change {
  const { owner, repo } = repository;
  const stamp = stampOf(comment.marker);
  return {
    target: `github-issue/${owner}/${repo}/${issue}/${comment.marker}`,
    read: async () => seen(await findComment(octokit, repository, issue, stamp)),
    async apply(_, { signal }: SendOptions): Promise<Answer> {
      const tried = `comment on ${owner}/${repo}#${issue}`;
      try {
        const { status, data } = await octokit.rest.issues.createComment({
          owner,
          repo,
          issue_number: issue,
          body: withStamp(comment.body, stamp),
          request: { signal },
        });
        return (status as number) === 201 ? made(tried, data?.id, data?.html_url) : unexpected(tried, status);
      } catch (error) {
        return changeFailed(tried, error);
      }
    },
  };
}

interface Found {
  id: number;
  url: string;
}

async function findIssue(octokit: Octokit, { owner, repo }: Repository, marker: string): Promise<Found | undefined> {
  const stamp = stampOf(marker);
  const tried = `look for a ticket in ${owner}/${repo}`;
  try {
    const recent = await octokit.rest.issues.listForRepo({
      owner,
      repo,
      state: 'all',
      sort: 'created',
      direction: 'desc',
      per_page: PAGE,
    });
    const found = oldestWith(listOf(recent.data, tried), stamp);
    if (found !== undefined || recent.data.length < PAGE) return found;
    const search = await octokit.rest.search.issuesAndPullRequests({
      q: `"${marker}" in:body repo:${owner}/${repo} is:issue`,
      per_page: PAGE,
    });
    // the search takes words loosely; only the whole marker counts
    const older = oldestWith(listOf((search.data as { items?: unknown } | undefined)?.items, tried), stamp);
    if (older === undefined && search.data.incomplete_results) {
      throw new ConnectorError('unavailable', `cannot ${tried}: unavailable (GitHub's search gave up half-way)`);
    }
    return older;
  } catch (error) {
    throw error instanceof ConnectorError ? error : readFailed(tried, error);
  }
}

async function findComment(
  octokit: Octokit,
  { owner, repo }: Repository,
  issue: number,
  stamp: string,
): Promise<Found | undefined> {
  const tried = `look for a comment on ${owner}/${repo}#${issue}`;
  try {
    for (let page = 1; page <= COMMENT_PAGES; page++) {
      const { data } = await octokit.rest.issues.listComments({
        owner,
        repo,
        issue_number: issue,
        per_page: PAGE,
        page,
      });
      const comments = listOf(data, tried);
      const found = comments.find(({ body }) => typeof body === 'string' && body.includes(stamp));
      if (found !== undefined) return { id: found.id as number, url: String(found.html_url) };
      if (comments.length < PAGE) return undefined;
    }
  } catch (error) {
    throw error instanceof ConnectorError ? error : readFailed(tried, error);
  }
  throw new ConnectorError('invalid', `cannot ${tried}: invalid (more than ${COMMENT_PAGES * PAGE} comments)`);
}

interface Item {
  id?: number;
  number?: number;
  html_url?: string;
  body?: string | null;
}

function listOf(data: unknown, tried: string): Item[] {
  if (Array.isArray(data)) return data as Item[];
  throw new ConnectorError('unexpected-answer', `cannot ${tried}: unexpected-answer (not a list)`);
}

/** If it was opened twice after all, the first one is the one. */
function oldestWith(issues: Item[], stamp: string): Found | undefined {
  const ours = issues
    .filter(({ body, number }) => typeof number === 'number' && typeof body === 'string' && body.includes(stamp))
    .sort((a, b) => (a.number as number) - (b.number as number))[0];
  return ours === undefined ? undefined : { id: ours.number as number, url: String(ours.html_url) };
}

function seen(found: Found | undefined): Seen {
  return found === undefined
    ? { state: null, items: [] }
    : { state: found, items: [{ id: String(found.id), active: true }] };
}

function made(tried: string, id: number | undefined, url: string | undefined): Answer {
  // Octokit takes a body that was cut off for an empty one: it was made, and only a look can say which one it is
  if (typeof id !== 'number' || typeof url !== 'string')
    return { kind: 'unknown', reason: `${tried}: the answer broke off` };
  return { kind: 'applied', id: String(id), evidence: { id: String(id), url }, after: { id, url } };
}

/** Its text stands in the body where nobody sees it and the search does. */
function stampOf(marker: string): string {
  return `<!-- firebreak: ${marker.replaceAll('--', '- -').replaceAll('>', '')} -->`;
}

/** GitHub refuses longer bodies; the stamp must survive the cut. */
function withStamp(body: string, stamp: string): string {
  const room = BODY_LIMIT - stamp.length - 64;
  const text = body.length > room ? `${body.slice(0, room)}\n\n… cut, see the report` : body;
  return `${text}\n\n${stamp}`;
}
