/** Runs the core by a virtual clock, as the workflow does by Temporal's: the provider is a script, people are words. */
import type { Prepared } from '../../../activities/contract.js';
import type { Plan } from '../../../playbooks/language/plan.js';
import { apply } from '../../../workflows/core/apply.js';
import type { Message, Refusal } from '../../../workflows/core/message.js';
import { ready } from '../../../workflows/core/ready.js';
import { refuse } from '../../../workflows/core/refuse.js';
import { type Call, type Fact, type Outcome, open, type Run } from '../../../workflows/core/run.js';
import { status } from '../../../workflows/core/status.js';

/** Monday, 2026-11-23 10:00 UTC. */
export const MONDAY = Date.UTC(2026, 10, 23, 10);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** What the world answers to a call that has just begun; undefined = it stays under way until `finish`. */
export type Script = (call: Call, run: Run) => Outcome | undefined;

export const PEOPLE: Record<string, string[]> = {
  sam: ['security-on-call'],
  mia: ['service-owner'],
  ana: ['ciso'],
  both: ['security-on-call', 'service-owner'],
  rob: ['responder'],
  eve: [],
};

/** Everything works at once, proofs by the refused secret. */
export const works = (call: Call): Outcome | undefined => {
  if (call.purpose === 'undo') return { ok: true, value: { result: 'undone', line: 'as before us' } };
  if (call.purpose === 'settle') return { ok: true, value: { state: 'not_applied', line: 'nothing was applied' } };
  if (call.purpose === 'look') return undefined;
  const grade = call.row === 'proof' ? ({ grade: 'refused' } as const) : {};
  return { ok: true, value: { results: {}, line: `${call.summary}: ok`, ...grade } };
};

/** As `works`, but these steps (or `step/purpose`) answer so. */
export function but(answers: Record<string, Outcome | 'later'>): Script {
  return (call) => {
    const answer =
      answers[`${call.step}/${call.purpose}`] ?? (call.purpose === 'step' ? answers[call.step] : undefined);
    return answer === 'later' ? undefined : (answer ?? works(call));
  };
}

export const failed = (code: Extract<Outcome, { ok: false }>['code']): Outcome => ({
  ok: false,
  code,
  message: `it said ${code}`,
});

export class Story {
  readonly run: Run;
  now: number;
  /** Keys of calls in the order in which they began. */
  readonly began: string[] = [];
  readonly calls = new Map<string, Call>();
  /** All that has happened, as it was when it happened. */
  readonly facts: Fact[] = [];
  script: Script;
  private messages = 0;

  constructor(
    plan: Plan,
    script: Script = works,
    more: Partial<Extract<Prepared, { result: 'planned' }>> & { at?: number } = {},
  ) {
    const { at = MONDAY, ...prepared } = more;
    this.now = at;
    this.script = script;
    this.run = open({ result: 'planned', plan, alerts: 1, emptyRoles: [], ...prepared }, at);
    this.settle();
  }

  /** Names of effects, reads and proofs that began, without the talk. */
  get done(): string[] {
    return this.began.filter((key) => !/^note|\/ask\/|\/look\/|^close/.test(key));
  }

  state(id: string): string {
    return this.run.steps[id]!.state;
  }

  get status() {
    return status(this.run);
  }

  says(person: string, control: Message['control'], more: Partial<Message> = {}): Refusal | undefined {
    this.messages += 1;
    const message: Message = {
      id: `m${this.messages}`,
      control,
      person,
      roles: PEOPLE[person]!,
      at: this.now,
      ...more,
    };
    const refusal = refuse(this.run, message, this.now);
    if (refusal === undefined) this.tell({ kind: 'said', message, at: this.now });
    this.settle();
    return refusal;
  }

  answers(person: string, step: string, answer: Message['answer'], more: Partial<Message> = {}): Refusal | undefined {
    return this.says(person, 'decide', { step, answer, ...(answer === 'no' ? { reason: 'because' } : {}), ...more });
  }

  alert(
    more: Partial<{ alerts: number; exposure: 'public' | 'internal' | 'unknown'; secretHeld: boolean }> = {},
  ): void {
    const joined = {
      alerts: this.run.alerts + 1,
      exposure: 'unknown' as const,
      secretHeld: false,
      at: this.now,
      ...more,
    };
    this.tell({ kind: 'alerts', joined, at: this.now });
    this.settle();
  }

  /** Ends a call that was left under way. */
  finish(key: string, outcome?: Outcome): void {
    const call = this.calls.get(key)!;
    this.tell({ kind: 'ended', key, outcome: outcome ?? works(call) ?? failed('alive'), at: this.now });
    this.settle();
  }

  /** Lets time pass, stopping at each deadline on the way. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let stops = 0; stops < 1000; stops += 1) {
      const { wakeAt } = ready(this.run, this.now);
      if (wakeAt === undefined || wakeAt > until) break;
      this.now = Math.max(this.now, wakeAt);
      this.settle();
    }
    this.now = until;
    this.settle();
  }

  private settle(): void {
    for (let turns = 0; turns < 1000; turns += 1) {
      this.tell({ kind: 'time', at: this.now });
      const { calls, unwanted } = ready(this.run, this.now);
      for (const key of unwanted) this.end(key, failed('too-late'));
      if (calls.length === 0 && unwanted.length === 0) return;
      for (const call of calls) {
        this.tell({ kind: 'begun', call, at: this.now });
        this.began.push(call.key);
        this.calls.set(call.key, call);
      }
      for (const call of calls) {
        const outcome = this.script(call, this.run);
        if (outcome !== undefined) this.end(call.key, outcome);
      }
    }
    throw new Error('the run never comes to rest');
  }

  private end(key: string, outcome: Outcome): void {
    this.tell({ kind: 'ended', key, outcome, at: this.now });
  }

  private tell(fact: Fact): void {
    this.facts.push(structuredClone(fact));
    apply(this.run, fact);
  }
}
