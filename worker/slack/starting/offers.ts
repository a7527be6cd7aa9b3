/** Offers: a credential that was looked at, kept until somebody presses. A button carries its id and nothing else. */
import { leakedName } from '../../../activities/alert.js';
import type { Secret } from '../../../activities/secrets/secret.js';
import type { NamedCredential } from '../../intake/credential-ids.js';
import type { Handle, Interaction, Message } from '../contract.js';
import { button } from '../mrkdwn.js';
import { message } from './message.js';
import type { StartDoors } from './start-doors.js';

export type Offer = Extract<Handle, { of: 'offer' }>;

/** A day later somebody else may have answered for it long ago. No secret is kept for longer. */
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
  const now = clock.now();
  const name = leakedName(`${kind}:${id}`);
  const offer: Offer = {
    of: 'offer',
    by,
    credential: { kind, id, ...(account === undefined ? {} : { account }) },
    ...(secret === undefined ? {} : { secret: true }),
    ...(url === undefined ? {} : { url }),
    ...(summary === undefined ? {} : { summary }),
    ...(lookOnly === undefined ? {} : { lookOnly }),
  };
  const sealed = secret === undefined ? [] : [{ name, box: sealer.seal(secret, name), expiresAt: now + GOOD_FOR_MS }];
  return records.handles.give(`offer/${key}/${kind}:${id}`, offer, now, sealed);
}

/** The secret that came with it, for as long as it is kept. */
export async function secretOf(
  { records, sealer, clock }: Doors,
  handle: string,
  { secret, credential }: Offer,
): Promise<Secret | undefined> {
  if (secret === undefined) return undefined;
  const name = leakedName(`${credential.kind}:${credential.id}`);
  const box = await records.sealed.get(handle, name, clock.now());
  return box === undefined ? undefined : sealer.open(box, name);
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

/** The handle under which secrets wait for the id they belong to. */
export function keepWaiting(
  { records, clock }: Doors,
  key: string,
  by: string,
  secrets: Interaction['sealed'],
): Promise<string> {
  const now = clock.now();
  const body: Handle = { of: 'secret', by, sealed: secrets.map(({ context, what }) => ({ context, what })) };
  const sealed = secrets.map(({ box, context }) => ({ name: context, box, expiresAt: now + GOOD_FOR_MS }));
  return records.handles.give(`secret/${key}`, body, now, sealed);
}

/** Secrets that wait for the id they belong to, and are kept still. */
export async function waitingSecrets(
  { records, clock }: Doors,
  handle: string,
  user: string,
): Promise<Interaction['sealed']> {
  const body = (await records.handles.get(handle))?.body as Handle | undefined;
  if (body?.of !== 'secret' || body.by !== user) return [];
  const now = clock.now();
  const boxes = await Promise.all(body.sealed.map(({ context }) => records.sealed.get(handle, context, now)));
  return body.sealed.flatMap((one, at) => (boxes[at] === undefined ? [] : { ...one, box: boxes[at] }));
}

const refusal = ({ banner }: Doors, refused: string, line: string): Pressed => ({
  refused,
  message: message(banner, [line]),
});
