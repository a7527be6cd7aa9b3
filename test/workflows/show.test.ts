import { expect, it } from 'vitest';
import { open } from '../../workflows/core/run.js';
import { status } from '../../workflows/core/status.js';
import { detailsOf } from '../../workflows/show.js';
import { act, planOf } from './plans.js';

it('shows what people and providers wrote without making a link, an image or a row of it', () => {
  const text = '![x](https://evil.example/a.png) <img src=x> a|b\n# head `code`';
  const plan = planOf([act('contain.disable', 'contain', { title: text })]);
  const run = open({ result: 'planned', plan, alerts: 1, emptyRoles: [] }, 0);
  run.hold = { by: 'sam', why: text };
  const details = detailsOf(status(run));
  expect(details).not.toMatch(/(?<!\\)[<`[!]|(?<!\\):\/\//);
  expect(details).toContain('a\\|b # head');
  expect(details.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2);
});
