/** JSON Schema of a page, for editors: completion and early red lines. Lint is the judge. */
import type { Catalogue } from './kinds.js';

/** Draft-07, which YAML editors know best. Plain JSON. */
export function playbookSchema(_catalogue: Catalogue): Record<string, unknown> {
  throw new Error('playbookSchema is not built yet');
}
