import { type Answer, json, type Request } from '../twin/serve.js';
import type { Repository } from './repository.js';

/** Where people would look; nothing is served there. */
export const PAGES = 'https://github.example';

export type Permission = 'secret_scanning_alerts' | 'issues' | 'contents' | 'metadata';
export type Access = 'read' | 'write';

/** A fine-grained token: whose, for which repositories (`acme/*` or names), with which permissions. */
export interface TokenRights {
  login: string;
  repositories: string[];
  permissions: Partial<Record<Permission, Access>>;
}

export interface GithubCall {
  request: Request;
  params: Record<string, string>;
  rights: TokenRights;
  repository: Repository;
  body: Record<string, unknown>;
  now: number;
  url: string;
  wrote(target: string, detail?: Record<string, string>): void;
}

export interface Route {
  /** As GitHub's reference names it; also the name in faults and counts. */
  name: string;
  needs: [Permission, Access];
  run(call: GithubCall): Answer;
}

/** The route of a request and the values in its path. */
export function routeOf(routes: Route[], method: string, path: string) {
  for (const route of routes) {
    const [verb, template] = route.name.split(' ') as [string, string];
    if (verb !== method) continue;
    const names: string[] = [];
    const source = template.replace(/\{(\w+)\}/g, (_, name: string) => {
      names.push(name);
      return name === 'path' ? '(.+)' : '([^/]+)';
    });
    const match = new RegExp(`^${source}$`).exec(path);
    if (match === null) continue;
    return {
      route,
      params: Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1]!)])),
    };
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A refusal in GitHub's shape. */
export const refusal = (status: number, message: string, more: Record<string, unknown> = {}): Answer => ({
  ...json(status, { message, documentation_url: 'https://docs.github.com/rest', status: String(status), ...more }),
  refusal: String(status),
});

export const unprocessable = (resource: string, field: string, code: string): Answer =>
  refusal(422, 'Validation Failed', { errors: [{ resource, field, code }] });

/** One page of a list, with GitHub's Link header. */
export function paged<T>({ request, url }: GithubCall, all: T[], show: (one: T) => unknown): Answer {
  const size = Math.min(Math.max(Number(request.query.get('per_page')) || 30, 1), 100);
  const page = Math.max(Number(request.query.get('page')) || 1, 1);
  const last = Math.max(Math.ceil(all.length / size), 1);
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(to));
    return `<${url}${request.path}?${query}>; rel="${rel}"`;
  };
  const links = page < last ? [link(page + 1, 'next'), link(last, 'last')] : [];
  if (page > 1) links.push(link(page - 1, 'prev'), link(1, 'first'));
  const items = all.slice((page - 1) * size, page * size);
  return json(200, items.map(show), links.length > 0 ? { link: links.join(', ') } : {});
}

export const user = (login: string, url: string) => ({
  login,
  id: [...login].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 90_000_000,
  type: login.endsWith('[bot]') ? 'Bot' : 'User',
  url: `${url}/users/${login}`,
  html_url: `${PAGES}/${login}`,
  site_admin: false,
});
