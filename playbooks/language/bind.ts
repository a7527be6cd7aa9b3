/** Binding: a page and one incident become a plan. Pure; the same input gives the same plan. */
import type { Catalogue } from './kinds.js';
import type { Page } from './page.js';
import type { Credential, Facts, Plan } from './plan.js';
import type { Policy } from './policy.js';
import type { Mode } from './words.js';

export interface BindInput {
  /** `INC-142`. */
  incident: string;
  credential: Credential;
  facts: Facts;
  mode: Mode;
  policy: Policy;
  catalogue: Catalogue;
}

/** A plan that cannot be: beyond 64 steps or 128 KiB, or a page for a kind that the catalogue does not have. */
export class BindError extends Error {
  readonly code: 'too-many-steps' | 'plan-too-large' | 'unknown-kind';
  constructor(code: BindError['code'], message: string) {
    super(message);
    this.name = 'BindError';
    this.code = code;
  }
}

/** Throws BindError. */
export function bind(_page: Page, _input: BindInput): Plan {
  throw new Error('bind is not built yet');
}
