import type { Persistence } from '../../sandbox/attacker.js';
import type { Use } from '../../sandbox/use-key.js';

/** Uses of a key by one of the two, newest last. */
export class Watch {
  readonly uses: Use[] = [];
  readonly #show: (use: Use) => void;
  constructor(show: (use: Use) => void) {
    this.#show = show;
  }
  add = (use: Use): void => {
    this.uses.push(use);
    this.#show(use);
  };
  /** Of the call that shows whether the key itself is accepted; of this key where one is named. */
  who = (keyId?: string): Use[] =>
    this.uses.filter((use) => use.action === 'GetCallerIdentity' && (keyId === undefined || use.keyId === keyId));
}

/** What the thief makes itself as soon as it sees its key switched off. */
export const WAY_BACK: Required<Pick<Persistence, 'user' | 'role'>> = { user: 'svc-backup', role: 'deploy' };
