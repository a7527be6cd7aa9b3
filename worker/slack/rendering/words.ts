/** What people read about steps and answers, by what is done. Data, in one place. */
import { inWords } from '../../../workflows/core/questions.js';
import { data } from '../mrkdwn.js';

/** What a table says of a word of somebody else's, which may be any word. */
export function own<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

export interface DeedWords {
  /** On the card: `Freeze`. */
  short: string;
  /** Of the button that says yes: the act, never "Approve". */
  yes: string;
  /** Of the button that says no. */
  no: string;
  /** What a yes brings with it. */
  ifYes: string;
  /** What stays as it is after a no. */
  ifNo: string;
  /** `Frozen`, of a decision that was carried out. */
  past: string;
}

const DEEDS: Record<string, DeedWords> = {
  disable: {
    short: 'Freeze',
    yes: 'Freeze now',
    no: "Don't freeze…",
    ifYes: 'whatever uses it stops until it has a new one. Can be undone.',
    ifNo: 'it keeps working for whoever has it. Nothing else changes.',
    past: 'Frozen',
  },
  restrict: {
    short: 'Restrict',
    yes: 'Restrict now',
    no: "Don't restrict…",
    ifYes: 'it may do less from now on. Can be undone.',
    ifNo: 'it keeps all its permissions for whoever has it. Nothing else changes.',
    past: 'Restricted',
  },
  cut_sessions: {
    short: 'End sessions',
    yes: 'End sessions',
    no: "Don't end them…",
    ifYes: 'whoever works with a session of it is thrown out. Can be undone.',
    ifNo: 'sessions made before stay alive until they end by themselves.',
    past: 'Sessions ended',
  },
  rotate: {
    short: 'New one in the store',
    yes: 'Make a new one',
    no: "Don't replace…",
    ifYes: 'a new one is made and written into the secret store; those who read it there go on.',
    ifNo: 'no new one is made; whatever used the old one stays stopped.',
    past: 'Replaced',
  },
  revoke: {
    short: 'Delete',
    yes: 'Delete for good',
    no: "Don't delete…",
    ifYes: 'it is gone for good. This cannot be undone.',
    ifNo: 'it stays as it is, nothing is deleted.',
    past: 'Deleted',
  },
  open: {
    short: 'Follow what was made',
    yes: 'Open incidents',
    no: "Don't open…",
    ifYes: 'each gets an incident of its own.',
    ifNo: 'nobody answers for them; this incident stays open.',
    past: 'Opened',
  },
};

const OTHER: DeedWords = {
  short: '',
  yes: 'Yes, do it',
  no: "Don't…",
  ifYes: 'it is done.',
  ifNo: 'it is left undone. Nothing else changes.',
  past: 'Done',
};

const PROOFS: Record<string, string> = {
  contained: 'Proof',
  replacement_works: 'Proof that the new one works',
  dead: 'Proof of death',
};
const HOUSE: Record<string, string> = {
  scan_logs: 'Scan',
  find_created: 'Look for what was made',
  open_ticket: 'Ticket',
  notify: 'Tell people',
  resolve_alert: 'Resolve alert',
};

/** By verb; `open` for incidents of what was found. */
export const deedWords = (does: string): DeedWords => own(DEEDS, does) ?? OTHER;

/** A step in one or two words; its title where we have none. */
export function shortWord({ does, title, kind }: { does: string; title: string; kind: string }): string {
  if (kind === 'each') return DEEDS.open!.short;
  return own(PROOFS, does) ?? own(HOUSE, does) ?? (own(DEEDS, does)?.short || data(title, 60));
}

const KINDS: Record<string, string> = { 'aws-access-key': 'AWS key', 'alert-storm': 'alert storm' };

export const kindWord = (kind: string): string =>
  own(KINDS, kind) ?? (data(kind.replaceAll('-', ' '), 40) || 'credential');

/** `sam` as people say it: `Sam`. */
export const capital = (name: string): string => (name === '' ? '' : `${name[0]!.toUpperCase()}${name.slice(1)}`);

/** Of nobody it says nothing. */
export const list = (words: string[]): string => (words.length === 0 ? '' : inWords(words));

/** `9 s`, `1 min 23 s`, `5 min`, `30 h`, `4 days`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 5) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** How it closed, of the credential. */
const ENDED: Record<string, string> = {
  dead: 'is dead',
  contained: 'is contained; its death was not proven',
  false_alarm: 'was a false alarm; what had been done was brought back',
  cancelled: 'was cancelled; what had been done stays',
  joined: 'is about what another incident answers for',
  benign: 'is about nothing that is ours',
  observed: 'was observed; nothing was changed',
};

export const endWords = (as: string): string => own(ENDED, as) ?? `closed as ${data(as)}`;
