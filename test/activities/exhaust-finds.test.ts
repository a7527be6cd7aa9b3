import { describe, expect, it } from 'vitest';
import { explore } from './exhaustion/explore.js';
import { PLANTED } from './exhaustion/planted.js';
import { scenarios } from './exhaustion/scenarios.js';

describe('with one rule of the protocol switched off', () => {
  for (const { rule, without, scenario: name, mishaps, broken, finds } of PLANTED) {
    it(`finds the story when ${without} (${rule})`, { timeout: 120_000 }, async () => {
      const scenario = scenarios().find((one) => one.name === name);
      if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
      const found = await explore(scenario, { mishaps, states: 200_000 }, broken);
      if (process.env.FIREBREAK_EXHAUST !== undefined) {
        console.log([`${rule}: ${found.broken?.promise}`, ...(found.broken?.story ?? [])].join('\n    '));
      }
      expect(found.broken?.promise).toMatch(finds);
    });
  }
});
