import { credentialLabel } from '../../../playbooks/language/sentence.js';
import type { NamedCredential, PartOfId } from '../../intake/credential-ids.js';
import type { Answer, Interaction, Message } from '../contract.js';
import { button, link } from '../mrkdwn.js';
import { closestTo, knownIds, MOST_MEANT, meantBy } from './closest.js';
import { shownOf } from './incidents-shown.js';
import { type Look, lookAt } from './look-at.js';
import { mayStart, refuse, whoIs } from './may-start.js';
import { message } from './message.js';
import {
  byHandMessage,
  goneMessage,
  invalidMessage,
  type Meant,
  type Offered,
  offerMessage,
  partMessage,
  severalMessage,
  stillLooking,
  unknownMessage,
  unsaidMessage,
} from './offer-message.js';
import { makeOffer, type Offering } from './offers.js';
import { type StartDoors, waitFor } from './start-doors.js';
import { statusMessage } from './status-message.js';

/** A person must hear something within three seconds; what is found then takes its place. */
const STILL_LOOKING_MS = 2_500;
const MOST_IDS = 10;

export interface Asked {
  said: Interaction;
  answer: Answer;
  key: string;
  /** First lines of whatever is answered: that a secret was pasted. */
  notice: string[];
  /** Whether the answer takes the place of the message that was pressed. */
  how: 'tell' | 'replace';
}

export interface Looking {
  /** Looks at one credential and says what was found, with what may be pressed. */
  one(asked: Asked, offering: Offering): Promise<string>;
  /** One button each. */
  several(asked: Asked, offerings: Offering[]): Promise<string>;
  /** Says what a part of an id may stand for. */
  part(asked: Asked, part: PartOfId, rest: Omit<Offering, 'named'>): Promise<string>;
}

