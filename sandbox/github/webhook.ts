import { createHmac, randomUUID } from 'node:crypto';
import { alertFields } from './alerts.js';
import type { Alert, Repository } from './repository.js';
import { PAGES, user } from './routes.js';

export type AlertAction = 'created' | 'publicly_leaked' | 'validated' | 'reopened' | 'resolved';

/** A delivery, ready to be sent, or to be spoiled first. */
export interface Delivery {
  headers: Record<string, string>;
  body: string;
}

/** The `secret_scanning_alert` event as GitHub sends it: no secret, no location. */
export function alertPayload(repository: Repository, alert: Alert, action: AlertAction, url: string) {
  const full = `${repository.owner}/${repository.name}`;
  return {
    action,
    alert: alertFields(repository, alert, url),
    repository: {
      id: repository.id,
      name: repository.name,
      full_name: full,
      private: repository.private,
      visibility: repository.private ? 'private' : 'public',
      owner: { ...user(repository.owner, url), type: 'Organization' },
      html_url: `${PAGES}/${full}`,
      url: `${url}/repos/${full}`,
      default_branch: 'main',
    },
    organization: { login: repository.owner, url: `${url}/orgs/${repository.owner}` },
    sender: user('github', url),
  };
}

/** Signs any event with the hook's secret. `delivery` is what a redelivery repeats. */
export function signedDelivery(
  event: string,
  payload: unknown,
  secret: string,
  delivery: string = randomUUID(),
): Delivery {
  const body = JSON.stringify(payload);
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/8f3e2a1',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-github-hook-id': '481516234',
      'x-github-hook-installation-target-type': 'organization',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  };
}

/** Posts a delivery as it is; the receiver's answer. */
export async function deliver(to: string, { headers, body }: Delivery): Promise<{ status: number; body: string }> {
  const answer = await fetch(to, { method: 'POST', headers, body });
  return { status: answer.status, body: await answer.text() };
}
