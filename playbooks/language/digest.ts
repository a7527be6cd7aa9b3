/** The digest of a plan: what people approve is exactly this plan. SHA-256 over RFC 8785 JSON (JCS). */
import { createHash } from 'node:crypto';
import type { Plan } from './plan.js';

/**
 * The one way to write a JSON value (RFC 8785): keys in UTF-16 order, numbers as ECMAScript prints them, no spaces.
 * Keys whose value is `undefined` are absent. Throws TypeError for what JSON cannot say: NaN, infinities, functions,
 * bigints, lone surrogates, objects with a prototype of their own.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (/\p{Surrogate}/u.test(value)) throw new TypeError('canonical JSON cannot hold a lone surrogate');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
      const prototype = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      const entries = Object.entries(value).filter(([, member]) => member !== undefined);
      entries.sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${entries.map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`).join(',')}}`;
    }
  }
  throw new TypeError(
    `canonical JSON cannot hold ${typeof value === 'object' ? 'such an object' : `a ${typeof value}`}`,
  );
}

/** Lower-case hex SHA-256 of UTF-8 text. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The digest that a plan should carry: over everything but `digest`, `incident` and the `line` of every step. */
export function planDigest(plan: Omit<Plan, 'digest'> & { digest?: string }): string {
  const { digest: _, incident: __, steps, ...rest } = plan;
  return sha256(canonicalJson({ ...rest, steps: steps.map(({ line: _line, ...step }) => step) }));
}
