import { Octokit } from 'octokit';
import type { Secret } from '../secrets/secret.js';

/**
 * Octokit as Firebreak needs it: no retries of its own and no throttling queue (a retry below the record is a double
 * effect), no followed redirects (a redirected POST would arrive as a GET), nothing printed. Opens no connection.
 */
export function openGithub(options: { token: Secret | string; api?: string; timeoutMs?: number }): Octokit {
  const { token, api = 'https://api.github.com', timeoutMs = 15_000 } = options;
  const silent = () => {};
  return new Octokit({
    auth: typeof token === 'string' ? token : token.reveal(),
    baseUrl: api.replace(/\/+$/, ''),
    userAgent: 'firebreak',
    retry: { enabled: false },
    throttle: { enabled: false },
    request: {
      redirect: 'manual',
      fetch: (url: string, init: RequestInit) =>
        fetch(url, {
          ...init,
          signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(init.signal ? [init.signal] : [])]),
        }),
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}
