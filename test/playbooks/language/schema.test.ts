import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { playbookSchema } from '../../../playbooks/language/schema.js';
import { CATALOGUE } from './kinds-for-tests.js';

const check = () => z.fromJSONSchema(playbookSchema(CATALOGUE) as Parameters<typeof z.fromJSONSchema>[0]);
const page = (name: string) => readFileSync(new URL(`../../../playbooks/${name}.yaml`, import.meta.url), 'utf8');

describe('the schema for editors', () => {
  it.each(['aws-access-key', 'manual', 'alert-storm'])('takes the page %s', (name) => {
    expect(check().safeParse(parse(page(name))).error?.message).toBeUndefined();
  });

  it.each([
    ['a misspelt verb', 'do: disable', 'do: disabel'],
    ['a misspelt key', 'ask: Delete', 'aks: Delete'],
    ['a question about a look', 'do: scan_logs', 'do: scan_logs\n    ask: May we?'],
    ['a time that is none', 'do: scan_logs', 'do: scan_logs\n    since: 2 weeks'],
    ['a phase that is none', 'recover:', 'recovr:'],
    ['an unknown outcome', 'incident: held', 'incident: hold'],
    ['an answer nobody gives', 'revoke: silent', 'revoke: maybe'],
  ])('shows %s in red', (_what, find, replacement) => {
    const text = page('aws-access-key');
    expect(text).toContain(find);
    expect(check().safeParse(parse(text.replace(find, replacement))).success).toBe(false);
  });

  it('is plain JSON that names every verb once', () => {
    const schema = playbookSchema(CATALOGUE);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    const verbs = JSON.stringify(schema).match(/"do":\{"const":"[a-z_]+"/g) ?? [];
    expect(new Set(verbs).size).toBe(verbs.length);
    expect(verbs).toHaveLength(12);
  });
});
