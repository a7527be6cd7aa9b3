/** Binding: a page and one incident become a plan. Pure; the same input gives the same plan. */
import { factOf, unlessHolds, whenHolds } from './condition.js';
import { canonicalJson, planDigest } from './digest.js';
import { gatesFor, mergeGates, type Terms, taskTerms } from './gates.js';
import type { Catalogue, KindSpec } from './kinds.js';
import { needsOf, stepsOf } from './order.js';
import { MAX_STEPS, type Page, type PageStep } from './page.js';
import {
  type ActStep,
  type Condition,
  type Credential,
  type Facts,
  type Plan,
  phaseOnPage,
  type Step,
  type TaskStep,
} from './plan.js';
import type { Policy } from './policy.js';
import { type Bound, questionsOf } from './questions.js';
import { closeWaitsFor, respondSteps } from './respond.js';
import { fill, knownTo } from './sentence.js';
import { PROOF_SECONDS, PROOF_TASKS, PROOF_TITLES, runsIn, TIME_LIMIT_SECONDS } from './verbs.js';
import type { EffectClass, Mode, Phase, Proof } from './words.js';

export interface BindInput {
  /** `INC-142`. */
  incident: string;
  credential: Credential;
  facts: Facts;
  mode: Mode;
  /** `INC-141`, which found the credential: it was made with a leaked one, so nobody of ours needs another. */
  foundBy?: string;
  policy: Policy;
  catalogue: Catalogue;
}

/** A plan that cannot be: beyond 64 steps or 128 KiB, or a page for a kind that the catalogue does not have. */
export class BindError extends Error {
  readonly code: 'too-many-steps' | 'plan-too-large' | 'unknown-kind';
  constructor(code: BindError['code'], message: string) {
    super(message);
    this.name = 'BindError';
    this.code = code;
  }
}

export const MAX_PLAN_BYTES = 128 * 1024;

/** Which phase comes first where order leaves it open: the first command contains. */
const RANK: Record<Phase, number> = { contain: 0, alongside: 1, assess: 2, recover: 3, close: 4 };

/** What a proof is about; whoever did it by hand does not prove it. */
const DEEDS: Record<Proof, readonly EffectClass[]> = {
  contained: ['contain', 'burn', 'interrupt'],
  replacement_works: ['replace'],
  dead: ['burn', 'destroy'],
};

/** Resolves facts, inserts the questions of policy and mode, orders and digests. Throws BindError. */
export function bind(page: Page, input: BindInput): Plan {
  const kind = Object.hasOwn(input.catalogue, page.kind) ? input.catalogue[page.kind] : undefined;
  if (kind === undefined) {
    throw new BindError('unknown-kind', `cannot bind ${page.name} to ${input.incident}: no connector for ${page.kind}`);
  }
  const binder = new Binder(page, kind, input);
  const steps = ordered(binder.bind());
  if (steps.length > MAX_STEPS) {
    const what = `${page.name} has ${steps.length} steps with its questions, at most ${MAX_STEPS}`;
    throw new BindError('too-many-steps', `cannot bind ${input.incident}: ${what}; split the page`);
  }
  const { incident, credential, facts, mode } = input;
  const playbook = { name: page.name, summary: page.summary, sha256: page.sha256 };
  const plan = { ir: 1 as const, incident, playbook, mode, credential, facts, steps };
  const bound = { ...plan, digest: planDigest(plan) };
  const bytes = new TextEncoder().encode(canonicalJson(bound)).length;
  if (bytes > MAX_PLAN_BYTES) {
    const what = `the plan of ${page.name} has ${bytes} bytes, at most ${MAX_PLAN_BYTES}`;
    throw new BindError('plan-too-large', `cannot bind ${incident}: ${what}; split the page`);
  }
  return bound;
}

class Binder {
  private readonly page: Page;
  private readonly kind: KindSpec;
  private readonly input: BindInput;
  private readonly known: (path: string) => string | number | undefined;

