import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { spec as aws } from '../../activities/connectors/aws-access-key/spec.js';
import { bind } from '../../playbooks/language/bind.js';
import { readPage } from '../../playbooks/language/page.js';
import { formatProblems } from '../../playbooks/language/problem.js';
import { playbookSchema } from '../../playbooks/language/schema.js';
import { catalogueOf } from '../../playbooks/language/verbs.js';
import { MODES } from '../../playbooks/language/words.js';
import { CREDENTIAL, facts } from './language/kinds-for-tests.js';

const catalogue = catalogueOf([aws]);
const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const PAGES = readdirSync(new URL('playbooks/', root)).filter((name) => name.endsWith('.yaml'));

describe.each(PAGES)('%s', (file) => {
  const loaded = () => readPage(read(`playbooks/${file}`), `playbooks/${file}`, catalogue);

  it('has no mistakes and no warnings', () => {
    expect(formatProblems(loaded().problems)).toBe('');
  });

  it('binds in every mode, for every mix of facts', () => {
    const { page } = loaded();
    for (const mode of MODES) {
      for (const criticality of ['critical', 'normal', 'unknown']) {
        for (const exposure of ['public', 'internal', 'unknown']) {
          const some = facts({ criticality, exposure, owner: 'unknown', environment: 'default' });
          const input = { incident: 'INC-1', credential: CREDENTIAL, facts: some, mode, policy: {}, catalogue };
          expect(bind(page!, input).steps.length).toBeGreaterThan(0);
        }
      }
    }
  });

  it('has cases for what goes wrong', () => {
    const cases = loaded().page!.cases.map(({ given, people, after }) => JSON.stringify({ given, people, after }));
    const hand = loaded().page!.kind === 'manual';
    for (const story of ['"deny"', '"silent"', '"false_alarm"', '"wrong_key"', '"second_alert"', '"owner":"unknown"']) {
      expect(
        cases.some((one) => one.includes(story)),
        story,
      ).toBe(true);
    }
    for (const story of hand ? [] : ['"scan_logs.verdict":"inconclusive"', '"disable":"permission-denied"']) {
      expect(
        cases.some((one) => one.includes(story)),
        story,
      ).toBe(true);
    }
  });
});

it('the schema for editors is the one of the verbs there are', () => {
  const fresh = `${JSON.stringify(playbookSchema(catalogue), null, 2)}\n`;
  expect(read('docs/playbook.schema.json'), 'write playbookSchema(catalogue) into docs/playbook.schema.json').toBe(
    fresh,
  );
});
