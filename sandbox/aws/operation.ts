import type { Caller } from './authenticate.js';
import { AwsError, noSuchUser } from './aws-error.js';
import type { Role, User, World } from './world.js';
import type { Xml } from './xml.js';

export interface Context {
  world: World;
  caller: Caller;
  params: Params;
  now: number;
  /** What readers see: the world up to this time. */
  seenUpTo: number;
}

export interface Done {
  /** Content of `<…Result>`. */
  result?: Xml;
  /** CloudTrail's responseElements of a change; never a secret. */
  elements?: unknown;
  /** A change that was made, by what it was made to. */
  wrote?: { target: string; detail?: Record<string, string> };
}

export interface Operation {
  readOnly: boolean;
  /** IAM action when it is not the operation's own name; `none` = always allowed. */
  action?: string;
  run(context: Context): Done;
}

export const read = (run: Operation['run']): Operation => ({ readOnly: true, run });
export const change = (run: Operation['run']): Operation => ({ readOnly: false, run });

/** The parameters of a query-protocol call. */
export class Params {
  readonly #form: URLSearchParams;
  constructor(form: URLSearchParams) {
    this.#form = form;
  }

  get(name: string): string | undefined {
    return this.#form.get(name) ?? undefined;
  }

  need(name: string): string {
    const value = this.get(name);
    if (value !== undefined && value !== '') return value;
    const lower = name.charAt(0).toLowerCase() + name.slice(1);
    const message = `1 validation error detected: Value null at '${lower}' failed to satisfy constraint: Member must not be null`;
    throw new AwsError('ValidationError', 400, message);
  }

  number(name: string, usual: number, most: number): number {
    const text = this.get(name);
    if (text === undefined) return usual;
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new AwsError('ValidationError', 400, `Value '${text}' at '${name}' must be between 1 and ${most}`);
  }

  /** A list: `Filter.member.1`, `Filter.member.2` … */
  list(name: string): string[] {
    return [...this.#form].filter(([one]) => one.startsWith(`${name}.member.`)).map(([, value]) => value);
  }

  /** As CloudTrail writes them; it hides passwords. */
  recorded(): Record<string, string> | null {
    const entries = [...this.#form]
      .filter(([name]) => name !== 'Action' && name !== 'Version')
      .map(([name, value]) => [
        name.charAt(0).toLowerCase() + name.slice(1),
        name === 'Password' ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : value,
      ]);
    return entries.length === 0 ? null : Object.fromEntries(entries);
  }
}

/** The user that the call names, or the caller itself. */
export function userOf({ world, caller, params }: Context): User {
  const name = params.get('UserName') ?? caller.user?.name;
  if (name === undefined)
    throw new AwsError('ValidationError', 400, 'Must specify userName when calling with non-User credentials');
  const user = world.users.get(name);
  if (user === undefined) throw noSuchUser(name);
  return user;
}

/** The role that the call names. */
export function roleOf({ world, params }: Context): Role {
  const name = params.need('RoleName');
  const role = world.roles.get(name);
  if (role === undefined) throw new AwsError('NoSuchEntity', 404, `The role with name ${name} cannot be found.`);
  return role;
}

/** One page of a list, by MaxItems and Marker. The marker is opaque to callers. */
export function page<T>(params: Params, all: T[]): { items: T[]; more: Record<string, string> } {
  const size = params.number('MaxItems', 100, 1000);
  const marker = params.get('Marker');
  const start = marker === undefined ? 0 : Number(Buffer.from(marker, 'base64url').toString());
  if (!Number.isInteger(start) || start < 0) throw new AwsError('ValidationError', 400, 'Invalid Marker.');
  const end = start + size;
  const isTruncated = end < all.length;
  return {
    items: all.slice(start, end),
    more: {
      IsTruncated: String(isTruncated),
      ...(isTruncated ? { Marker: Buffer.from(String(end)).toString('base64url') } : {}),
    },
  };
}
