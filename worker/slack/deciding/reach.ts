/** Reaching people who did not press anything: in their direct messages, and in the thread of an incident. */

import type { Message } from '../contract.js';
import { data } from '../mrkdwn.js';
import { patiently } from '../patiently.js';
import { permalinkOf } from '../poster/wanted.js';
import { capital } from '../rendering/words.js';
import { writeDirectly } from '../web.js';
import type { DecidingDoors } from './deciding-doors.js';

/** False = they have no account that they confirmed, or Slack did not take it. */
export async function writeTo(doors: DecidingDoors, person: string, message: Message): Promise<boolean> {
  const account = await doors.people.accountOf(person);
  if (account === undefined) return false;
  const failed = await patiently(() => writeDirectly(doors.web, account, message));
  if (failed !== undefined) doors.log.warn({ person, reason: failed }, 'a person could not be written to in Slack');
  return failed === undefined;
}

/** Below the card. False = there is none yet, or Slack did not take it. */
export async function writeInThread(doors: DecidingDoors, incident: string, message: Message): Promise<boolean> {
  const card = await doors.records.posts.get(incident, 'card');
  if (card === undefined || card.message === '') return false;
  const { channel, message: thread } = card;
  const failed = await patiently(() => doors.web.chat.postMessage({ channel, thread_ts: thread, ...message }));
  if (failed !== undefined) doors.log.warn({ incident, reason: failed }, 'a thread could not be written to in Slack');
  return failed === undefined;
}

/** Where people read and answer it: the question itself, else the card. */
export async function addressOf(
  { records }: DecidingDoors,
  incident: string,
  step = '',
  generation = 0,
): Promise<string | undefined> {
  const asked = step === '' ? undefined : await records.posts.get(incident, `question/${step}/${generation}`);
  return permalinkOf(asked) ?? permalinkOf(await records.posts.get(incident, 'card'));
}

/** `<@U…>` where the person confirmed an account, else the plain name. */
export async function mentionOf({ people }: DecidingDoors, person: string): Promise<string> {
  const account = await people.accountOf(person);
  return account === undefined ? data(capital(person), 60) : `<@${account}>`;
}
