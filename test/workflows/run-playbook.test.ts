import { afterEach, describe, expect, it } from 'vitest';
import { awsPlan } from './plans.js';
import { Incident } from './shell.js';

let incident: Incident | undefined;
afterEach(async () => {
  await incident?.end();
  incident = undefined;
});

describe('an incident on a real Temporal server', () => {
  it('ends dead when two people in two roles say yes', async () => {
    incident = await Incident.start(awsPlan());
    await incident.until(({ waiting }) => waiting.length === 1);
    await incident.answers('sam', 'revoke', 'yes');
    await incident.answers('mia', 'revoke', 'yes');
    expect(await incident.handle.result()).toBe('dead');
    expect(incident.ran).toEqual([
      'disable',
      'open_ticket',
      'scan_logs',
      'cut_sessions',
      'prove',
      'rotate',
      'prove',
      'revoke',
      'prove',
      'resolve_alert',
    ]);
  });
});