  constructor(page: Page, kind: KindSpec, input: BindInput) {
    this.page = page;
    this.kind = kind;
    this.input = input;
    this.known = knownTo(input);
  }

  /** Steps and questions in the page's order, each question before the first step that it covers. */
  bind(): Step[] {
    const needs = this.needs();
    const bound: Bound[] = [];
    const own = stepsOf(this.page).map((page): Step[] => {
      const base = this.base(page, needs(page));
      if (page.head === 'respond_to_each') {
        return respondSteps(page, base, this.idOf(page.of), this.input.facts, this.known);
      }
      const step = this.step(page, base);
      const terms = step.skip === undefined ? this.terms(page) : undefined;
      bound.push({ page, step, ...(terms === undefined ? {} : { terms }) });
      return [step];
    });
    const questions = questionsOf(bound, this.kind, this.known);
    return own.flatMap((steps) => [...questions.filter(({ covers }) => covers[0] === steps[0]!.id), ...steps]);
  }

  /** Ids of what must have ended before a step; `close` begins only when all that was opened is contained. */
  private needs(): (step: PageStep) => string[] {
    const needs = needsOf(this.page);
    const first = this.page.phases.close[0]?.steps ?? [];
    const waits = closeWaitsFor(this.page).map((name) => `${this.idOf(name)}.contained`);
    return (step) => [
      ...(needs.get(step.name) ?? []).map((name) => this.idOf(name)),
      ...(first.includes(step) ? waits : []),
    ];
  }

  private idOf(name: string): string {
    const step = stepsOf(this.page).find((candidate) => candidate.name === name);
    return step === undefined ? name : `${step.phase}.${name}`;
  }

  private base(step: PageStep, needs: string[]) {
    const { when, unless, skip } = this.decided(step);
    return {
      id: `${step.phase}.${step.name}`,
      name: step.name,
      phase: step.phase,
      needs,
      ...(when === undefined ? {} : { when }),
      ...(unless === undefined ? {} : { unless }),
      ...(skip === undefined ? {} : { skip }),
      line: step.at.line,
    };
  }

  private step(step: Bound['page'], base: ReturnType<Binder['base']>): ActStep | TaskStep {
    switch (step.head) {
      case 'do': {
        const spec = this.kind.verbs[step.verb]!;
        return {
          ...base,
          kind: 'act',
          title: fill(spec.title, this.known),
          verb: step.verb,
          class: step.class,
          args: step.args,
          ...(spec.undo === undefined ? {} : { undo: spec.undo }),
          permissions: spec.permissions ?? [],
          timeLimitSeconds: spec.timeLimitSeconds ?? TIME_LIMIT_SECONDS[step.class],
        };
      }
      case 'prove':
        return this.kind.byHand === true ? this.proofTask(base, step.proof) : this.proof(base, step.proof);
      case 'task':
        return {
          ...base,
          kind: 'task',
          title: fill(step.sentence, this.known),
          sentence: step.sentence,
          ...(step.does === undefined ? {} : { does: step.does }),
          class: step.class,
          ...(step.doneWhen === undefined ? {} : { doneWhen: step.doneWhen }),
          ...taskTerms(step.people, this.input.facts),
        };
    }
  }

  private proof(
    base: Omit<ActStep, 'kind' | 'title' | 'class' | 'args' | 'permissions' | 'timeLimitSeconds'>,
    proof: Proof,
  ): ActStep {
    return {
      ...base,
      kind: 'act',
      title: fill(PROOF_TITLES[proof], this.known),
      proof,
      class: 'read',
      args: {},
      permissions: [],
      timeLimitSeconds: Math.max(PROOF_SECONDS, this.kind.proofSeconds ?? 0),
    };
  }

