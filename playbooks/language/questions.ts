/** The questions of a plan: which steps share one, and how it is asked. */
import { canonicalJson } from './digest.js';
import type { Terms } from './gates.js';
import type { KindSpec } from './kinds.js';
import type { PageStep, RespondStep } from './page.js';
import type { ActStep, AskStep, TaskStep } from './plan.js';
import { fill } from './sentence.js';
import { HAND_TITLES } from './verbs.js';

/** A step of the page on its way into the plan. */
export interface Bound {
  page: Exclude<PageStep, RespondStep>;
  step: ActStep | TaskStep;
  terms?: Terms;
}

/**
 * One question per written ask; steps of one phase with equal terms and no written ask share one. Steps that have
 * different conditions do not: an answer about a step that will not run misleads.
 */
export function questionsOf(bound: Bound[], kind: KindSpec, known: Parameters<typeof fill>[1]): AskStep[] {
  const groups = new Map<string, Bound[]>();
  for (const one of bound) {
    if (one.terms === undefined) continue;
    const { when, unless, phase, id } = one.step;
    const written = one.page.head === 'do' && one.page.ask !== undefined;
    // why it is asked may differ; what is asked of whom may not
    const { because: _, ...terms } = one.terms;
    const key = canonicalJson(written ? id : { phase, terms, when, unless });
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const { step: first, terms, page } = group[0]!;
    const { when, unless } = first;
    const question = page.head === 'do' && page.ask !== undefined ? page.ask : questionOf(group, kind);
    const ask: AskStep = {
      kind: 'ask',
      id: `${first.id}.ask`,
      name: `${first.name}.ask`,
      phase: first.phase,
      title: fill(question, known),
      needs: [...first.needs],
      ...(when === undefined ? {} : { when }),
      ...(unless === undefined ? {} : { unless }),
      line: first.line,
      covers: group.map(({ step }) => step.id),
      ...terms!,
      because: distinct(group.flatMap((one) => one.terms!.because)),
      question,
    };
    for (const { step } of group) {
      step.gate = ask.id;
      step.needs = [...step.needs, ask.id];
    }
    return ask;
  });
}

function questionOf(group: Bound[], kind: KindSpec): string {
  if (group.length === 1) {
    const { page } = group[0]!;
    const spec = page.head === 'do' ? kind.verbs[page.verb] : undefined;
    const hand = page.head === 'task' && page.does !== undefined ? HAND_TITLES[page.does] : undefined;
    return spec?.question ?? hand?.question ?? `${titleOf(page, kind)}?`;
  }
  const titles = group.map(({ page }, index) => {
    const title = titleOf(page, kind);
    return index === 0 ? title : `${title.slice(0, 1).toLowerCase()}${title.slice(1)}`;
  });
  return `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}?`;
}

function titleOf(page: Bound['page'], kind: KindSpec): string {
  if (page.head === 'do') return kind.verbs[page.verb]?.title ?? page.verb;
  return page.head === 'task' && page.does !== undefined ? HAND_TITLES[page.does].title : page.name;
}

function distinct(reasons: AskStep['because']): AskStep['because'] {
  return [...new Map(reasons.map((reason) => [`${reason.source} ${reason.row}`, reason])).values()];
}
