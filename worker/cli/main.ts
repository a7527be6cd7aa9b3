#!/usr/bin/env node
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import { SettingsError } from '../settings/problem.js';
import { TemporalError } from '../temporal/temporal-error.js';
import { CliError, EXIT_CODE_LINES, EXIT_CODES } from './exit-codes.js';
import { type Io, processIo } from './io.js';
import {
  ENVIRONMENT,
  GLOBAL_OPTIONS,
  type GlobalOptions,
  GROUPS,
  type Options,
  type Run,
  VERBS,
  type Verb,
  type VerbOption,
} from './verbs.js';

/**
 * Runs one command line and resolves to its exit code; never throws, never ends the process. `load` gives a verb's
 * code, undefined when this build has none; only the verb that is asked for is loaded.
 */
export async function main(argv: readonly string[], io: Io, load: typeof loadVerb = loadVerb): Promise<number> {
  let code: number = EXIT_CODES.ok;
  const program = describe(io, async (verb, args, options) => {
    const run = await load(verb.name);
    if (!run) throw new CliError(EXIT_CODES.usage, `${verb.name} is not part of this build of Firebreak yet.`);
    code = await run({ args, options: { ...options, ...globalOptions(options, io) }, io });
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return tell(error, argv, io);
  }
}

async function loadVerb(name: string): Promise<Run | undefined> {
  const here = dirname(fileURLToPath(import.meta.url));
  const file = ['.js', '.ts'].map((ending) => join(here, name + ending)).find((candidate) => existsSync(candidate));
  if (!file) return undefined;
  const module = (await import(pathToFileURL(file).href)) as { run: Run };
  return module.run;
}

type Act = (verb: Verb, args: string[], options: Record<string, string | boolean | undefined>) => Promise<void>;

function describe(io: Io, act: Act): Command {
  const program = new Command('firebreak')
    .description('Incident response for leaked credentials: contained, replaced, proven dead, documented.')
    .usage('<verb> [arguments] [options]')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'explain firebreak, or a verb')
    .helpCommand(false)
    .addHelpText('after', `\n${environmentText()}\n\n${exitText()}`);
  settle(program, io);
  for (const option of GLOBAL_OPTIONS) program.addOption(optionOf(option));
  for (const group of GROUPS) {
    program.commandsGroup(`${group}:`);
    for (const verb of VERBS.filter((candidate) => candidate.group === group)) addVerb(program, verb, io, act);
  }
  return program;
}

function addVerb(program: Command, verb: Verb, io: Io, act: Act): void {
  const command = program
    .command(verb.name)
    .summary(verb.summary)
    .description(verb.description ? `${verb.summary}\n${verb.description}` : verb.summary)
    .helpOption('--help', 'explain this verb')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${examplesText(verb)}\n\n${exitText(verb.exitCodes)}`);
  settle(command, io);
  for (const argument of verb.arguments) {
    const name = argument.many ? `${argument.name}...` : argument.name;
    const described = new Argument(argument.required ? `<${name}>` : `[${name}]`, argument.summary);
    command.addArgument(argument.choices ? described.choices(argument.choices) : described);
  }
  for (const option of verb.options) command.addOption(optionOf(option));
  command.action(() => act(verb, command.args, command.optsWithGlobals()));
}

function optionOf(option: VerbOption): Option {
  const described = new Option(option.flags, option.summary);
  if (option.choices) described.choices(option.choices);
  if (option.default !== undefined) described.default(option.default);
  return described.makeOptionMandatory(option.required === true);
}

/** Commander may neither print errors nor end the process: `tell` does the first, nobody the second. */
function settle(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: () => {},
    outputError: () => {},
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => 110,
  });
}

function globalOptions(given: Record<string, unknown>, io: Io): GlobalOptions {
  const text = (name: string, variable: string) => (given[name] as string | undefined) ?? io.env[variable];
  const home = io.env.XDG_DATA_HOME || join(io.env.HOME || homedir(), '.local', 'share');
  return {
    settings: resolve(io.cwd, text('settings', 'FIREBREAK_SETTINGS') ?? 'firebreak.yaml'),
    data: resolve(io.cwd, text('data', 'FIREBREAK_DATA') ?? join(home, 'firebreak')),
    url: text('url', 'FIREBREAK_URL') ?? 'http://127.0.0.1:8080',
    json: given.json === true,
  } satisfies Partial<Options>;
}

/** Says what went wrong in sentences, as JSON if asked to, and gives the exit code. */
function tell(error: unknown, argv: readonly string[], io: Io): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok;
  const { code, message } = reading(error, argv);
  if (argv.includes('--json')) io.err(JSON.stringify({ error: { exitCode: code, message } }));
  else io.err(message);
  if (io.env.FIREBREAK_DEBUG === '1' && !(error instanceof CommanderError)) io.err(stackOf(error));
  return code;
}

function reading(error: unknown, argv: readonly string[]): { code: number; message: string } {
  if (error instanceof CommanderError) return { code: EXIT_CODES.usage, message: usageMessage(error, argv) };
  if (error instanceof CliError) return { code: error.exitCode, message: error.message };
  if (error instanceof SettingsError) return { code: EXIT_CODES.usage, message: error.message };
  if (error instanceof TemporalError) return { code: EXIT_CODES.unreachable, message: error.message };
  const what = error instanceof Error ? error.message : String(error);
  return { code: EXIT_CODES.failed, message: `${what}\nSet FIREBREAK_DEBUG=1 to see where this came from.` };
}

function usageMessage(error: CommanderError, argv: readonly string[]): string {
  if (error.code === 'commander.help') return 'Which verb? `firebreak --help` lists them.';
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n');
  const unknown = /^unknown command '(.*)'$/.exec(first)?.[1];
  if (unknown === 'help') return '`firebreak --help` lists the verbs, `firebreak <verb> --help` explains one.';
  const sentence =
    unknown === undefined ? `${first[0]?.toUpperCase()}${first.slice(1)}.` : `I don't know "${unknown}".`;
  const verb = VERBS.find(({ name }) => argv.includes(name))?.name;
  const help = verb ? `See \`firebreak ${verb} --help\`.` : '`firebreak --help` lists the verbs.';
  return [sentence.replace(/\.\.$/, '.'), suggestion.replace(/^\(|\)$/g, '') || help].join(' ');
}

function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return lines.join('\ncaused by ');
}

function environmentText(): string {
  return ['Environment:', ...ENVIRONMENT.map(([name, meaning]) => `  ${name.padEnd(27)}  ${meaning}`)].join('\n');
}

function examplesText(verb: Verb): string {
  return ['Examples:', ...verb.examples.map((line) => `  firebreak ${line}`)].join('\n');
}

function exitText(codes: readonly number[] = Object.values(EXIT_CODES)): string {
  return [
    'Exit codes:',
    ...codes.map((code) => `  ${code}  ${EXIT_CODE_LINES[code as keyof typeof EXIT_CODE_LINES]}`),
  ].join('\n');
}

function version(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
}

const started = process.argv[1];
if (started && existsSync(started) && realpathSync(started) === fileURLToPath(import.meta.url)) {
  const code = await main(process.argv.slice(2), processIo());
  // what is on its way into a pipe is lost by an exit on some systems
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}
