import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLines } from '../../worker/temporal/process-identity.js';
import { firebreak, freePort, surroundings } from './site.js';

const SANDBOX = readFileSync(new URL('../../sandbox/firebreak.yaml', import.meta.url), 'utf8');

/** What the sandbox's settings refer to, with values of the right shape. */
function filled(): Record<string, string> {
  const names = [...SANDBOX.matchAll(/env:(FIREBREAK_SANDBOX_\w+)/g)].map(([, name]) => name as string);
  const values: Record<string, string> = {
    FIREBREAK_SANDBOX_KEY: Buffer.alloc(32, 1).toString('base64'),
    FIREBREAK_SANDBOX_SIEM_HOOK: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  };
  return Object.fromEntries(names.map((name) => [name, values[name] ?? `http://127.0.0.1:1/${name}`]));
}

describe('firebreak start', () => {
  let folder: string;
  let holder: Server | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firebreak-refused-'));
  });
  afterEach(async () => {
    if (holder !== undefined) await new Promise((resolve) => holder?.close(resolve));
    holder = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}) =>
    firebreak(['start', '--data', join(folder, 'data')], { env: { ...surroundings(), ...env }, cwd: folder });
  const write = (settings: string) => writeFileSync(join(folder, 'firebreak.yaml'), settings);
  /** Twins and Temporal servers that work in this test's folder, or were started by somebody who did. */
  const left = () => commandLines().filter(({ args }) => args.some((one) => one.includes(folder)));
  const twins = () => commandLines().filter(({ args }) => args.some((one) => one.endsWith('dist/sandbox/main.js')));

  it('says without settings what is missing, offers the demo, and starts no twin', async () => {
    const before = twins().map(({ pid }) => pid);
    const { code, out, err } = await start();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`There are no settings at ${join(folder, 'firebreak.yaml')}`);
    expect(err).toContain('firebreak demo');
    expect(twins().filter(({ pid }) => !before.includes(pid))).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('names everything that is not set, in one report, before anything starts', async () => {
    write(SANDBOX);
    const { FIREBREAK_SANDBOX_SMTP: _, FIREBREAK_SANDBOX_VAULT_TOKEN: __, ...env } = filled();
    const { code, err } = await start(env);
    expect(code).toBe(2);
    const lines = err.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/firebreak\.yaml:\d+:\d+ .*FIREBREAK_SANDBOX_VAULT_TOKEN is not set/),
      expect.stringMatching(/firebreak\.yaml:\d+:\d+ .*FIREBREAK_SANDBOX_SMTP is not set/),
    ]);
    expect(left()).toEqual([]);
  });

  it('names mistakes by line and column, all at once', async () => {
    write(SANDBOX.replace('mode: act', 'mode: atc').replace('within: 4h', 'within: 4 hours'));
    const { code, err } = await start(filled());
    expect(code).toBe(2);
    const place = (text: string) => SANDBOX.slice(0, SANDBOX.indexOf(text)).split('\n').length;
    expect(err).toMatch(new RegExp(`firebreak\\.yaml:${place('mode: act')}:\\d+ .*Did you mean act\\?`));
    expect(err).toMatch(new RegExp(`firebreak\\.yaml:${place('within: 4h')}:\\d+ .*takes a time`));
  });

  it('says that its data folder cannot be made', async () => {
    write(SANDBOX);
    writeFileSync(join(folder, 'data'), 'a file');
    const { code, err } = await start(filled());
    expect(code).toBe(2);
    expect(err.trim()).toBe(
      `The data folder ${join(folder, 'data')} cannot be made (EEXIST). Name another with --data.`,
    );
  });

  it('says that its port is taken and where it is written', async () => {
    const port = await freePort();
    holder = createServer().listen(port, '127.0.0.1');
    write(SANDBOX.replace('listen: 127.0.0.1:8080', `listen: 127.0.0.1:${port}`));
    const { code, err } = await start(filled());
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^127\\.0\\.0\\.1:${port} is taken by .*api\\.listen, firebreak\\.yaml:\\d+`));
    expect(left()).toEqual([]);
  });

  it('says that a sealing key has the wrong length, without the key', async () => {
    const port = await freePort();
    write(SANDBOX.replace('listen: 127.0.0.1:8080', `listen: 127.0.0.1:${port}`));
    const short = Buffer.alloc(16, 7).toString('base64');
    const { code, err } = await start({ ...filled(), FIREBREAK_SANDBOX_KEY: short });
    expect(code).toBe(2);
    expect(err).toContain('encryption key sandbox (env:FIREBREAK_SANDBOX_KEY) has 16 bytes; it needs 32');
    expect(err).not.toContain(short);
    expect(left()).toEqual([]);
  });
});
