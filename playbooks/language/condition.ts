/** `when` and `unless`: words compared with words, and nothing else. */
import type { Condition, Credential, Facts } from './plan.js';

/** Facts that conditions may name; all else in a condition is `step.result`. */
export const CONDITION_FACTS = ['environment', 'criticality', 'exposure', 'secret', 'credential.kind'] as const;

/** Whether every path has (one of) its words. */
export function whenHolds(when: Condition, read: (path: string) => string): boolean {
  return Object.entries(when).every(([path, words]) => words.includes(read(path)));
}

/** Whether its path has one of its words, so that the step is skipped. */
export function unlessHolds(unless: Condition, read: (path: string) => string): boolean {
  return Object.entries(unless).some(([path, words]) => words.includes(read(path)));
}

/** A fact as conditions see it, with where it came from; undefined if the path is not a fact. */
export function factOf(
  path: string,
  facts: Facts,
  credential: Credential,
): { value: string; source: string } | undefined {
  switch (path) {
    case 'environment':
    case 'criticality':
    case 'exposure':
    case 'secret':
      return facts[path];
    case 'credential.kind':
      return { value: credential.kind, source: 'the alert' };
    default:
      return undefined;
  }
}
