/** One incident of a case: the real core, its calls run as activities, in virtual time and without Temporal. */
import type { Prepared, StepResult, View } from '../../activities/contract.js';
import type { Case } from '../../playbooks/language/cases.js';
import { apply } from '../../workflows/core/apply.js';
import { hasEnded } from '../../workflows/core/order.js';
import { ready } from '../../workflows/core/ready.js';
import {
  allSteps,
  type Call,
  type Fact,
  type Outcome,
  open,
  type Run,
  runOf,
  stepOf,
} from '../../workflows/core/run.js';
import { optionsOf } from '../../workflows/options.js';
import { failureOf } from '../attempt-failure.js';
import { Answerers } from './answerers.js';
import { attempted } from './attempted.js';
import type { CaseSite } from './case-site.js';

/** What happened to the steps, in the order in which it did. */
export interface Ending {
  name: string;
  state: string;
}

/** A failure that is tried again for ever would never let the case end. */
const PREPARE_ATTEMPTS = 5;

export class LiveIncident {
  run: Run | undefined;
  /** How it ended without a plan. */
  unplanned: Exclude<Prepared, { result: 'planned' }> | undefined;
  readonly endings: Ending[] = [];
  /** What the case gave directly, because no twin can play it. */
  readonly givenDirectly: Set<string> = new Set();
  /** Questions and tasks that were opened: step names, with `.ask` for questions. */
  readonly opened: string[] = [];
  /** Called once a step has ended. */
  onEnded: (name: string) => Promise<void> = async () => {};

  readonly #dropped = new Set<string>();
  readonly #seen = new Set<string>();
  #wakeAt: number | undefined;
  readonly answerers: Answerers;

  constructor(
    readonly id: string,
    readonly site: CaseSite,
    readonly one: Case,
  ) {
    this.answerers = new Answerers(this);
  }

  /** The workflow's first activity, then its life. */
  async start(attempt = 1): Promise<void> {
    const { agenda } = this.site;
    try {
      const prepared = (await this.#activity('prepare', { incident: this.id, view: this.#opening() })) as Prepared;
      if (prepared.result === 'planned') {
        this.run = open(prepared, agenda.now());
        return this.turn();
      }
      this.unplanned = prepared;
      const joined = prepared.result === 'joined' ? { joinedTo: prepared.to } : {};
      const close = { incident: this.id, digest: '', as: prepared.result, remains: [prepared.line], ...joined };
      await this.#activity('close_incident', { ...close, view: this.#opening() });
    } catch (error) {
      const failure = failureOf(error, agenda.now());
      if (!failure.retried || attempt >= PREPARE_ATTEMPTS)
        throw new Error(`no plan: ${failure.message}`, { cause: error });
      agenda.add(agenda.now() + (failure.afterMs ?? 1_000), () => this.start(attempt + 1));
    }
  }

  /** Takes in a fact, then brings the state to rest. */
  async tell(fact: Fact): Promise<void> {
    if (this.run === undefined) return;
    apply(this.run, fact);
    await this.turn();
  }

  /** What the workflow's main loop does between two pieces of news. */
  async turn(): Promise<void> {
    const { run, site } = this;
    if (run === undefined || run.closed !== undefined) return;
    const { agenda } = site;
    apply(run, { kind: 'time', at: agenda.now() });
    // what the case lets happen right after a step happens before the next one begins
    await this.#noteEndings(run);
    const { calls, unwanted, wakeAt } = ready(run, agenda.now());
    for (const key of unwanted) this.#drop(run, key);
    for (const call of calls) {
      apply(run, { kind: 'begun', call, at: agenda.now() });
      const limit =
        call.limitSeconds === undefined ? Number.POSITIVE_INFINITY : agenda.now() + call.limitSeconds * 1_000;
      agenda.add(agenda.now(), () => this.#attempt(call, 1, limit));
    }
    if (wakeAt !== undefined && wakeAt !== this.#wakeAt) {
      this.#wakeAt = wakeAt;
      agenda.add(wakeAt, async () => {
        if (this.#wakeAt === wakeAt) this.#wakeAt = undefined;
        await this.turn();
      });
    }
    if (calls.length > 0 || unwanted.length > 0) return this.turn();
    this.answerers.listen();
  }

  async #noteEndings(run: Run): Promise<void> {
    for (const step of allSteps(run)) {
      const state = runOf(run, step.id);
      const key = `${step.id}/${state.generation}/${state.state}`;
      if (state.asking !== undefined && !this.#seen.has(`${step.id}/asked`)) {
        this.#seen.add(`${step.id}/asked`);
        this.opened.push(step.name);
      }
      if (!hasEnded(state) || this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.endings.push({ name: step.name, state: state.state });
      await this.onEnded(step.name);
    }
  }

  /** An effect is never dropped, so whatever is dropped here has changed nothing. */
  #drop(run: Run, key: string): void {
    this.#dropped.add(key);
    const outcome: Outcome = { ok: false, code: 'too-late', message: 'nobody waits for it any more' };
    apply(run, { kind: 'ended', key, outcome, at: this.site.agenda.now() });
  }

  async #attempt(call: Call, attempt: number, limit: number): Promise<void> {
    if (this.#dropped.has(call.key)) return;
    const { agenda } = this.site;
    const end = (outcome: Outcome) => this.tell({ kind: 'ended', key: call.key, outcome, at: agenda.now() });
    let value: unknown;
    try {
      value = await this.#perform(call);
    } catch (error) {
      const { code, message, retried, afterMs } = failureOf(error, agenda.now());
      const next = agenda.now() + (afterMs ?? backOff(call, attempt));
      // as Temporal does: no attempt is scheduled beyond the call's whole time
      if (!retried || next > limit) return end({ ok: false, code, message });
      const again = () => this.#attempt(call, attempt + 1, limit);
      if (call.row === 'wait') agenda.addLook(next, again);
      else agenda.add(next, again);
      return;
    }
    return end({ ok: true, value: value as StepResult });
  }

  async #perform(call: Call): Promise<unknown> {
    const { run, one, site } = this;
    const step =
      call.step === '' || call.purpose === 'note' || call.purpose === 'ask' ? undefined : stepOf(run!, call.step);
    const isStep = call.purpose === 'step' || call.purpose === 'look';
    const fault = step === undefined || !isStep ? undefined : one.given.provider[step.name];
    const given = { push: (what: string) => void this.givenDirectly.add(what) };
    return attempted({ site, step, fault, results: one.given.results }, given, () =>
      this.#activity(call.activity, call.input),
    );
  }

  #activity(name: string, input: unknown): Promise<unknown> {
    const activity = this.site.activities[name];
    if (activity === undefined) throw new Error(`there is no activity ${name}`);
    return activity(input as never, { signal: NEVER, heartbeat: () => {} });
  }

  #opening(): View {
    return { stage: 'opening', waiting: '', held: '', at: this.site.agenda.now() };
  }
}

const NEVER = new AbortController().signal;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000 };

/** The back-off of the call's row in workflows/options.ts. */
function backOff(call: Call, attempt: number): number {
  const { initialInterval, maximumInterval } = optionsOf(call).retry ?? {};
  return Math.min(msOf(initialInterval) * 2 ** Math.min(attempt - 1, 20), msOf(maximumInterval));
}

function msOf(span: unknown): number {
  const [, count, unit = ''] = /^(\d+)(ms|s)$/.exec(String(span)) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.NaN);
}
