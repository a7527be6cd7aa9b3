/** What an incident that a person opens has in common, whether by API, command line or chat. */
import { createHash } from 'node:crypto';
import { type Alert, httpsUrl, oneLine } from '../../activities/alert.js';
import { withoutSecrets } from './looks-secret.js';

/** Roles of which one is needed to start an incident. */
export const MAY_OPEN = ['responder', 'security-on-call'];

export interface ByHand {
  kind: string;
  id: string;
  account?: string | undefined;
  /** Who opens it. */
  person: string;
  exposure?: Alert['exposure'] | undefined;
  /** ISO 8601, in any zone. */
  exposedSince?: string | undefined;
  url?: string | undefined;
  summary?: string | undefined;
  /** The leaked value, where it came along; it is taken out of the summary. */
  secret?: string | undefined;
}

/** The alert of a person. Exposure is unknown unless they say it, and unknown may mean public. */
export function alertByHand(source: 'api' | 'slack', hand: ByHand): Alert {
  const { kind, id, account, person, exposure = 'unknown', exposedSince, summary, secret } = hand;
  const url = httpsUrl(hand.url);
  return {
    v: 1,
    source,
    event: 'opened',
    credential: { kind, id, ...(account === undefined ? {} : { account }) },
    exposure,
    ...(exposedSince === undefined ? {} : { exposedSince: new Date(exposedSince).toISOString() }),
    ...(url === undefined ? {} : { url }),
    ...(summary === undefined ? {} : { summary: oneLine(withoutSecrets(summary, secret), 300) }),
    person,
    secret: secret === undefined ? 'not_held' : 'held',
  };
}

/** Delivery key of what a person does: the same act of the same person again opens nothing. */
export function pressedKey(person: string, act: string, id: string): string {
  return createHash('sha256').update([person, act, id].join('\0')).digest('hex');
}
