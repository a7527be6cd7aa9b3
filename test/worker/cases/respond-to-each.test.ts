import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { defaultTeam } from '../../../worker/cases/case-team.js';
import { runCase } from '../../../worker/cases/run-case.js';
import { storyOf } from '../../../worker/cases/story-of.js';
import { catalogue } from '../../../worker/house.js';

/** The shipped page, but for how many it opens unasked, with one case. */
function play(one: string, atMost = 1) {
  const shipped = readFileSync(new URL('../../../playbooks/aws-access-key.yaml', import.meta.url), 'utf8');
  const text = shipped
    .replace('respond_to_each: find_created', `respond_to_each: find_created\n    at_most: ${atMost}`)
    .replace(/^cases:[\s\S]*$/m, `cases:\n  - ${one}\n`);
  const { page, problems } = readPage(text, 'aws-access-key.yaml', catalogue);
  if (page === undefined) throw new Error(formatProblems(problems));
  return runCase({ page, one: page.cases[0]!, team: defaultTeam(page), catalogue });
}

it.each([
  [
    'asks about the keys beyond at_most and follows them all on a yes',
    '{ name: x, given: { find_created.credentials: 3 }, expect: { incident: dead, children: 3, incidents: 1, asked: [revoke, respond_to_each] } }',
  ],
  [
    'leaves the keys beyond at_most on a no, and no child follows them',
    '{ name: x, given: { find_created.credentials: 3 }, people: { respond_to_each: deny }, expect: { incident: dead, children: 1, asked: [revoke, respond_to_each] } }',
  ],
  [
    'is held over silence about the rest, with the service on its new key',
    '{ name: x, given: { find_created.credentials: 2 }, people: { respond_to_each: silent, revoke: silent }, expect: { incident: held, children: 1, credential: inactive, replacement: works } }',
  ],
  [
    'asks about keys and about the rest apart',
    '{ name: x, given: { find_created.credentials: 2, find_created.others: 1 }, people: { respond_to_each.ask: deny }, expect: { incident: dead, children: 1, asked: [revoke, respond_to_each] } }',
  ],
])('%s', async (_, one) => {
  const result = await play(one);
  expect(result.differences, storyOf(result)).toEqual([]);
});

it('makes no new key for whoever an attacker made one', async () => {
  const result = await play(
    '{ name: x, given: { find_created.credentials: 1 }, expect: { incident: dead, children: 1 } }',
  );
  const lines = result.timeline.map(({ line }) => line).filter((line) => line.startsWith('INC-2'));
  expect(lines.filter((line) => line.includes('rotate'))).toEqual([]);
  expect(lines).toContainEqual(expect.stringContaining('INC-2 · closed · closed as dead'));
});
