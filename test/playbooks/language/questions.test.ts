import { describe, expect, it } from 'vitest';
import { type BindInput, bind } from '../../../playbooks/language/bind.js';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE, CREDENTIAL, facts } from './kinds-for-tests.js';

const input = { incident: 'INC-1', credential: CREDENTIAL, facts: facts(), policy: {}, catalogue: CATALOGUE };
/** The plan of a page with these phases; `contain` ends with its proof. */
function planOf(contain: string, some: Partial<BindInput> = {}, kind = 'aws-access-key', more = '') {
  const text = `playbook: ${kind}\nsummary: Freeze it.\ncontain:\n${contain}\n  - prove: contained\n${more}close:\n  - prove: dead\ncases:\n  - { name: a no, people: { dead: deny }, expect: { incident: held } }\n`;
  const { page, problems } = readPage(text, kind, CATALOGUE);
  if (page === undefined) throw new Error(formatProblems(problems));
  return bind(page, { ...input, mode: 'ask', ...some });
}
const asks = (plan: ReturnType<typeof planOf>) => plan.steps.flatMap((step) => (step.kind === 'ask' ? [step] : []));

describe('what is asked', () => {
  it('is what settings’ people would say, of a verb and of a hand', () => {
    const verb = asks(planOf('  - do: disable'))[0];
    expect(verb?.title).toBe('Freeze AKIA…PLE?');
    const hand = asks(planOf('  - { task: Turn it off there., does: disable, id: off_by_hand }'))[0];
    expect(hand?.title).toBe('Freeze AKIA…PLE?');
    const bare = asks(planOf('  - do: cut_sessions'))[0];
    expect(bare?.title).toBe('End the sessions of AKIA…PLE?');
  });

  it('is one question for several steps, each by its title', () => {
    const [one, ...others] = asks(
      planOf('  - do: disable\n  - { task: End them there., does: cut_sessions, id: end_them }'),
    );
    expect(others).toEqual([]);
    expect(one?.title).toBe('Disable AKIA…PLE and end the sessions of AKIA…PLE?');
    expect(one?.covers).toEqual(['contain.disable', 'contain.end_them']);
  });

  it('is asked under the conditions of the step, so that nobody decides about what will not run', () => {
    const more = 'assess:\n  - do: scan_logs\n';
    const plan = planOf(
      '  - do: disable',
      {},
      'aws-access-key',
      `${more}recover:\n  - { do: rotate, unless: { scan_logs.verdict: misuse } }\n  - prove: replacement_works\n`,
    );
    const rotate = asks(plan).find(({ id }) => id === 'recover.rotate.ask');
    expect(rotate?.unless).toEqual({ 'scan_logs.verdict': ['misuse'] });
    expect(rotate).not.toHaveProperty('when');
  });
});

describe('a plan', () => {
  it('is plain JSON: what has no value has no key', () => {
    const tasks =
      '  - { task: Turn it off there., does: disable, done_when: contained }\n  - { do: cut_sessions, when: { disable.state: done } }';
    for (const plan of [
      planOf(tasks),
      planOf('  - do: disable', { mode: 'observe' }),
      planOf('  - { task: Turn it off., does: disable }', {}, 'manual'),
    ]) {
      expect(plan).toStrictEqual(JSON.parse(JSON.stringify(plan)));
    }
  });

  it('says how the engine sees the end of a task', () => {
    const plan = planOf('  - { task: Turn it off there., does: disable, done_when: contained }', { mode: 'act' });
    expect(plan.steps.find(({ id }) => id === 'contain.disable')).toMatchObject({ doneWhen: 'contained' });
  });

  it('decides by the kind of credential when it is bound', () => {
    const is = planOf('  - { do: disable, when: { credential.kind: aws-access-key } }', { mode: 'act' });
    const step = is.steps.find(({ id }) => id === 'contain.disable');
    expect(step).not.toHaveProperty('when');
    expect(step).not.toHaveProperty('skip');
    const other = planOf('  - { do: disable, unless: { credential.kind: aws-access-key } }', { mode: 'act' });
    expect(other.steps.find(({ id }) => id === 'contain.disable')?.skip).toBe(
      'credential.kind is aws-access-key (the alert)',
    );
  });

  it('lets whoever did it by hand prove it least of all', () => {
    const hand = (does: string) => `  - { task: Do it there., does: ${does}, id: by_hand_${does} }`;
    const contain = ['disable', 'cut_sessions', 'restrict'].map(hand).join('\n');
    const recover = `recover:\n${hand('rotate')}\n  - prove: replacement_works\n`;
    const plan = planOf(contain, { mode: 'act' }, 'manual', recover);
    const notBy = (id: string) => plan.steps.find((step) => step.id === id);
    expect(notBy('contain.contained')).toMatchObject({
      notBy: ['by_hand_disable', 'by_hand_cut_sessions', 'by_hand_restrict'],
    });
    expect(notBy('recover.replacement_works')).toMatchObject({ notBy: ['by_hand_rotate'] });
    expect(notBy('close.dead')).toMatchObject({ notBy: [] });
  });
});
