import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Secret } from '../../activities/secrets/secret.js';
import { SettingsError } from './problem.js';

/** Where a reference stands, for messages. */
export interface Written {
  file: string;
  line: number;
  column: number;
  /** `mail.smtp` */
  path: string;
}

/** What references are read from. Absent variables and files are found out only when one is resolved. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  /** Absolute; relative files start here. */
  folder: string;
}

/** A value that stands elsewhere, `env:NAME` or `file:PATH`, so that settings can be checked where nothing is set. */
export class Reference<T> {
  /** Set once the file is read. */
  written: Written = { file: 'firebreak.yaml', line: 1, column: 1, path: '' };
  /** As written; shown to people. */
  readonly source: string;
  readonly #around: Surroundings;
  readonly #give: (value: string) => T;

  constructor(source: string, around: Surroundings, give: (value: string) => T) {
    this.source = source;
    this.#around = around;
    this.#give = give;
  }

  /** Reads it now, each time. Throws SettingsError saying what is missing and where it is asked for. */
  resolve(): T {
    if (this.source.startsWith('env:')) return this.#give(this.#variable(this.source.slice(4)));
    if (this.source.startsWith('file:')) return this.#give(this.#content());
    return this.#give(this.source);
  }

  /** The file of a `file:` reference, absolute. */
  get path(): string | undefined {
    if (!this.source.startsWith('file:')) return undefined;
    const path = this.source.startsWith('file://') ? fileURLToPath(this.source) : this.source.slice(5);
    return isAbsolute(path) ? path : join(this.#around.folder, path);
  }

  #variable(name: string): string {
    const value = this.#around.env[name];
    if (value) return value;
    throw this.#missing(`${name} is not set in the environment`, `Export ${name}`);
  }

  #content(): string {
    const path = this.path as string;
    let text: string;
    try {
      text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw this.#missing(
        `${path} cannot be read (${code})`,
        code === 'ENOENT' ? 'Create it, or correct the path' : 'Let the user that runs Firebreak read it',
      );
    }
    if (text !== '') return text;
    throw this.#missing(`${path} is empty`, 'Put the secret into it');
  }

  #missing(what: string, fix: string): SettingsError {
    const { path, ...place } = this.written;
    return new SettingsError([{ ...place, severity: 'error', message: `${path}: ${what}`, fix }]);
  }
}

export type SecretRef = Reference<Secret>;
/** Not a secret, and may be written as it is; `env:` and `file:` serve addresses that only a running process knows. */
export type TextRef = Reference<string>;

const REFERENCE = /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/;
const LATER: Record<string, string> = { 'vault:': 'Vault', 'aws-sm:': 'AWS Secrets Manager' };

/** What is wrong with a reference to a secret, without ever repeating what may be the secret itself. */
export function refuseReference(text: string): { message: string; fix: string } | undefined {
  if (REFERENCE.test(text)) return undefined;
  const later = Object.keys(LATER).find((scheme) => text.startsWith(scheme));
  if (later) {
    return {
      message: `cannot read secrets from ${LATER[later]} yet (${later})`,
      fix: 'Use `env:NAME` or `file:/path`',
    };
  }
  if (text.startsWith('env:')) return { message: 'does not name a variable after env:', fix: 'Write `env:NAME`' };
  return {
    message: 'holds a literal value where only a reference to a secret may stand',
    fix: 'Put the secret into a variable or a file, write `env:NAME` or `file:/path` here, and replace the secret: this file has seen it',
  };
}

export function secretReference(source: string, around: Surroundings): SecretRef {
  return new Reference(source, around, (value) => new Secret(value));
}

export function textReference(source: string, around: Surroundings): TextRef {
  return new Reference(source, around, (value) => value);
}

/** Whether others than owner and group may read the file; false where it does not exist or the system has no modes. */
export function isReadableByAll(path: string): boolean {
  try {
    return process.platform !== 'win32' && (statSync(path).mode & 0o004) !== 0;
  } catch {
    return false;
  }
}