/** Answers what somebody typed or pressed before there is an incident. Reads only; whoever may not start one is shown nothing. */
export function createLooking(doors: StartDoors): Looking {
  const { banner, clock, records, wait = waitFor } = doors;

  async function one(asked: Asked, offering: Offering): Promise<string> {
    const { said, answer } = asked;
    const work = look(asked, offering);
    // whoever cannot be told that we are still looking has lost the answer, and nothing else
    work.catch(() => undefined);
    const patience = wait(STILL_LOOKING_MS);
    const isEarly = await Promise.race([work.then(() => true), patience.over.then(() => false)]).finally(
      patience.cancel,
    );
    if (!isEarly) await answer[asked.how](stillLooking(banner, offering.named));
    const { outcome, message } = await work;
    await answer[isEarly ? asked.how : 'replace'](message);
    doors.log.info({ said: said.kind, outcome }, 'looked at a credential for somebody in Slack');
    return outcome;
  }

  async function look(asked: Asked, offering: Offering): Promise<{ outcome: string; message: Message }> {
    // nobody's word moves a provider: a flood of it would take the calls that containing needs
    const known = await whoIs(doors, asked.said.user);
    if ('refused' in known) return { outcome: `refused: ${known.refused}`, message: known.message };
    const finding = lookAt(doors, offering.named);
    // somebody who may not start anything is told so at once, whatever is found
    finding.catch(() => undefined);
    const who = await mayStart(doors, asked.said.user);
    if ('refused' in who) return { outcome: `refused: ${who.refused}`, message: who.message };
    const found = await finding;
    const message = await messageFor(asked, offering, found);
    return { outcome: `looked: ${found.is}`, message };
  }

  async function messageFor(asked: Asked, offering: Offering, found: Look): Promise<Message> {
    if (found.is === 'invalid') return invalidMessage(banner, asked.notice, found.why);
    const untouchable = found.is === 'known' ? found.untouchable : undefined;
    const { key, said, notice } = asked;
    const handle = await makeOffer(doors, key, said.user, { ...offering, lookOnly: untouchable });
    const offered: Offered = { banner, named: offering.named, handle, notice };
    switch (found.is) {
      case 'known':
        return offerMessage(offered, found);
      case 'live':
        return liveMessage(offered, found);
      case 'unsaid':
        return unsaidMessage(offered, found.why);
      case 'by-hand':
        return byHandMessage(offered);
      case 'gone':
      case 'unknown': {
        // an id says which account it is of, so most slips name a key that our account does not have
        const { kind } = offering.named;
        const ids = closestTo(offering.named, await knownIds(records, kind));
        const near = await meant(asked, kind, ids, offering);
        return found.is === 'gone' && near.length === 0
          ? goneMessage(offered, found.line)
          : unknownMessage(offered, found.line, near, clock.now());
      }
    }
  }

  /** Somebody answers for it already: that incident, and a way to add what this person knows. */
  async function liveMessage(
    { named, handle, notice }: Offered,
    { incident }: Extract<Look, { is: 'live' }>,
  ): Promise<Message> {
    const shown = await shownOf(doors, incident.id);
    const at = shown?.card === undefined ? incident.id : link(shown.card, incident.id);
    const lines = [...notice, `${at} answers for ${credentialLabel(named)} already.`];
    const status = shown === undefined ? undefined : statusMessage(shown, urlsOf(doors, incident.id));
    const joins = message(banner, lines, [
      button('freeze_now', `Join ${incident.id}`, { value: handle }),
      button('leave_it', 'Cancel', { value: handle }),
    ]);
    if (status === undefined) return joins;
    const [first, ...buttons] = joins.blocks;
    return {
      text: `${joins.text}\n${status.text}`,
      blocks: [...(first === undefined ? [] : [first]), ...status.blocks, ...buttons],
    };
  }

  async function meant(
    { key, said }: Asked,
    kind: string,
    ids: string[],
    rest: Omit<Offering, 'named'>,
  ): Promise<Meant[]> {
    return Promise.all(
      ids.slice(0, MOST_MEANT).map(async (id) => {
        const named: NamedCredential = { kind, id };
        const [handle, look] = await Promise.all([
          makeOffer(doors, key, said.user, { ...rest, named }),
          lookAt(doors, named),
        ]);
        return { named, handle, look };
      }),
    );
  }

  return {
    one,

    async several(asked, offerings) {
      const { said, answer, key, notice } = asked;
      const who = await mayStart(doors, said.user);
      if ('refused' in who) return refuse(answer, who, asked.how);
      const shown = await Promise.all(
        offerings.slice(0, MOST_IDS).map(async (offering) => ({
          named: offering.named,
          handle: await makeOffer(doors, key, said.user, offering),
        })),
      );
      const more = Math.max(0, offerings.length - MOST_IDS);
      await answer[asked.how](severalMessage(banner, notice, shown, more));
      return `several: ${offerings.length}`;
    },

    async part(asked, part, rest) {
      const { said, answer, notice } = asked;
      const who = await mayStart(doors, said.user);
      if ('refused' in who) return refuse(answer, who, asked.how);
      const ids = meantBy(part, await knownIds(records, part.kind));
      const found = await meant(asked, part.kind, ids, rest);
      await answer[asked.how](partMessage(banner, notice, shortened(part), found, clock.now()));
      return `part: ${found.length}`;
    },
  };
}

/** As a person recognises what they typed; never more of it than a card shows of an id. */
function shortened({ head, tail }: PartOfId): string {
  const begins = head.length > 8 ? `${head.slice(0, 4)}…${tail === '' ? head.slice(-3) : ''}` : head;
  return tail === '' ? begins : `${begins.replace(/…$/, '')}…${tail.slice(-3)}`;
}

/** As on its card. */
export const urlsOf = ({ publicUrl }: Pick<StartDoors, 'publicUrl'>, incident: string) => ({
  page: `${publicUrl}/api/v1/incidents/${incident}`,
  report: `${publicUrl}/api/v1/incidents/${incident}/report?format=html`,
});
