/**
 * The words between the doors of Slack and what is behind them. Slack says what somebody did (`Interaction`); it is a row of
 * the inbox before Slack is answered, then a `Handler` does the work. Buttons carry an opaque id and nothing else: the
 * server keeps what it stands for (`Handle`), and looks everything else up when it is pressed.
 */
import type { KnownBlock, View } from '@slack/types';

export const COMMAND = '/firebreak';

/** `/firebreak <verb>`, and `@firebreak <verb>` in a thread, where Slack lets nobody use a command. Anything else is what leaked. */
export const VERBS = ['status', 'list', 'help'] as const;

/** Callback ids of shortcuts: on a message ("Respond with Firebreak"), and everywhere ("What leaked?"). */
export const SHORTCUTS = ['respond_to_message', 'respond'] as const;

/** What buttons do, by action id. */
export const ACTIONS = [
  // before there is an incident
  'freeze_now',
  'look_only',
  'leave_it',
  'take_closest',
  'look_again',
  'not_ours',
  'start',
  'link_account',
  // a question or a task
  'yes',
  'done',
  'no',
  'not_yet',
  'hand_to',
  'ask_back',
  // the card
  'hold',
  'resume',
  'false_alarm',
  'take_lead',
  'more',
  'ask_again',
  'ask_person',
  'see_change',
] as const;
export type ActionName = (typeof ACTIONS)[number];

/** Callback ids of modals. */
export const VIEWS = [
  'what_leaked',
  'link',
  'say_no',
  'hand_over',
  'question_back',
  'end_as_false_alarm',
  'hold_for',
  'note',
  'retry',
  'skip',
] as const;
export type ViewName = (typeof VIEWS)[number];

/** What people read: `text` is the push notification and what a screen reader says, whole without the blocks. */
export interface Message {
  text: string;
  blocks: KnownBlock[];
}

/** One thing that somebody did in Slack, as the inbox keeps it. Holds no secret: what looks like one was sealed before. */
export interface Interaction {
  kind: 'command' | 'mention' | 'shortcut' | 'action' | 'view' | 'home';
  /** Verb of a command or mention ('' = none), callback id of a shortcut or modal, action id of a button. */
  name: string;
  /** `U…` of whoever did it. */
  user: string;
  /** `C…` or `D…`, where it was done. */
  channel?: string;
  /** `ts` of the thread in which it was done. */
  thread?: string;
  /** `ts` of the message with the button, or of the one the shortcut was used on. */
  message?: string;
  /** The button's, or the modal's, handle. */
  handle?: string;
  /** Only that person sees the message with the button, so that an answer may take its place. */
  ephemeral?: boolean;
  /** What was typed, without the verb, or stands in the message that the shortcut was used on; secrets replaced by `[secret]`. */
  text: string;
  /** Chosen in a menu, by action id, or filled into a modal, by block id; secrets replaced. */
  fields: Record<string, string>;
  /** Secrets that were typed, sealed under `context`, in the order of the text. */
  sealed: { box: string; context: string; what: string }[];
  /** Opens a modal for 3 s. */
  trigger?: string;
  /** The sealed response_url: whoever has it can write into the channel for 30 minutes. */
  respond?: string;
  /** ms since epoch, our clock, when it came. */
  at: number;
}

/** What a button stands for. Kept in the records, so that a restart forgets none. */
export type Handle =
  | { of: 'incident'; incident: string }
  | { of: 'question'; incident: string; step: string; generation: number; digest: string; kind: 'question' | 'task' }
  /** A credential that was looked at and that nobody answers for yet. `by`: only this Slack user may press. */
  | {
      of: 'offer';
      by: string;
      credential: { kind: string; id: string; account?: string };
      /** One came with it, kept for an hour beside it in `records.sealed` as `leaked:<kind>:<id>`. */
      secret?: true;
      /** Where a person reads more. */
      url?: string;
      summary?: string;
      /** Nothing about it may be changed, so only looking is offered: why, in a sentence. */
      lookOnly?: string;
    }
  /**
   * Secrets that were pasted without the id they belong to, until somebody gives it. `by`: as of an offer. Their boxes are kept
   * for an hour beside it, each by its context.
   */
  | { of: 'secret'; by: string; sealed: Omit<Interaction['sealed'][number], 'box'>[] }
  | { of: 'link'; user: string }
  /** `ask_person`: who is asked to look at the question. */
  | { of: 'person'; incident: string; step: string; person: string };

/** How that one person is answered. Never throws: an answer that cannot be given is logged. */
export interface Answer {
  /** To that person alone: where they are, else in their direct messages. */
  tell(message: Message): Promise<void>;
  /** In place of the message with the pressed button, where only that person saw it; else as `tell`. */
  replace(message: Message): Promise<void>;
  /** False when Slack no longer takes the trigger. */
  open(view: View): Promise<boolean>;
}

/** Does what the interaction asks, and answers a word about it for the inbox: `opened INC-7`, `refused: self`. May run twice after a crash. */
export type Handler = (said: Interaction, answer: Answer, key: string) => Promise<string>;
