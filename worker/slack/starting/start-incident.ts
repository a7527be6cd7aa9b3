import { alertByHand } from '../../intake/opened-by-hand.js';
import { takeAlert } from '../../intake/take-alert.js';
import type { Answer, Interaction, Message } from '../contract.js';
import { clockTime, data, link } from '../mrkdwn.js';
import { cardOf } from './incidents-shown.js';
import { mayStart, refuse } from './may-start.js';
import { message } from './message.js';
import { labelOf } from './offer-message.js';
import { type Offer, pressedOffer, secretOf } from './offers.js';
import type { StartDoors } from './start-doors.js';

/** What may be done with an offer. */
export type Act = 'freeze' | 'look';

/**
 * Opens an incident for what was offered, or joins the live one. Who may is read now; the button is believed nothing. The
 * same act on the same offer opens nothing twice, however often it is pressed. Throws RecordsError: nothing was opened.
 */
export async function startIncident(doors: StartDoors, act: Act, said: Interaction, answer: Answer): Promise<string> {
  const began = performance.now();
  const pressed = await pressedOffer(doors, said);
  if ('refused' in pressed) return refuse(answer, pressed);
  const { handle, offer } = pressed;
  const who = await mayStart(doors, said.user);
  // the offer stays: a person who links their account presses again
  if ('refused' in who) return refuse(answer, who);
  if (act === 'freeze' && offer.lookOnly !== undefined) {
    return refuse(answer, { refused: 'protected', message: message(doors.banner, [data(offer.lookOnly, 400)]) });
  }
  const { kind, id, account } = offer.credential;
  const secret = await secretOf(doors, handle, offer);
  const { incident, joined, duplicate } = await takeAlert(
    doors,
    {
      key: `${handle}/${act}`,
      alert: alertByHand('slack', {
        kind,
        id,
        account,
        person: who.person,
        url: offer.url,
        summary: offer.summary,
        secret: secret?.reveal(),
      }),
      claims: [`${kind}:${id}`],
      ...(secret === undefined ? {} : { secret }),
    },
    { by: `person:${who.person}`, observe: act === 'look' },
  );
  doors.wake();
  const result = duplicate ? 'duplicate' : joined ? 'joined' : 'opened';
  doors.taken?.(result, performance.now() - began);
  doors.log.info({ incident, joined, duplicate, person: who.person, act }, 'opened in Slack');
  await answer.replace(await opened(doors, { incident, joined, act, offer, at: said.at }));
  return `${joined ? 'joined' : 'opened'} ${incident}`;
}

interface Started {
  incident: string;
  joined: boolean;
  act: Act;
  offer: Offer;
  at: number;
}

async function opened(doors: StartDoors, { incident, joined, act, offer, at }: Started): Promise<Message> {
  const card = await cardOf(doors, incident);
  const named = card === undefined ? incident : link(card, incident);
  const label = labelOf(offer.credential);
  const first = joined
    ? `${named} answers for ${label} already; your report joined it ${clockTime(at)}.`
    : `${named} opened by you ${clockTime(at)} about ${label}.`;
  const does = joined
    ? ''
    : act === 'look'
      ? 'It looks and tells; nothing is changed.'
      : 'It goes on by the playbook; what needs people is asked.';
  const where = card !== undefined || doors.channel === undefined ? '' : `Its card comes in <#${doors.channel}>.`;
  return message(act === 'look' && !joined ? `${doors.banner} OBSERVE`.trim() : doors.banner, [first, does, where]);
}
