/** What Slack's doors say themselves, each to one person alone. */
import type { Message } from './contract.js';

const plain = (text: string): Message => ({
  text,
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
});

export const NOT_STORED = plain('I could not store this; nothing happened. Press again.');
export const NOT_STORED_YET = plain(
  'I could not store this yet, so nothing has happened. I say here what becomes of it.',
);
export const STORED_LATE = plain('It is stored now, and I go on with it.');
export const NO_LONGER_ACTIVE = plain('That button is no longer active. The card shows what can be done now.');
export const UNKNOWN_COMMAND = plain('I don\'t know that command. "/firebreak help" says what I can do.');
export const FAILED = plain(
  'Something failed here, and I wrote it to my log. If the card does not show what you did, press again.',
);
export const outsiders = (company: string): Message => plain(`Only people of ${company} can decide here.`);
