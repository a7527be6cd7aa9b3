import type { Plan } from '../playbooks/language/plan.js';
import type { IncidentRow } from '../records/records.js';

/**
 * First words of everything that people read about an incident: `SANDBOX` where its providers are twins, `OBSERVE` where
 * Firebreak only looks and tells. Empty for the real thing.
 */
export function bannerOf(installation: string, row: Pick<IncidentRow, 'observe' | 'plan'> | undefined): string {
  const observes = row?.observe === true || (row?.plan as Plan | undefined)?.mode === 'observe';
  return [installation, observes ? 'OBSERVE' : ''].filter((word) => word !== '').join(' ');
}
