import { randomUUID } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { GITHUB_SECRET, STANDARD_SECRET } from '../api/start-firebreak.js';

/** What GitHub sends, with the fields that it has and we do not read. */
export function githubAlert(change: { action?: string; number?: number; alert?: object; repository?: object } = {}) {
  return {
    action: change.action ?? 'created',
    alert: {
      number: change.number ?? 3,
      created_at: '2026-11-24T03:10:51Z',
      url: 'https://api.github.com/repos/acme/payouts-tools/secret-scanning/alerts/3',
      html_url: 'https://github.com/acme/payouts-tools/security/secret-scanning/3',
      secret_type: 'aws_access_key_id',
      secret_type_display_name: 'Amazon AWS Access Key ID',
      validity: 'active',
      publicly_leaked: false,
      multi_repo: false,
      resolution: null,
      ...change.alert,
    },
    repository: {
      id: 1,
      name: 'payouts-tools',
      full_name: 'acme/payouts-tools',
      private: false,
      owner: { login: 'acme' },
      ...change.repository,
    },
    organization: { login: 'acme' },
    sender: { login: 'github' },
  };
}

export interface Sent {
  body: string | Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** Signed by the vendor's own library. */
export async function fromGithub(
  payload: object | string,
  change: { event?: string; secret?: string; delivery?: string } = {},
): Promise<Sent> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': change.event ?? 'secret_scanning_alert',
      'x-github-delivery': change.delivery ?? randomUUID(),
      'x-hub-signature-256': await sign(change.secret ?? GITHUB_SECRET, body),
    },
  };
}

export function leaked(data: object = {}, change: object = {}) {
  return {
    type: 'credential.leaked',
    timestamp: '2026-11-24T03:10:59Z',
    data: { kind: 'aws-access-key', id: 'AKIAIOSFODNN7EXAMPLE', ...data },
    ...change,
  };
}

/** Signed by the reference library. */
export function fromSiem(payload: object | string, change: { at: number; id?: string; secret?: string }): Sent {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const id = change.id ?? `msg_${randomUUID().replaceAll('-', '')}`;
  const at = new Date(change.at);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(change.secret ?? STANDARD_SECRET).sign(id, at, body),
    },
  };
}

export async function post(url: string, { body, headers }: Sent): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}
