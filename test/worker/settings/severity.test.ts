import { expect, it } from 'vitest';
import { type SeverityFacts, severityOf } from '../../../worker/settings/severity.js';

const nothing: SeverityFacts = { environment: 'staging', criticality: 'normal', exposure: 'internal', misused: false };

it.each<[string, Partial<SeverityFacts>]>([
  ['sev1', { environment: 'production', exposure: 'public' }],
  ['sev1', { environment: 'production', misused: true }],
  ['sev1', { criticality: 'critical', exposure: 'public' }],
  ['sev1', { criticality: 'unknown', misused: true }],
  ['sev2', { environment: 'production' }],
  ['sev2', { environment: 'production', exposure: 'unknown' }],
  ['sev2', { criticality: 'critical' }],
  ['sev2', { criticality: 'unknown' }],
  ['sev3', {}],
  ['sev3', { exposure: 'public', misused: true }],
])('is %s where %j', (severity, facts) => {
  expect(severityOf({ ...nothing, ...facts })).toBe(severity);
});
