import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { defaultTeam } from '../../../worker/cases/case-team.js';
import { runCase } from '../../../worker/cases/run-case.js';
import { storyOf } from '../../../worker/cases/story-of.js';
import { catalogue } from '../../../worker/house.js';

describe.each(['aws-access-key', 'manual', 'alert-storm'])('%s', (name) => {
  const file = `playbooks/${name}.yaml`;
  const page = readPage(readFileSync(new URL(`../../../${file}`, import.meta.url)), file, catalogue).page!;

  it.each(page.cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const result = await runCase({ page, one, team: defaultTeam(page), catalogue });
    expect(result.differences, storyOf(result)).toEqual([]);
  });
});
