import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyFolder, type Ran, runVerb } from '../cases/run-verb.js';

const GOOD = `playbook: small
for: aws-access-key
summary: Freeze a key.
contain:
  - do: disable
  - prove: contained
close:
  - do: revoke
    ask: Delete <credential>?
    from: { treasury: 1 }
  - prove: dead
cases:
  - { name: silence deletes nothing, people: { revoke: silent }, expect: { incident: held } }
`;
const BAD = GOOD.replace('do: disable', 'do: disabel').replace('prove: dead', 'prove: deat').replace('small', 'broken');

const SETTINGS = `version: 1
company: Acme
encryption: { keys: [ { id: one, from: env:KEY } ] }
people: { sam: { mail: sam@acme.example } }
roles: { security-on-call: { people: [sam] } }
environments: { default: { mode: act } }
connectors: { aws-access-key: { accounts: { "111122223333": { role: "arn:aws:iam::111122223333:role/firebreak" } } } }
`;

describe('firebreak lint', () => {
  let folder: string;
  const lint = (line: string[], stdin = ''): Promise<Ran> => runVerb(folder, ['lint', ...line], { stdin });
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text);

  beforeEach(() => {
    folder = emptyFolder();
  });

  it('tells every mistake of every page at once, by line and with its fix, and ends with 1', async () => {
    put('broken.yaml', BAD);
    put('small.yaml', GOOD);
    const { code, out } = await lint(['broken.yaml', 'small.yaml']);
    expect(code).toBe(1);
    expect(out).toMatch(/^broken\.yaml:5:9 FB06 .*disabel.* Did you mean disable\?$/m);
    expect(out).toMatch(/^broken\.yaml:11:12 FB06 .*deat.* Did you mean dead\?$/m);
    expect(out).toMatch(/2 pages: \d mistakes\.$/);
  });

  it('takes a folder, and a page from standard input', async () => {
    mkdirSync(join(folder, 'pages'));
    put('pages/broken.yaml', BAD);
    expect((await lint(['pages'])).out).toMatch(/^pages\/broken\.yaml:5:9 /);
    expect((await lint(['-'], BAD)).out).toMatch(/^-:5:9 /);
    expect((await lint(['-'], GOOD)).code).toBe(0);
  });

  it('knows the roles of the settings, and tells the mistakes of the settings in the same report', async () => {
    put('firebreak.yaml', SETTINGS);
    put('small.yaml', GOOD);
    const { code, out } = await lint(['small.yaml']);
    expect(code).toBe(1);
    expect(out).toMatch(/small\.yaml:10:\d+ FB06 .*no role treasury/);

    put('firebreak.yaml', SETTINGS.replace('company', 'compayn'));
    const both = await lint(['small.yaml']);
    expect(both.code).toBe(1);
    expect(both.out).toMatch(/firebreak\.yaml:2:\d+ .*compayn/);
  });

  it('gives programs the problems as JSON', async () => {
    put('broken.yaml', BAD);
    const { code, out } = await lint(['broken.yaml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      files: ['broken.yaml'],
      problems: expect.arrayContaining([expect.objectContaining({ code: 'FB06', line: 5, severity: 'error' })]),
    });
  });

  it('ends well on the pages that come with Firebreak, where nothing is named', async () => {
    expect(await lint([])).toEqual({ code: 0, out: '3 pages: no mistakes.', err: '' });
  });

  it.each([
    [['no-such.yaml'], /There is no file or folder no-such\.yaml\./],
    [['.'], /The folder \. holds no playbook/],
  ])('calls %j wrong usage', async (line, sentence) => {
    const { code, out, err } = await lint(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
  });

  it('calls settings that were named and are not there a mistake', async () => {
    const { code, out } = await lint(['--settings', 'nowhere.yaml']);
    expect(code).toBe(1);
    expect(out).toMatch(/nowhere\.yaml:1:1 There is no settings file here/);
  });

  it('prints the schema for editors', async () => {
    const { code, out } = await lint(['--schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty('$schema');
  });
});