  /** Where only a person can look, security-on-call does; not who did the deed (language.md 2.7). */
  private proofTask(
    base: Omit<TaskStep, 'kind' | 'title' | 'sentence' | 'class' | 'places' | 'tiers' | 'withinSeconds'>,
    proof: Proof,
  ): TaskStep {
    const deeds = stepsOf(this.page).filter((step) => DEEDS[proof].includes(step.class));
    return {
      ...base,
      kind: 'task',
      title: fill(PROOF_TITLES[proof], this.known),
      sentence: PROOF_TASKS[proof],
      class: 'read',
      proves: proof,
      notBy: deeds.map(({ name }) => name),
      ...taskTerms({}, this.input.facts),
    };
  }

  /** Decides what facts and the mode can decide; what is left waits for results. */
  private decided(step: PageStep): { when?: Condition; unless?: Condition; skip?: string } {
    const { facts, credential, mode } = this.input;
    const [whenFacts, when] = split(step.when);
    const [unlessFacts, unless] = split(step.unless);
    const value = (path: string) => factOf(path, facts, credential)?.value ?? '';
    const because = (path: string) => `${path} is ${value(path)} (${factOf(path, facts, credential)?.source ?? ''})`;
    const rest = { ...(when === undefined ? {} : { when }), ...(unless === undefined ? {} : { unless }) };

    if (!this.runs(step, mode)) return { ...rest, skip: `mode ${mode} only looks and tells` };
    if (this.input.foundBy !== undefined && replaces(step)) {
      return {
        ...rest,
        skip: `${this.input.foundBy} found it: what a leaked credential made is taken away, not replaced`,
      };
    }
    const missing = Object.entries(whenFacts ?? {}).find(([path, words]) => !whenHolds({ [path]: words }, value));
    if (missing !== undefined) return { ...rest, skip: `${because(missing[0])}, not ${missing[1].join(' or ')}` };
    if (unlessFacts !== undefined && unlessHolds(unlessFacts, value)) {
      return { ...rest, skip: because(Object.keys(unlessFacts)[0]!) };
    }
    return rest;
  }

  /** Observing runs read verbs and tells; proofs and tasks are left out with the changes. */
  private runs(step: PageStep, mode: Mode): boolean {
    return step.head === 'do' ? runsIn(mode, step.class) : mode !== 'observe';
  }

  private terms(step: Bound['page']): Terms | undefined {
    const { facts, policy, mode } = this.input;
    const written = step.head === 'do' && step.ask !== undefined ? step.gate : undefined;
    return mergeGates(step.class, gatesFor(step.class, facts, policy, mode), facts, written);
  }
}

/** It makes a replacement, or looks whether that works. */
function replaces(step: PageStep): boolean {
  return step.class === 'replace' || (step.head === 'prove' && step.proof === 'replacement_works');
}

/** The paths of a condition that are facts, and the rest. */
function split(condition: Condition | undefined): [Condition | undefined, Condition | undefined] {
  const entries = Object.entries(condition ?? {});
  const isFact = ([path]: [string, string[]]) => !path.includes('.') || path.startsWith('credential.');
  const part = (some: [string, string[]][]) => (some.length === 0 ? undefined : Object.fromEntries(some));
  return [part(entries.filter(isFact)), part(entries.filter((entry) => !isFact(entry)))];
}

/** Topological; what order leaves open goes by phase, then by the page. */
function ordered(steps: Step[]): Step[] {
  // what runs beside the phases for a step stands with it
  const rank = new Map(steps.map((step, index) => [step.id, RANK[phaseOnPage(step)] * steps.length + index]));
  const left = new Map(steps.map((step) => [step.id, step]));
  const result: Step[] = [];
  while (left.size > 0) {
    const free = [...left.values()].filter((step) => step.needs.every((need) => !left.has(need)));
    // lint refuses circles (FB23), so a page that was read always has a next step
    const next = free.sort((a, b) => rank.get(a.id)! - rank.get(b.id)!)[0];
    if (next === undefined) throw new Error(`steps wait for each other: ${[...left.keys()].join(', ')}`);
    left.delete(next.id);
    result.push(next);
  }
  return result;
}
