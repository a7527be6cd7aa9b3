import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, type Ran, runVerb } from '../cases/run-verb.js';

const manual = readFileSync(new URL('../../../playbooks/manual.yaml', import.meta.url), 'utf8');
const steps = manual.slice(0, manual.indexOf('cases:\n'));
const RIGHT = '  - { name: a no deletes nothing, people: { revoke: deny }, expect: { credential: inactive } }\n';
const WRONG = '  - { name: silence deletes it, people: { revoke.ask: silent }, expect: { credential: gone } }\n';

describe('firebreak test', () => {
  let folder: string;
  const test = (line: string[]): Promise<Ran> => runVerb(folder, ['test', ...line]);
  const put = (cases: string) => writeFileSync(join(folder, 'pages', 'manual.yaml'), `${steps}cases:\n${cases}`);

  beforeEach(() => {
    folder = emptyFolder();
    mkdirSync(join(folder, 'pages'));
  });

  it('tells a line for each case and the whole story of one that went differently, and ends with 1', async () => {
    put(WRONG + RIGHT);
    const { code, out } = await test(['pages']);
    expect(code).toBe(1);
    const lines = out.split('\n');
    expect(lines[0]).toBe('FAIL  manual · silence deletes it (04:04:00)');
    expect(lines[1]).toBe('  credential: expected gone, seen inactive');
    expect(out).toMatch(/^ {4}\+04:04:00 {2}INC-1 · unanswered · close\.revoke\.ask · nobody answered/m);
    expect(out).toMatch(/^ok {4}manual · a no deletes nothing \(/m);
    expect(lines.at(-1)).toBe('1 of 2 cases passed.');
  });

  it('ends well when all pass, and runs only what is asked for', async () => {
    put(WRONG + RIGHT);
    const { code, out } = await test(['pages/manual.yaml', '--case', 'a no']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {4}manual · a no deletes nothing .*\n1 of 1 cases passed\.$/);
  });

  it('gives programs the results as JSON', async () => {
    put(WRONG + RIGHT);
    const { code, out } = await test(['pages', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      passed: 1,
      failed: 1,
      cases: [
        { page: 'manual', name: 'silence deletes it', passed: false, differences: [expect.any(String)] },
        { name: 'a no deletes nothing', passed: true, differences: [] },
      ],
    });
  });

  it('plays under the roles, people and gates of the settings', async () => {
    const settings = `version: 1
company: Acme
encryption: { keys: [ { id: one, from: env:KEY } ] }
people:
  ida: { mail: ida@acme.example, teams: [shop] }
  bo: { mail: bo@acme.example }
  cy: { mail: cy@acme.example }
roles:
  security-on-call: { people: [bo, cy] }
  service-owner: { of: owner }
owners: [ { default: shop } ]
policy: { contain: { any: { from: { security-on-call: 1 } } } }
environments: { default: { mode: act } }
connectors: { aws-access-key: { accounts: { "111122223333": { role: "arn:aws:iam::111122223333:role/firebreak" } } } }
`;
    writeFileSync(join(folder, 'firebreak.yaml'), settings);
    put(
      '  - { name: a gate of the team, people: { disable.ask: deny }, expect: { asked: [disable], credential: gone } }\n',
    );
    const { code, out, err } = await test(['pages']);
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(out).toMatch(/credential: expected gone, seen active/);
    expect(out).toMatch(/denied · contain\.disable\.ask · .*bo said no/);
    expect(out).not.toMatch(/asked: expected/);
  });

  it('runs nothing of a page with mistakes, and tells them', async () => {
    put(RIGHT.replace('people', 'poeple'));
    const { code, out, err } = await test(['pages']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/manual\.yaml:\d+:\d+ FB06 .*poeple/);
  });

  it.each([
    [['no-such.yaml'], /There is no file or folder/],
    [['pages', '--case', 'nothing like it'], /No case has a name that holds "nothing like it"/],
    [['pages', '--settings', 'nowhere.yaml'], /There is no settings file here/],
  ])('calls %j wrong usage', async (line, sentence) => {
    put(RIGHT);
    const { code, err } = await test(line);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
  });
});
