/** What `firebreak plan` prints: facts with their source, steps in order, gates and why, effects with undo and permissions. */
import type { Plan } from './plan.js';

/** For a terminal; ends with a newline. */
export function describePlan(_plan: Plan): string {
  throw new Error('describePlan is not built yet');
}
