/** What the people of a case do when they are asked. */
import type { Answers, Case, PeopleWord } from '../../playbooks/language/cases.js';
import type { Plan } from '../../playbooks/language/plan.js';
import type { PeopleStep } from '../../workflows/core/questions.js';

/** The word of whoever is asked in that tier for that role. */
export type Script = (tier: number, role: string) => PeopleWord;

/** The page's own name of a step: what a `respond_to_each` becomes goes by its name. */
export const nameOnPage = (name: string): string => (name.startsWith('undo.') ? name : (name.split('.')[0] ?? name));

const QUESTION_WORDS: readonly PeopleWord[] = ['approve', 'deny', 'silent'];

/**
 * `revoke.ask` speaks of the question alone, and then `revoke` of the task alone; without it, `approve` and `deny` of
 * `revoke` are for its question, `done` and `claims` for its task, `silent` for both. Unsaid = yes, or done.
 */
export function scriptOf(people: Case['people'], plan: Plan, step: PeopleStep): Script {
  if (step.kind === 'task') {
    const name = nameOnPage(step.name);
    const answers = people[name];
    const isAskedAbout = step.gate !== undefined || name !== step.name;
    const hasQuestion = isAskedAbout && people[`${name}.ask`] === undefined;
    return (tier, role) => {
      const word = wordOf(answers, tier, role);
      // a no to its question was said there
      return word === undefined || word === 'approve' || (word === 'deny' && hasQuestion) ? 'done' : word;
    };
  }
  const names = plan.steps.filter(({ id }) => step.covers.includes(id)).map(({ name }) => nameOnPage(name));
  const spoken = names.map((name) => people[`${name}.ask`] ?? people[name]).find((answers) => answers !== undefined);
  return (tier, role) => {
    const word = wordOf(spoken, tier, role);
    return word !== undefined && QUESTION_WORDS.includes(word) ? word : 'approve';
  };
}

function wordOf(answers: Answers | undefined, tier: number, role: string): PeopleWord | undefined {
  switch (answers?.by) {
    case 'all':
      return answers.word;
    case 'tier':
      return answers.words[tier];
    case 'role':
      return answers.words[role];
    default:
      return undefined;
  }
}
