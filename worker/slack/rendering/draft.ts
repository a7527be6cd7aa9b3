/** What is to be said, before it is cut to what Slack takes. */
import type { ActionsBlockElement } from '@slack/types';
import type { Message } from '../contract.js';

export interface Draft {
  /** The push notification and what a screen reader says; whole without the rest. Slack's own text, already escaped. */
  text: string;
  /** Lines that people read, each already escaped. */
  lines: string[];
  /** Rows of buttons and menus. */
  rows: ActionsBlockElement[][];
  /** Small print below. */
  small?: string[];
}

export interface Fitted {
  message: Message;
  /** What did not fit, whole and as plain text, for a file in the thread. */
  rest?: string;
}

/** How people are called. Both give Slack's own text. */
export interface Names {
  /** `<@U…>` where the person confirmed an account, else the plain name. */
  mention(person: string): string;
  /** `Sam` */
  plain(person: string): string;
}

/** The opaque ids that stand in buttons. */
export interface HandleIds {
  incident: string;
  /** By `<step>/<generation>`. */
  questions: ReadonlyMap<string, string>;
}

export const questionKey = ({ id, generation }: { id: string; generation: number }): string => `${id}/${generation}`;
