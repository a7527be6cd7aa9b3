/** Offers: a credential that was looked at, kept until somebody presses. A button carries its id and nothing else. */
import { leakedName } from '../../../activities/alert.js';
import type { Secret } from '../../../activities/secrets/secret.js';
import type { NamedCredential } from '../../intake/credential-ids.js';
import type { Handle, Interaction, Message } from '../contract.js';
import { button } from '../mrkdwn.js';
import { message } from './message.js';
import type { StartDoors } from './start-doors.js';

export type Offer = Extract<Handle, { of: 'offer' }>;

/** A day later somebody else may have answered for it long ago. */
const GOOD_FOR_MS = 60 * 60_000;

type Doors = Pick<StartDoors, 'records' | 'sealer' | 'clock' | 'banner'>;

/** What an offer is made of, besides who may press. */
export interface Offering {
  named: NamedCredential & { account?: string };
  secret?: Secret | undefined;
  url?: string | undefined;
  summary?: string | undefined;
  lookOnly?: string | undefined;
}

/** The handle of an offer; the same `key` gives the same one. */
export function makeOffer(
  { records, sealer, clock }: Doors,
  key: string,
  by: string,
  offering: Offering,
): Promise<string> {
  const { named, secret, url, summary, lookOnly } = offering;
  const { kind, id, account } = named;
  const offer: Offer = {
    of: 'offer',
    by,
    credential: { kind, id, ...(account === undefined ? {} : { account }) },
    ...(secret === undefined ? {} : { secret: sealer.seal(secret, leakedName(`${kind}:${id}`)) }),
    ...(url === undefined ? {} : { url }),
    ...(summary === undefined ? {} : { summary }),
    ...(lookOnly === undefined ? {} : { lookOnly }),
  };
  return records.handles.give(`offer/${key}/${kind}:${id}`, offer, clock.now());
}

/** The secret that came with it. */
export function secretOf({ sealer }: Pick<Doors, 'sealer'>, { secret, credential }: Offer): Secret | undefined {
  return secret === undefined ? undefined : sealer.open(secret, leakedName(`${credential.kind}:${credential.id}`));
}

export type Pressed = { handle: string; offer: Offer } | { refused: string; message: Message };

/** The offer behind a button, if that person may press it still. */
export async function pressedOffer(doors: Doors, { handle, user }: Interaction): Promise<Pressed> {
  const kept = handle === undefined ? undefined : await doors.records.handles.get(handle);
  const offer = kept?.body as Handle | undefined;
  if (handle === undefined || kept === undefined || offer?.of !== 'offer') {
    return refusal(doors, 'no-offer', 'That offer is not there any more. Send the id again: `/firebreak AKIA…`.');
  }
  if (offer.by !== user) {
    return refusal(
      doors,
      'not-yours',
      `<@${offer.by}> looked at it, so only they can press here. Look yourself: \`/firebreak\` and the id.`,
    );
  }
  if (doors.clock.now() - kept.at >= GOOD_FOR_MS) {
    const again = button('look_again', 'Look again', { value: handle });
    return {
      refused: 'expired',
      message: message(
        doors.banner,
        ['That offer is more than an hour old, so nothing was done. Look again first.'],
        [again],
      ),
    };
  }
  return { handle, offer };
}

/** Secrets that wait for the id they belong to. */
export async function waitingSecrets(doors: Doors, handle: string, user: string): Promise<Interaction['sealed']> {
  const kept = await doors.records.handles.get(handle);
  const body = kept?.body as Handle | undefined;
  if (kept === undefined || body?.of !== 'secret' || body.by !== user) return [];
  return doors.clock.now() - kept.at < GOOD_FOR_MS ? body.sealed : [];
}

const refusal = ({ banner }: Doors, refused: string, line: string): Pressed => ({
  refused,
  message: message(banner, [line]),
});
