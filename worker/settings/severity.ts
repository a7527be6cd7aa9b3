/** How bad an incident is, so that the worst can have a channel of their own. */

export const SEVERITIES = ['sev1', 'sev2', 'sev3'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface SeverityFacts {
  /** Name of the environment. */
  environment: string;
  criticality: 'critical' | 'normal' | 'unknown';
  exposure: 'public' | 'internal' | 'unknown';
  /** Somebody who should not was seen using it. */
  misused: boolean;
}

/**
 * `sev1`: public or misused, and critical or in production. `sev2`: critical or in production. `sev3`: the rest. While
 * nobody knows, it is taken for critical; exposure counts as public only where somebody says so.
 */
export function severityOf({ environment, criticality, exposure, misused }: SeverityFacts): Severity {
  if (criticality === 'normal' && environment !== 'production') return 'sev3';
  return exposure === 'public' || misused ? 'sev1' : 'sev2';
}
