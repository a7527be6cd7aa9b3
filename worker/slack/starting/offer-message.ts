/** What people read before there is an incident: whose it is, what would happen, what they may press. */
import type { Button } from '@slack/types';
import type { AskStep, Plan, Step } from '../../../playbooks/language/plan.js';
import { credentialLabel } from '../../../playbooks/language/sentence.js';
import type { NamedCredential } from '../../intake/credential-ids.js';
import type { Message } from '../contract.js';
import { button, data, inReadersZone, section } from '../mrkdwn.js';
import { capital, kindWord, span } from '../rendering/words.js';
import type { Look } from './look-at.js';
import { message } from './message.js';

type Known = Extract<Look, { is: 'known' }>;

/** What every message of an offer is made of. */
export interface Offered {
  banner: string;
  named: NamedCredential;
  /** The offer's; what its buttons carry. */
  handle: string;
  /** Said before everything else: that a secret was pasted. */
  notice: string[];
}

export const labelOf = ({ id }: Pick<NamedCredential, 'id'>): string => data(credentialLabel({ id }));

/** It was found: whose, where, how used, what would happen; Freeze now, Look only, Cancel. */
export function offerMessage({ banner, named, handle, notice }: Offered, look: Known): Message {
  const observed = look.facts.mode === 'observe';
  const lines = [
    ...notice,
    whose(named, look),
    used(look),
    `Owner: ${data(look.facts.owner.value)} (${data(look.facts.owner.source)})`,
    ...(look.watchedBy === undefined
      ? []
      : [`${look.watchedBy} only looks at it; an incident that acts goes before it.`]),
    ...wouldHappen(look, observed),
  ];
  const mayFreeze = look.untouchable === undefined && !observed;
  return message(observed ? `${banner} OBSERVE`.trim() : banner, lines, [
    ...(mayFreeze ? [freeze(handle, look)] : []),
    button('look_only', 'Look only', { value: handle }),
    button('leave_it', 'Cancel', { value: handle }),
  ]);
}

/** Its provider did not say. Unknown is not safe: it can be frozen all the same, and the incident asks again. */
export function unsaidMessage({ banner, named, handle, notice }: Offered, why: string): Message {
  return message(
    banner,
    [
      ...notice,
      `I can't say whose ${labelOf(named)} is: ${data(why, 400)}.`,
      'Freeze now opens an incident that asks again and does what the playbook says as soon as it knows.',
    ],
    [
      button('freeze_now', 'Freeze now', { value: handle, style: 'danger' }),
      button('look_only', 'Look only', { value: handle }),
      button('look_again', 'Look again', { value: handle }),
      button('leave_it', 'Cancel', { value: handle }),
    ],
  );
}

/** No connector reads its kind. */
export function byHandMessage({ banner, named, handle, notice }: Offered): Message {
  return message(
    banner,
    [
      ...notice,
      `I can't look at ${labelOf(named)}: firebreak.yaml has no connector for ${data(named.kind)}.`,
      'Start asks people to act step by step; I keep order, time and evidence.',
    ],
    [
      button('freeze_now', 'Start', { value: handle, style: 'danger' }),
      button('leave_it', 'Cancel', { value: handle }),
    ],
  );
}

/** Its provider has it no more. */
export function goneMessage({ banner, named, handle, notice }: Offered, line: string): Message {
  return message(
    banner,
    [
      ...notice,
      `${labelOf(named)} is dead already: ${data(line)}. There is nothing to freeze.`,
      'A key that was made a moment ago may not be listed yet.',
    ],
    [button('look_again', 'Look again', { value: handle }), button('leave_it', 'Cancel', { value: handle })],
  );
}

/** It can be no credential that an incident is about: a session, say. The sentence is the connector's. */
export const invalidMessage = (banner: string, notice: string[], why: string): Message =>
  message(banner, [...notice, `${data(why, 400)}.`], [button('start', 'Give another id')]);

/** Told at once where a provider takes its time; what is found takes its place. */
export const stillLooking = (banner: string, named: NamedCredential): Message =>
  message(banner, [`Still looking whose ${labelOf(named)} is. Nothing is changed by looking.`]);

/** One that was typed wrong may have meant one of these. */
export interface Meant {
  named: NamedCredential;
  /** The offer's of this one. */
  handle: string;
  look: Look;
}

/** No account of ours has it. `handle`: the offer of the very id that was typed. */
export function unknownMessage(
  { banner, named, handle, notice }: Offered,
  line: string,
  meant: Meant[],
  now: number,
): Message {
  const lines = [
    ...notice,
    `No account of ours knows ${labelOf(named)}: ${data(line)}.`,
    ...(meant.length === 0 ? ['I know none that is nearly the same.'] : [`Closest: ${closest(meant, now)}`]),
  ];
  return message(banner, lines, [
    ...meant.map((one, nth) => thatOne(one, nth, meant.length)),
    button('look_again', 'Look again', { value: handle }),
    button('not_ours', 'Not ours', { value: handle }),
  ]);
}

/** A part of an id, as it was typed, and what it may stand for. */
export function partMessage(banner: string, notice: string[], typed: string, meant: Meant[], now: number): Message {
  const lines = [
    ...notice,
    `${data(typed)} is not a whole id.`,
    ...(meant.length === 0
      ? ['I know none that begins or ends like it. The whole id has 20 letters and digits.']
      : [`Closest: ${closest(meant, now)}`]),
  ];
  return message(banner, lines, [
    ...meant.map((one, nth) => thatOne(one, nth, meant.length)),
    button('start', 'Type the whole id'),
  ]);
}

