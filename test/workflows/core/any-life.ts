/** Any life of an incident: what providers answer, what people say, how time passes; every fact of it is kept. */
import fc from 'fast-check';
import type { AskStep, Plan, Step, TaskStep } from '../../../playbooks/language/plan.js';
import type { FailureCode } from '../../../playbooks/language/words.js';
import { CONTROLS, type Control, type Message } from '../../../workflows/core/message.js';
import type { Call, Outcome, Run } from '../../../workflows/core/run.js';
import { anyPlan } from './any-plan.js';
import { failed, HOUR, MINUTE, PEOPLE, Story, works } from './story.js';

const CODES: FailureCode[] = ['permission-denied', 'unavailable', 'too-late', 'alive', 'unknown-outcome'];

export type Move =
  | { do: 'finish'; n: number; how: number }
  | { do: 'pass'; minutes: number }
  | { do: 'say'; who: number; control: Control; n: number; answer: number; seen: 'now' | 'before' | 'another plan' }
  | { do: 'alert'; exposure: 'public' | 'internal' | 'unknown' };

const say = (control: fc.Arbitrary<Control>) =>
  fc.record({
    do: fc.constant('say' as const),
    // Most of those who speak hold a role.
    who: fc.constantFrom(0, 1, 2, 3, 3, 3, 4, 5),
    control,
    n: fc.nat(30),
    answer: fc.nat(12),
    seen: fc.oneof(
      { weight: 12, arbitrary: fc.constant('now' as const) },
      { weight: 1, arbitrary: fc.constantFrom('before' as const, 'another plan' as const) },
    ),
  });

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('finish' as const), n: fc.nat(9), how: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.oneof(fc.nat(30), fc.nat(3000)) }),
  },
  { weight: 8, arbitrary: say(fc.constant('decide')) },
  { weight: 1, arbitrary: say(fc.constantFrom(...CONTROLS)) },
  // Those that end it early would make most lives short.
  { weight: 2, arbitrary: say(fc.constantFrom('hold', 'resume', 'retry', 'skip', 'note', 'take')) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('alert' as const),
      exposure: fc.constantFrom('public', 'internal', 'unknown'),
    }),
  },
);

export interface Life {
  plan: Plan;
  moves: Move[];
  requester: string | undefined;
  emptyRoles: string[];
  office: boolean;
}

export const anyLife: fc.Arbitrary<Life> = fc.record({
  plan: anyPlan,
  moves: fc.array(move, { maxLength: 80, size: 'max' }),
  requester: fc.constantFrom(undefined, undefined, undefined, 'person:sam', 'person:both'),
  emptyRoles: fc.subarray(['ciso', 'service-owner']),
  office: fc.boolean(),
});

/** A message that the validator let through, and how the incident stood just before. */
export interface Heard {
  message: Message;
  step?: string;
  generation?: number;
  at: number;
}

const people = Object.keys(PEOPLE);
const OFFICE = { zone: 'UTC', days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60, except: [] };

/** Plays a life. `begins` sees each call as it begins, with the state and what people had said by then. */
export class Lived {
  readonly story: Story;
  readonly heard: Heard[] = [];

  constructor(
    readonly life: Life,
    begins: (call: Call, run: Run, lived: Lived) => void = () => undefined,
    moves: Move[] = life.moves,
  ) {
    const { plan, requester, emptyRoles, office } = life;
    this.story = new Story(
      plan,
      (call, run) => {
        begins(call, run, this);
        // Only talk ends by itself; all else waits for its `finish`.
        return ['note', 'ask', 'close'].includes(call.purpose) ? works(call) : undefined;
      },
      { emptyRoles, ...(requester === undefined ? {} : { requester }), ...(office ? { office: OFFICE } : {}) },
    );
    for (const next of moves) this.make(next);
  }

  make(next: Move): void {
    const { story } = this;
    if (next.do === 'pass') story.pass(next.minutes * MINUTE);
    else if (next.do === 'alert') story.alert({ exposure: next.exposure });
    else if (next.do === 'finish') this.finishOne(next.n, next.how);
    else this.say(next);
  }

  private say({ who, control, n, answer: which, seen }: Move & { do: 'say' }): void {
    const { steps, waiting } = this.story.status;
    // Answers mostly go where somebody waits for one.
    const targets = control === 'decide' && waiting.length > 0 && n < 25 ? waiting : steps;
    const target = targets[n % targets.length];
    if (target === undefined) return;
    const isTask = this.story.status.waiting.find(({ id }) => id === target.id)?.kind === 'task';
    const answer = ([isTask ? 'done' : 'yes', 'yes', 'done', 'not_yet', 'no'] as const)[Math.max(0, which - 8)]!;
    const { generation } = this.story.run.steps[target.id]!;
    const { digest } = this.life.plan;
    this.tell(people[who]!, control, {
      step: target.id,
      answer,
      minutes: 10,
      reason: 'because',
      generation: seen === 'before' ? generation - 1 : generation,
      digest: seen === 'another plan' ? 'another' : digest,
    });
  }

