import { inspect } from 'node:util';

const values = new WeakMap<Secret, string>();

/**
 * A secret value that does not print: `String()`, JSON, `console.log`, template strings and Temporal's converter all
 * show `[secret]`. Only `reveal` gives the value, at the one place that must send it.
 */
export class Secret {
  constructor(value: string) {
    values.set(this, value);
  }
  /** The value itself. Call it where it is sent, never where it is kept. */
  reveal(): string {
    return values.get(this) as string;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
