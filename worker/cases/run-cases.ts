import type { Catalogue } from '../../playbooks/language/kinds.js';
import type { Page } from '../../playbooks/language/page.js';
import type { Settings } from '../settings/settings.js';
import { defaultTeam, teamOf } from './case-team.js';
import { type CaseResult, runCase } from './run-case.js';

/** Each case has its own twins, records and clock, so that several run side by side. */
const SIDE_BY_SIDE = 4;

/**
 * Runs the cases of the pages whose name holds `text`, in the order of the pages. With settings: under the team's own
 * roles, people, gates and office hours. `onResult` hears of each in that order as soon as all before it are there.
 */
export async function runCases(
  pages: readonly Page[],
  { catalogue, settings, text = '' }: { catalogue: Catalogue; settings?: Settings; text?: string },
  onResult: (result: CaseResult) => void = () => {},
): Promise<CaseResult[]> {
  const chosen = pages.flatMap((page) => {
    const team = settings === undefined ? defaultTeam(page) : teamOf(settings);
    return page.cases.filter(({ name }) => name.includes(text)).map((one) => ({ page, one, team, catalogue }));
  });
  const results: (CaseResult | undefined)[] = chosen.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async () => {
    for (let index = next++; index < chosen.length; index = next++) {
      results[index] = await runCase(chosen[index]!);
      for (let ready = results[told]; ready !== undefined; ready = results[told]) {
        told += 1;
        onResult(ready);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, chosen.length) }, work));
  return results as CaseResult[];
}
