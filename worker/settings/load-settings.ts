import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { crossCheck } from './cross-check.js';
import { kindOf } from './leaf.js';
import { SettingsError, type SettingsProblem } from './problem.js';
import { isReadableByAll, Reference, type SecretRef, type TextRef } from './reference.js';
import type { Settings } from './settings.js';
import { settingsOf } from './settings-of.js';
import { written } from './written.js';
import { type Path, readYaml } from './yaml-file.js';

/** Kinds that logs may be said to know. */
const KINDS = ['aws-access-key'];

/** `settings` is there unless one of the problems is an error. */
export interface Loaded {
  settings?: Settings;
  /** In the order of the file. */
  problems: SettingsProblem[];
}

/**
 * Reads and checks a settings file, offline: references are not resolved. `env` is what they will be resolved from.
 * Never throws; a file that is not there is a problem like others.
 */
export function loadSettings(file: string, env: Record<string, string | undefined>): Loaded {
  const problems: SettingsProblem[] = [];
  const done = (settings?: Settings): Loaded => {
    const failed = problems.some(({ severity }) => severity === 'error');
    const rank = (problem: SettingsProblem) => (problem.file === file ? '' : problem.file);
    problems.sort((a, b) => rank(a).localeCompare(rank(b)) || a.line - b.line || a.column - b.column);
    return settings && !failed ? { settings, problems } : { problems };
  };

  const text = contentOf(file);
  if (typeof text !== 'string') {
    problems.push({ file, line: 1, column: 1, severity: 'error', ...text });
    return done();
  }
  const yaml = readYaml(file, text);
  problems.push(...yaml.problems);
  if (yaml.problems.length > 0) return done();

  const tell = (path: Path, message: string, fix: string, severity: SettingsProblem['severity'] = 'error') => {
    const sentence = path.length === 0 ? message : `${nameOf(path)} ${message}`;
    problems.push({ file, ...yaml.place(path), severity, message: sentence, fix });
  };
  const around = { env, folder: dirname(resolve(file)) };
  const read = written(around).safeParse(yaml.value ?? {}, { reportInput: true });
  for (const issue of read.error?.issues ?? []) tellIssue(issue, tell);
  crossCheck(yaml.value, KINDS, tell);
  if (!read.success) return done();

  const references = placeReferences(read.data, file, yaml.place);
  const where = (...path: Path) => `${basename(file)}:${yaml.place(path).line}`;
  const settings = settingsOf(read.data, { file, folder: around.folder, references, where, tell, problems });
  for (const reference of references) {
    if (reference.path && isReadableByAll(reference.path)) {
      const { path, ...place } = reference.written;
      const message = `${path}: everybody on this machine may read ${reference.path}`;
      problems.push({ ...place, severity: 'warning', message, fix: `Run \`chmod 600 ${reference.path}\`` });
    }
  }
  return done(settings);
}

/** Resolves every reference once and throws one SettingsError that names all that give nothing, in the file's order. For processes that start. */
export function resolveAll(settings: Settings): void {
  const problems = settings.references.flatMap((reference) => {
    try {
      reference.resolve();
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    }
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  if (problems.length > 0) throw new SettingsError(problems);
}

function contentOf(file: string): string | Pick<SettingsProblem, 'message' | 'fix'> {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT'
      ? { message: 'There is no settings file here', fix: 'Write one, or name it with `--settings <file>`' }
      : { message: `The settings file cannot be read (${code})`, fix: 'Let the user that runs Firebreak read it' };
  }
}

/** Sections that must be there, as one begins them. */
const EXAMPLES: Record<string, string> = {
  encryption:
    '`encryption: { keys: [{ id: "2026-10", from: env:FIREBREAK_KEY }] }`; `openssl rand -base64 32` makes a key',
  people: '`people: { sam: { mail: sam@acme.example, teams: [security] } }`',
  roles: '`roles: { security-on-call: { people: [sam] } }`',
  environments: '`environments: { default: { mode: observe } }`',
  connectors: '`connectors: {}` if people act on everything, else `aws-access-key` with its accounts',
};

function tellIssue(issue: z.core.$ZodIssue, tell: (path: Path, message: string, fix: string) => void): void {
  if (issue.code === 'unrecognized_keys') {
    const sentences = issue.message.split('\n');
    for (const [index, key] of issue.keys.entries()) {
      const [message = '', fix = ''] = sentences[index]?.split('\t') ?? [];
      tell([...issue.path, key], message, fix);
    }
  } else if (issue.code === 'custom') {
    tell(issue.path, issue.message, (issue.params?.fix as string) ?? '');
  } else if (issue.code === 'too_small') {
    tell(issue.path, 'is an empty list', 'Put something into it, or leave it out');
  } else if (issue.code === 'invalid_type') {
    const shape = issue.expected === 'array' ? 'a list' : 'a map';
    const example = issue.path.length === 1 ? EXAMPLES[String(issue.path[0])] : undefined;
    if (issue.input === undefined) tell(issue.path, 'is missing', `Write ${example ?? shape}`);
    else tell(issue.path, `takes ${shape}, not ${kindOf(issue.input)}`, 'docs/settings.md shows how it is written');
  } else tell(issue.path, issue.message, '');
}

/** `owners[2].default`, as a person would say it. */
function nameOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step + 1}]` : `.${String(step)}`))
    .join('')
    .slice(1);
}

/** Tells each reference where it stands, for its own errors. */
function placeReferences(value: unknown, file: string, place: (path: Path) => { line: number; column: number }) {
  const found: (SecretRef | TextRef)[] = [];
  const visit = (at: unknown, path: Path): void => {
    if (at instanceof Reference) {
      at.written = { file, ...place(path), path: nameOf(path) };
      found.push(at);
    } else if (Array.isArray(at)) {
      for (const [index, item] of at.entries()) visit(item, [...path, index]);
    } else if (typeof at === 'object' && at !== null) {
      for (const [key, item] of Object.entries(at)) visit(item, [...path, key]);
    }
  };
  visit(value, []);
  return found;
}
