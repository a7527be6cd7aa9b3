import { randomBytes } from 'node:crypto';
import type { HandVerb } from '../../playbooks/language/verbs.js';
import type { CaseProvider } from './case-provider.js';

/** A provider that only people can reach: what they do changes a small state, and nothing of ours ever does. */
export function byHandProvider(kind: string): CaseProvider {
  const credentials = new Map<string, 'active' | 'restricted' | 'inactive' | 'gone'>();
  const replacements = new Map<string, 'works' | 'removed'>();
  const secrets: string[] = [];
  const AFTER: Record<HandVerb, 'restricted' | 'inactive' | 'gone' | undefined> = {
    disable: 'inactive',
    restrict: 'restricted',
    revoke: 'gone',
    rotate: undefined,
    cut_sessions: undefined,
  };
  return {
    kind,
    async leak() {
      const id = `key-${credentials.size + 1}`;
      const secret = randomBytes(24).toString('base64url');
      credentials.set(id, 'active');
      secrets.push(secret);
      return { id, secret };
    },
    credential: (id) => credentials.get(id) ?? 'gone',
    replacement: async (id) => replacements.get(id) ?? 'none',
    async byHand(verb, id) {
      const after = AFTER[verb];
      if (after !== undefined) credentials.set(id, after);
      if (verb === 'rotate') replacements.set(id, 'works');
    },
    async backByHand(verb, id) {
      if (verb === 'rotate') replacements.set(id, 'removed');
      else if (credentials.get(id) !== 'gone') credentials.set(id, 'active');
    },
    misbehave: () => false,
    behave: () => {},
    writes: () => [],
    secrets: () => secrets,
    tick: () => {},
    close: async () => {},
  };
}
