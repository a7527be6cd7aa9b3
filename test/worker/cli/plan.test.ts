import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AwsTwin, startAwsTwin } from '../../../sandbox/aws/start-aws-twin.js';
import { emptyFolder, type Ran, runVerb } from '../cases/run-verb.js';

const settings = readFileSync(new URL('../../../sandbox/firebreak.yaml', import.meta.url), 'utf8');

describe('firebreak plan', () => {
  let folder: string;
  let twin: AwsTwin;
  let env: Record<string, string>;
  const plan = (...line: string[]): Promise<Ran> => runVerb(folder, ['plan', ...line, '--data', 'data'], { env });
  const keyOf = (name: string, tags: Record<string, string> = {}) => {
    twin.addUser({ name, tags, allow: [] });
    return twin.addKey(name);
  };

  beforeEach(async () => {
    folder = emptyFolder();
    writeFileSync(join(folder, 'firebreak.yaml'), settings);
    twin = await startAwsTwin();
    twin.addUser({ name: 'firebreak', allow: ['iam:*', 'sts:*'] });
    const { id, secret } = twin.addKey('firebreak');
    env = {
      FIREBREAK_SANDBOX_AWS: twin.url,
      FIREBREAK_SANDBOX_AWS_KEY_ID: id,
      FIREBREAK_SANDBOX_AWS_SECRET: secret,
    };
  });
  afterEach(() => twin.close());

  it('shows facts with their source, steps, gates and why, and changes and records nothing', async () => {
    const { id } = keyOf('svc-hot-wallet', { team: 'payments' });
    const { code, out, err } = await plan('aws-access-key', id, '--exposure', 'public');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Preview · aws-access-key · mode act$/m);
    expect(out).toMatch(/environment {4}production +from firebreak\.yaml:\d+ aws_account/);
    expect(out).toMatch(/criticality {4}critical /);
    expect(out).toMatch(/owner {10}payments +from .*aws_tag team/);
    expect(out).toMatch(/exposure {7}public +from --exposure/);
    expect(out).toMatch(/1 {2}Freeze AKIA….*\n +asks 1 of security-on-call, 3m\n +on silence it runs/);
    expect(out).toMatch(/because the page asks · policy destroy: production/);
    expect(out).toMatch(/undo: none, this is for good/);
    expect(out).toMatch(/needs iam:ListAccessKeys, iam:DeleteAccessKey/);
    expect(out).toMatch(/Nothing was changed, and no incident was opened\.$/);
    expect(twin.writes()).toEqual([]);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('says that nothing will be touched where settings protect it', async () => {
    const { id } = keyOf('break-glass-1');
    expect((await plan('aws-access-key', id)).out).toMatch(/break-glass-1 is protected \(firebreak\.yaml:\d+.*\)/);
  });

  it('binds with what is not known, and asks nobody, when offline', async () => {
    const { code, out } = await plan('aws-access-key', 'AKIA2222222222222222', '--offline');
    expect(code).toBe(0);
    expect(out).toMatch(/account +unknown/);
    expect(out).toMatch(/mode observe/);
    expect(out).toMatch(/its provider was not asked/);
    expect(twin.counts().requests).toEqual({});
  });

  it('gives programs the plan as JSON', async () => {
    const { id } = keyOf('svc-payouts', { team: 'payments' });
    const { out } = await plan('aws-access-key', id, '--json');
    expect(JSON.parse(out)).toMatchObject({
      plan: { ir: 1, credential: { id, name: 'svc-payouts' }, facts: { owner: { value: 'payments' } } },
      state: 'active',
      remarks: expect.any(Array),
    });
  });

  it('needs no provider for what people do by hand', async () => {
    const { code, out } = await plan('manual', 'stripe-live-7');
    expect(code).toBe(0);
    expect(out).toMatch(/id +stripe-live-7/);
    expect(twin.counts().requests).toEqual({});
  });

  it('says that the provider cannot be reached, and ends with 3', async () => {
    const { id } = keyOf('svc-payouts');
    await twin.close();
    const { code, out, err } = await plan('aws-access-key', id);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/cannot .*unavailable/);
  });

  it('says that a dead or unknown key would be nothing to respond to, and ends with 1', async () => {
    const { code, err } = await plan('aws-access-key', 'AKIA2222222222222222');
    expect(code).toBe(1);
    expect(err).toMatch(/would close as benign/);
  });

  it.each([
    [['aws-acces-key', 'AKIA2222222222222222'], /There is no playbook aws-acces-key\. Did you mean aws-access-key\?/],
    [['no-such.yaml', 'AKIA2222222222222222'], /There is no file or folder no-such\.yaml/],
    [['aws-access-key', 'not a key'], /not an AWS access key id/],
    [
      ['aws-access-key', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
      /looks like an AWS secret access key\. Nothing was sent/,
    ],
    [['aws-access-key', 'AKIA2222222222222222', '--settings', 'nowhere.yaml'], /There is no settings file here/],
  ])('calls %j wrong usage', async (line, sentence) => {
    const { code, out, err } = await plan(...line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err).not.toContain('wJalrXUtnFEMI');
  });

  it('says what to do where there are no settings', async () => {
    const { code, err } = await runVerb(emptyFolder(), ['plan', 'aws-access-key', 'AKIA2222222222222222']);
    expect(code).toBe(2);
    expect(err).toMatch(/There are no settings.*--offline/);
  });
});
