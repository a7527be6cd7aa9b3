import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CliError } from '../../../worker/cli/exit-codes.js';
import type { Io } from '../../../worker/cli/io.js';
import { main } from '../../../worker/cli/main.js';
import { type Run, VERBS, type VerbContext } from '../../../worker/cli/verbs.js';
import { SettingsError } from '../../../worker/settings/problem.js';
import { TemporalError } from '../../../worker/temporal/temporal-error.js';

const root = join(import.meta.dirname, '..', '..', '..');

/** Runs a command line in this process; `run` stands for whichever verb it names. */
async function firebreak(line: string[], run?: Run, env: Io['env'] = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const loaded: string[] = [];
  const io: Io = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    stdin: Readable.from([]),
    isTTY: false,
    env: { HOME: '/home/sam', ...env },
    cwd: '/srv',
    colour: false,
  };
  const code = await main(line, io, async (verb) => {
    loaded.push(verb);
    return run;
  });
  return { code, out: out.join('\n'), err: err.join('\n'), loaded };
}

describe('the command line', () => {
  it.each([
    [['stauts'], 'I don\'t know "stauts". Did you mean status?'],
    [['xyzzy'], 'I don\'t know "xyzzy". `firebreak --help` lists the verbs.'],
    [['help', 'list'], '`firebreak --help` lists the verbs, `firebreak <verb> --help` explains one.'],
    [['list', '--al'], "Unknown option '--al'. Did you mean --all?"],
    [['status'], "Missing required argument 'incident'. See `firebreak status --help`."],
    [['list', 'INC-1'], "Too many arguments for 'list'. Expected 0 arguments but got 1. See `firebreak list --help`."],
    [['cancel', 'INC-1'], "Required option '--why <text>' not specified. See `firebreak cancel --help`."],
    [[], 'Which verb? `firebreak --help` lists them.'],
  ])('refuses %j in one sentence that says what to do', async (line, sentence) => {
    const answer = await firebreak(line, async () => 0);
    expect(answer).toMatchObject({ code: 2, out: '', err: sentence, loaded: [] });
  });

  it('refuses a word that is none of the choices and lists them', async () => {
    const { code, err } = await firebreak(['decide', 'INC-1', 'maybe'], async () => 0);
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are yes, no, not-yet, done.');
  });

  it('names a verb that this build lacks', async () => {
    expect(await firebreak(['start'])).toMatchObject({
      code: 2,
      err: 'start is not part of this build of Firebreak yet.',
    });
  });

  it('gives the code and the sentence of a refusal, and no stack', async () => {
    const refuse: Run = async () => {
      throw new CliError(4, 'You started INC-142, so someone else has to decide.');
    };
    const { code, err } = await firebreak(['decide', 'INC-142', 'yes'], refuse);
    expect(code).toBe(4);
    expect(err).toBe('You started INC-142, so someone else has to decide.');
  });

  it.each([
    [
      new SettingsError([
        { file: 'firebreak.yaml', line: 3, column: 1, severity: 'error', message: 'x is missing', fix: 'Write x' },
      ]),
      2,
      'firebreak.yaml:3:1 x is missing. Write x.',
    ],
    [
      new TemporalError('no-go', 'The Temporal CLI is not here; install Go.'),
      3,
      'The Temporal CLI is not here; install Go.',
    ],
  ])('passes on what the house says clearly: %s', async (error, exitCode, sentence) => {
    const fail: Run = async () => {
      throw error;
    };
    expect(await firebreak(['start'], fail)).toMatchObject({ code: exitCode, err: sentence });
  });

  it('says a refusal as JSON when asked for JSON', async () => {
    const refuse: Run = async () => {
      throw new CliError(3, 'Nothing listens.');
    };
    const { err } = await firebreak(['list', '--json'], refuse);
    expect(JSON.parse(err)).toEqual({ error: { exitCode: 3, message: 'Nothing listens.' } });
  });

  it('shows the stack and the cause of an unforeseen error only when debugging', async () => {
    const broken: Run = async () => {
      throw new TypeError('x is not a function', { cause: new Error('the cause') });
    };
    const quiet = await firebreak(['list'], broken);
    expect(quiet).toMatchObject({ code: 1 });
    expect(quiet.err).not.toContain('at ');
    const debug = await firebreak(['list'], broken, { FIREBREAK_DEBUG: '1' });
    expect(debug.err).toMatch(/TypeError: x is not a function\n {4}at [\s\S]*caused by Error: the cause/);
  });

  it('hands over arguments in order and options with their defaults', async () => {
    let seen: VerbContext | undefined;
    const look: Run = async (context) => {
      seen = context;
      return 1;
    };
    const { code, loaded } = await firebreak(
      ['--json', 'open', 'aws-access-key', 'AKIA1', '--secret-stdin', '--data', 'here'],
      look,
      { FIREBREAK_URL: 'http://10.0.0.1:8080' },
    );
    expect(code).toBe(1);
    expect(loaded).toEqual(['open']);
    expect(seen?.args).toEqual(['aws-access-key', 'AKIA1']);
    expect(seen?.options).toMatchObject({
      exposure: 'unknown',
      secretStdin: true,
      json: true,
      url: 'http://10.0.0.1:8080',
      settings: '/srv/firebreak.yaml',
      data: '/srv/here',
    });
  });

  it('keeps its data in the XDG folder of the user when nothing else is said', async () => {
    let data: unknown;
    const look: Run = async ({ options }) => {
      data = options.data;
      return 0;
    };
    await firebreak(['list'], look);
    expect(data).toBe('/home/sam/.local/share/firebreak');
    await firebreak(['list'], look, { XDG_DATA_HOME: '/xdg' });
    expect(data).toBe('/xdg/firebreak');
  });

  it('lists every verb in the help', async () => {
    const { code, out } = await firebreak(['--help']);
    expect(code).toBe(0);
    for (const verb of VERBS) expect(out).toContain(`  ${verb.name} `);
  });

  it.each(VERBS.map((verb) => verb.name))('explains %s with its options, examples and exit codes', async (name) => {
    const verb = VERBS.find((candidate) => candidate.name === name);
    const { code, out, loaded } = await firebreak([name, '--help']);
    expect(code).toBe(0);
    expect(loaded).toEqual([]);
    for (const option of verb?.options ?? []) expect(out).toContain(option.flags);
    expect(out).toContain(`  firebreak ${name}`);
    expect(out).toContain('Exit codes:\n  0  done');
  });

  it.each(VERBS.flatMap((verb) => verb.examples))('accepts its own example: %s', async (example) => {
    const words = [
      ...example
        .split(' < ')[0]!
        .split(' > ')[0]!
        .matchAll(/"([^"]*)"|(\S+)/g),
    ].map((m) => m[1] ?? m[2]!);
    expect(await firebreak(words, async () => 0)).toMatchObject({ code: 0, err: '' });
  });
});

const built = join(root, 'dist', 'worker', 'cli', 'main.js');
describe.skipIf(!existsSync(built))('the built command line', () => {
  it('explains itself in under 0.3 s', () => {
    const times = [1, 2, 3].map(() => {
      const begin = performance.now();
      const { status } = spawnSync(process.execPath, [built, '--help']);
      expect(status).toBe(0);
      return performance.now() - begin;
    });
    expect(Math.min(...times)).toBeLessThan(300);
  });
});

it('reaches every file that looks like a verb', () => {
  const folder = join(root, 'worker', 'cli');
  const runs = readdirSync(folder).filter(
    (file) =>
      file.endsWith('.ts') && /^export (async function|const) run\b/m.test(readFileSync(join(folder, file), 'utf8')),
  );
  const named = VERBS.map((verb) => `${verb.name}.ts`);
  expect(
    runs.filter((file) => !named.includes(file)),
    'add it to worker/cli/verbs.ts',
  ).toEqual([]);
});