  /** Says it, and keeps it if it counts. */
  tell(person: string, control: Control, more: Partial<Message> = {}) {
    const step = questionOf(this.life.plan, this.story.run, more.step);
    const generation = step === undefined ? undefined : this.story.run.steps[step]!.generation;
    const message = { id: '', control, person, roles: PEOPLE[person]!, at: this.story.now, ...more };
    const entry: Heard = { message, at: this.story.now };
    if (step !== undefined && generation !== undefined) Object.assign(entry, { step, generation });
    this.heard.push(entry);
    const refusal = this.story.says(person, control, more);
    if (refusal !== undefined) this.heard.splice(this.heard.indexOf(entry), 1);
    return refusal;
  }

  finishOne(n: number, how: number): void {
    const open = this.open();
    if (open.length === 0) return;
    const call = open[n % open.length]!;
    this.story.finish(call.key, how < 6 ? success(call) : failed(CODES[how % CODES.length]!));
  }

  /** Calls under way. */
  open(): Call[] {
    return Object.values(this.story.run.calls).flatMap(({ call, endedAt }) => (endedAt === undefined ? [call] : []));
  }

  /** Everything under way ends, nobody says anything, and time passes until nothing moves by itself any more. */
  leaveAlone(how: (call: Call) => Outcome = success): void {
    for (let turns = 0; turns < 300 && this.story.run.closed === undefined; turns += 1) {
      const open = this.open();
      for (const call of open)
        if (this.story.run.calls[call.key]!.endedAt === undefined) this.story.finish(call.key, how(call));
      const before = this.story.facts.length;
      this.story.pass(30 * 24 * HOUR);
      if (this.open().length === 0 && this.story.facts.length <= before + 2) return;
    }
  }

  /** Everybody answers, on-call leaves out what still stands open: it must come to an end. */
  bringToAnEnd(how: (call: Call) => Outcome = success): void {
    const { story } = this;
    for (let turns = 0; turns < 100 && story.run.closed === undefined; turns += 1) {
      this.tell('ana', 'resume');
      for (const call of this.open()) story.finish(call.key, how(call));
      this.#answerAll();
      const isOpen = ({ state }: { state: string }) => ['failed', 'denied', 'unanswered', 'waiting'].includes(state);
      for (const { id } of story.status.steps.filter(isOpen)) {
        if (turns < 3 || id.startsWith('undo.')) this.tell('rob', 'retry', { step: id });
        else this.tell('rob', 'skip', { step: id, reason: 'nobody can' });
      }
      // What a retry has opened may be over within this minute.
      this.#answerAll();
      story.pass(MINUTE);
    }
  }

  #answerAll(): void {
    for (const { id, kind } of this.story.status.waiting) {
      for (const person of ['sam', 'mia', 'both', 'ana']) {
        this.tell(person, 'decide', { step: id, answer: kind === 'question' ? 'yes' : 'done' });
      }
    }
  }
}

export function success(call: Call): Outcome {
  if (call.purpose === 'look') return { ok: true, value: { results: {}, line: 'seen', grade: 'refused' } };
  if (call.activity === 'find_created')
    return { ok: true, value: { results: { credentials: 3, others: 1 }, line: 'found' } };
  if (call.activity === 'respond_to_each') {
    return { ok: true, value: { results: { opened: 2, linked: 0, refused: 0, left: 1 }, line: 'opened' } };
  }
  return works(call)!;
}

/** Where an answer about that step goes while its question is open: to the question. */
function questionOf(plan: Plan, run: Run, id: string | undefined): string | undefined {
  const step = [...plan.steps, ...run.extra].find((one) => one.id === id);
  if (step === undefined || step.kind === 'ask') return step?.id;
  const gate = step.gate;
  if (gate === undefined || (step.kind === 'task' && run.steps[gate]!.state === 'done')) return step.id;
  return gate;
}

export const stepIn = (plan: Plan, id: string): Step => plan.steps.find((step) => step.id === id)!;
export const asksIn = (plan: Plan): AskStep[] => plan.steps.filter((step): step is AskStep => step.kind === 'ask');
export const isPeople = (step: Step): step is AskStep | TaskStep => step.kind === 'ask' || step.kind === 'task';
