import { afterAll, describe, expect, it } from 'vitest';
import { type Explored, explore } from './exhaustion/explore.js';
import { scenarios } from './exhaustion/scenarios.js';

/**
 * `npm test` takes a slice: every schedule with at most `slice` mishaps (faults and deaths) of every scenario, a third actor
 * after the first.
 * `npm run exhaust` goes further, and prints the table of docs/once.md.
 */
const DEEP = process.env.FIREBREAK_EXHAUST === 'deep';
const STATES = DEEP ? 2_000_000 : 200_000;
const table: string[] = [];

const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
const rounded = (schedules: number): string =>
  schedules < 1e6 ? schedules.toLocaleString('en') : schedules.toExponential(1).replace('e+', ' × 10^');

describe('every schedule, with a crash at each await and every fault', () => {
  for (const scenario of scenarios()) {
    const { slice = 1 } = scenario;
    const mishaps = DEEP ? (scenario.deep ?? Number(slice) + 1) : slice;
    if (mishaps === 'none') continue;
    it(`${scenario.name}: the promise is kept`, { timeout: DEEP ? 7_200_000 : 120_000 }, async () => {
      const found: Explored = await explore(scenario, { mishaps, states: STATES, free: DEEP });
      const { broken, states, ends, schedules } = found;
      expect(broken?.story.join('\n'), broken?.promise).toBeUndefined();
      expect(ends).toBeGreaterThan(0);
      table.push(
        row(scenario.name, mishaps, rounded(schedules), states.toLocaleString('en'), ends.toLocaleString('en')),
      );
      if (DEEP) console.log(table.at(-1));
    });
  }

  afterAll(() => {
    if (process.env.FIREBREAK_EXHAUST === undefined) return;
    const head = [
      row('scenario', 'mishaps', 'schedules', 'states', 'ends judged'),
      row('---', '--:', '--:', '--:', '--:'),
    ];
    console.log([...head, ...table].join('\n'));
  });
});
