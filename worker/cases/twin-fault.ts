import type { ProviderFault } from '../../playbooks/language/cases.js';
import type { FaultKind } from '../../sandbox/twin/faults.js';

/** How a twin plays what a case says of a provider; undefined = it cannot, and the failure itself is given instead. */
export const TWIN_FAULT: Record<ProviderFault, FaultKind | undefined> = {
  'permission-denied': 'deny',
  'rate-limited': 'throttle',
  unavailable: 'error',
  'unknown-outcome': 'lost-before',
  'lost-answer': 'lost-after',
  slow: 'slow',
  'not-found': undefined,
  invalid: undefined,
  'unexpected-answer': undefined,
  alive: undefined,
};

/** More often than anybody asks within one attempt. */
export const ALWAYS = 1_000;
