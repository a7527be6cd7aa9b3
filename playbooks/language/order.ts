/** Order of a page (language.md 2.1): who needs whom. Written order is the safe side; conditions only add needs. */
import type { Page, PageStep } from './page.js';
import { PHASES } from './words.js';

/** The steps of a page that its phases run in order, then the page's order. */
export function stepsOf(page: Pick<Page, 'phases'>): PageStep[] {
  return PHASES.flatMap((phase) => page.phases[phase].flatMap((item) => item.steps));
}

/** Names of the steps that a step looks at: in its own conditions, and the one whose finds it responds to. */
export function namedBy(step: PageStep): string[] {
  const names = [...Object.keys(step.when ?? {}), ...Object.keys(step.unless ?? {})]
    .filter((path) => path.includes('.') && !path.startsWith('credential.'))
    .map((path) => path.split('.')[0]!);
  return [...new Set([...names, ...(step.head === 'respond_to_each' ? [step.of] : [])])];
}

/** Step name -> names of the steps that must have ended before it. */
export function needsOf(page: Pick<Page, 'phases'>): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  let before: string[] = [];
  for (const phase of PHASES) {
    for (const item of page.phases[phase]) {
      for (const step of item.steps) {
        needs.set(step.name, [...new Set([...(phase === 'alongside' ? [] : before), ...namedBy(step)])]);
      }
      if (phase !== 'alongside') before = item.steps.map((step) => step.name);
    }
  }
  return needs;
}

/** A cycle, `[a, b, a]`, or undefined. Needs that name no step are ignored. */
export function cycleIn(needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (finished.has(name)) return undefined;
    const at = path.indexOf(name);
    if (at >= 0) return [...path.slice(at), name];
    path.push(name);
    for (const need of needs.get(name) ?? []) {
      const cycle = needs.has(need) ? visit(need) : undefined;
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    finished.add(name);
    return undefined;
  };
  for (const name of needs.keys()) {
    const cycle = visit(name);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Everything that a step waits for, directly or not. */
export function allNeedsOf(name: string, needs: ReadonlyMap<string, readonly string[]>): Set<string> {
  const all = new Set<string>();
  const open = [...(needs.get(name) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    open.push(...(needs.get(next) ?? []));
  }
  return all;
}