/** Several ids at once: each is looked at by itself. */
export function severalMessage(
  banner: string,
  notice: string[],
  several: Omit<Meant, 'look'>[],
  more: number,
): Message {
  const [first = '', ...rest] = [...notice, `There are ${several.length + more} ids in it. I look at one at a time:`];
  const opening = [banner, [first, ...rest].join('\n')].filter((part) => part !== '').join(' ');
  const after = more === 0 ? '' : `and ${more} more: send them by themselves.`;
  return {
    text: [opening, ...several.map(({ named }) => labelOf(named)), after].filter((line) => line !== '').join('\n'),
    blocks: [
      section(opening),
      ...several.map(({ named, handle }, nth) =>
        section(
          `${labelOf(named)} (${data(named.kind)})`,
          button('take_closest', 'Look at it', { value: handle, nth }),
        ),
      ),
      ...(after === '' ? [] : [section(after)]),
    ],
  };
}

const thatOne = ({ named, handle }: Meant, nth: number, of: number): Button =>
  button('take_closest', of === 1 ? 'That one' : credentialLabel(named), { value: handle, nth });

function closest(meant: Meant[], now: number): string {
  return meant.map(({ named, look }) => `${labelOf(named)}${inBrief(look, now)}`).join(', ');
}

/** `(svc-payouts, production, used 40 s ago)` */
function inBrief(look: Look, now: number): string {
  if (look.is === 'live') return ` (${look.incident.id} answers for it)`;
  if (look.is !== 'known') return '';
  const { identity, facts } = look;
  const ago = identity.lastUsedAt === undefined ? '' : `, used ${span(now - identity.lastUsedAt)} ago`;
  return ` (${data(identity.name)}, ${data(facts.environment.value)}${ago})`;
}

function whose(named: NamedCredential, { identity, facts, credential }: Known): string {
  const where = `${data(facts.environment.value)}, account ${data(credential.account)}`;
  const weight = facts.criticality.value === 'critical' ? ', critical' : '';
  const state = {
    active: 'it works',
    inactive: 'it is switched off',
    gone: 'it is gone',
    unknown: 'nobody says whether it works',
  };
  return `*${kindWord(named.kind)} ${labelOf(named)}* of *${data(identity.name)}* (${where}${weight}): ${state[identity.state]}.`;
}

function used({ identity }: Known): string {
  const [first = 'nobody says when it was used', ...rest] = identity.lines.map((line) => inReadersZone(data(line)));
  return [capital(first), ...rest].join(' · ');
}

function wouldHappen({ plan, problem, untouchable, facts }: Known, observed: boolean): string[] {
  if (untouchable !== undefined) return [data(untouchable, 400)];
  if (plan === undefined) return [`What would be done I can't say: ${data(problem ?? 'no page fits', 400)}`];
  const changes = plan.steps.filter(isChange);
  if (observed) {
    const where = `${data(facts.environment.value)} is only looked at (${data(facts.environment.source)})`;
    return [`${where}: nothing is changed, whoever presses. Would have done: ${titles(plan.steps.filter(wasChange))}.`];
  }
  const asked = new Map<string, Step[]>();
  for (const step of changes)
    if (step.gate !== undefined) asked.set(step.gate, [...(asked.get(step.gate) ?? []), step]);
  const atOnce = changes.filter(({ gate }) => gate === undefined);
  return [
    `*${isAskedFirst(plan) ? 'Ask to freeze' : 'Freeze now'}:* ${atOnce.length === 0 ? 'nothing is changed unasked.' : `${titles(atOnce)}, without asking anybody.`}`,
    ...[...asked].map(([gate, steps]) => `Asked first: ${titles(steps)} (${termsOf(plan, gate)}).`),
    '*Look only:* scans the logs and tells; nothing is changed.',
  ];
}

type Change = Step & { gate?: string };

const CHANGING = ['contain', 'burn', 'interrupt', 'replace', 'destroy'];
const wasChange = (step: Step): step is Change =>
  (step.kind === 'act' && step.proof === undefined && CHANGING.includes(step.class)) ||
  (step.kind === 'task' && step.does !== undefined);
const isChange = (step: Step): step is Change => wasChange(step) && step.skip === undefined;

const titles = (steps: Step[]): string => steps.map(({ title }) => data(title)).join(', ') || 'nothing';

function termsOf({ steps }: Plan, gate: string): string {
  const ask = steps.find((step): step is AskStep => step.kind === 'ask' && step.id === gate);
  if (ask === undefined) return 'people decide';
  const people = Object.entries(ask.places).map(([role, count]) => `${count} of ${data(role)}`);
  const silence = ask.ifSilent === 'proceed' ? `; done after ${span(ask.withinSeconds * 1_000)} of silence` : '';
  return `${people.join(' and ')}${silence}`;
}

/** The first change of all waits for people. */
function isAskedFirst({ steps }: Plan): boolean {
  return steps.find(isChange)?.gate !== undefined;
}

/** A button says the act: where people are asked before anything is frozen, it only asks. */
function freeze(handle: string, { plan }: Known): Button {
  const label = plan !== undefined && isAskedFirst(plan) ? 'Ask to freeze' : 'Freeze now';
  return button('freeze_now', label, { value: handle, style: 'danger' });
}
