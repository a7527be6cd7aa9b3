import type { Verdict } from '../../playbooks/language/words.js';
import { hasBaseline, type IndicatorResult } from './indicators.js';
import type { Tally } from './tally.js';

export interface Judgement {
  verdict: Verdict;
  /** The row of the table that decided, in words. */
  because: string;
}

interface Evidence {
  before: Tally;
  since: Tally;
  indicators: IndicatorResult[];
  coverageComplete: boolean;
}

/** Signs that turn a stranger's call into a stranger's misuse. */
const TOGETHER = new Set(['new_tool', 'enumeration', 'new_action', 'new_region', 'error_burst']);

/**
 * The first row that holds decides. Finding something never needs complete logs; finding nothing always does. Rows are
 * data, so that the documentation prints the table that runs.
 */
export const VERDICTS: readonly { verdict: Verdict; when: string; holds(evidence: Evidence): boolean }[] = [
  {
    verdict: 'misuse',
    when: 'a call that does harm (persistence, defence evasion, impact), new for this key, whose past is known',
    holds: ({ before, indicators }) =>
      hasBaseline(before) && indicators.some((i) => i.state === 'matched' && i.severity === 'harm'),
  },
  {
    verdict: 'misuse',
    when: 'a new address, and with it a new tool, action or region, enumeration, or a burst of refusals',
    holds: ({ indicators }) =>
      matched(indicators, 'new_address') && indicators.some((i) => TOGETHER.has(i.id) && i.state === 'matched'),
  },
  {
    verdict: 'suspicious',
    when: 'any other indicator',
    holds: ({ indicators }) => indicators.some((i) => i.state === 'matched'),
  },
  {
    verdict: 'inconclusive',
    when: 'nothing found, but not all logs could be read, or they may not have arrived yet',
    holds: ({ coverageComplete }) => !coverageComplete,
  },
  {
    verdict: 'inconclusive',
    when: 'nothing found, but it was used, and its past is too short to tell strangers from its own users',
    holds: ({ before, since }) => since.calls > 0 && !hasBaseline(before),
  },
  {
    verdict: 'no_misuse_found',
    when: 'nothing found in logs that are complete for the time asked about',
    holds: () => true,
  },
];

export function judge(evidence: Evidence): Judgement {
  const row = VERDICTS.find(({ holds }) => holds(evidence)) as (typeof VERDICTS)[number];
  return { verdict: row.verdict, because: row.when };
}

function matched(indicators: IndicatorResult[], id: string): boolean {
  return indicators.some((indicator) => indicator.id === id && indicator.state === 'matched');
}
