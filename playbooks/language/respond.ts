/**
 * What a `respond_to_each` becomes in a plan: the step itself, and beside the phases a question about the credentials
 * beyond `at_most`, a task for all that is no credential, and the wait until what was opened is contained.
 */
import { taskTerms } from './gates.js';
import { allNeedsOf, needsOf, stepsOf } from './order.js';
import type { Page, RespondStep } from './page.js';
import type { AskStep, Condition, EachStep, Facts, Step, TaskStep } from './plan.js';
import { fill } from './sentence.js';
import { EACH_TITLES, REST_SECONDS, WITHIN_SECONDS } from './verbs.js';

const MORE_QUESTION =
  '<credential> made <find.credentials> credentials, more than at_most <at_most>. Open an incident for the <each.left> others, too?';
const REST_SENTENCE =
  'Look at the <find.others> other things that were made or changed with <credential>, and take back what is not ours.';

/** Its place in the plan, needs and conditions, as of every step. */
type Base = Pick<EachStep, 'id' | 'name' | 'phase' | 'needs' | 'when' | 'unless' | 'skip' | 'line'>;

/** In the order in which they stand in the plan. `finder` = id of the step whose finds it responds to. */
export function respondSteps(
  step: RespondStep,
  base: Base,
  finder: string,
  facts: Facts,
  known: Parameters<typeof fill>[1],
): Step[] {
  const named = (sentence: string) =>
    sentence
      .replace('<find.', `<${step.of}.`)
      .replace('<each.', `<${step.name}.`)
      .replace('<at_most>', String(step.atMost));
  const beside = (part: 'more' | 'contained' | 'rest', needs: string[], unless: Condition) => ({
    ...base,
    id: `${base.id}.${part}`,
    name: `${base.name}.${part}`,
    phase: 'alongside' as const,
    title: fill(EACH_TITLES[part], known),
    needs,
    unless,
  });
  const each = { kind: 'each' as const, of: finder, atMost: step.atMost };
  const open: EachStep = {
    ...base,
    ...each,
    part: 'open',
    title: fill(EACH_TITLES.open, known),
    unless: orNone(base.unless, `${step.of}.credentials`),
  };
  const more: EachStep = {
    ...beside('more', [base.id, `${base.id}.more.ask`], orNone(undefined, `${step.name}.left`)),
    ...each,
    part: 'more',
    gate: `${base.id}.more.ask`,
  };
  const question = named(MORE_QUESTION);
  const ask: AskStep = {
    ...beside('more', [base.id], more.unless!),
    id: more.gate!,
    name: `${more.name}.ask`,
    kind: 'ask',
    title: `${more.title}?`,
    covers: [more.id],
    ...taskTerms({ withinSeconds: WITHIN_SECONDS }, facts),
    ifSilent: 'hold',
    ifDenied: 'skip',
    hours: 'any',
    question,
    because: [{ source: 'page', row: `at_most ${step.atMost}` }],
  };
  const rest: TaskStep = {
    ...beside('rest', base.needs, orNone(base.unless, `${step.of}.others`)),
    kind: 'task',
    sentence: named(REST_SENTENCE),
    class: 'read',
    ...taskTerms({ withinSeconds: REST_SECONDS }, facts),
  };
  const contained: EachStep = {
    ...beside('contained', [base.id], { [`${step.name}.state`]: ['skipped'] }),
    ...each,
    part: 'contained',
  };
  return [open, ask, more, rest, contained];
}

/**
 * Names of the `respond_to_each` steps whose incidents must be contained before `close` starts: all but those that
 * themselves wait for a step of `close`.
 */
export function closeWaitsFor(page: Pick<Page, 'phases'>): string[] {
  const needs = needsOf(page);
  const steps = stepsOf(page);
  const inClose = new Set(steps.filter(({ phase }) => phase === 'close').map(({ name }) => name));
  return steps
    .filter((step) => step.head === 'respond_to_each' && !inClose.has(step.name))
    .filter((step) => ![...allNeedsOf(step.name, needs)].some((name) => inClose.has(name)))
    .map(({ name }) => name);
}

/** The same condition, and nothing found. */
function orNone(unless: Condition | undefined, path: string): Condition {
  return { ...unless, [path]: [...new Set([...(unless?.[path] ?? []), 'none'])] };
}
