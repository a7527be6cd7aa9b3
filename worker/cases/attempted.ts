import { ConnectorError } from '../../activities/connectors/contract.js';
import type { StepResult } from '../../activities/contract.js';
import type { Case, ProviderFault } from '../../playbooks/language/cases.js';
import type { Step } from '../../playbooks/language/plan.js';
import { CONNECTOR_ERROR_CODES, GRADES, type Grade } from '../../playbooks/language/words.js';
import type { CaseSite } from './case-site.js';

interface Attempting {
  site: CaseSite;
  step: Step | undefined;
  fault: ProviderFault | undefined;
  results: Case['given']['results'];
}

/** How long a slow provider takes; below the deadline of every change. */
const SLOW_MS = 5_000;

/**
 * One attempt of a call while its provider does what the case says. What no twin can play is given directly, and noted
 * in `given`: a case must not look more real than it is.
 */
export async function attempted(
  { site, step, fault, results }: Attempting,
  given: { push(what: string): void },
  run: () => Promise<unknown>,
): Promise<unknown> {
  const played = step === undefined || fault === undefined || site.misbehave(step, fault);
  try {
    const code = CONNECTOR_ERROR_CODES.find((known) => known === fault);
    if (!played && code !== undefined) {
      given.push(`${step.name}: ${code}`);
      throw new ConnectorError(code, `the case says that ${step.name} is answered ${code}`);
    }
    if (!played) given.push(`${step.name}: ${fault}, which nothing here can play`);
    const value = await (fault === 'slow' && played ? slowly(site, run) : run());
    return step === undefined ? value : withGiven(step, value, results, given);
  } finally {
    site.behave();
  }
}

/** Its answers come late, by the clock of the case. */
async function slowly({ provider, agenda }: CaseSite, run: () => Promise<unknown>): Promise<unknown> {
  let over = false;
  const running = run().finally(() => {
    over = true;
  });
  while (!over && provider.whenHeld !== undefined) {
    const held = await Promise.race([
      running.then(
        () => false,
        () => false,
      ),
      provider.whenHeld().then(() => true),
    ]);
    if (!held) break;
    agenda.pass(SLOW_MS);
    provider.release?.();
  }
  return running;
}

function withGiven(
  step: Step,
  value: unknown,
  results: Case['given']['results'],
  given: { push(what: string): void },
): unknown {
  const said = Object.entries(results).filter(([path]) => path.startsWith(`${step.name}.`));
  if (said.length === 0 || value === undefined || value === null || typeof value !== 'object') return value;
  const result = structuredClone(value) as StepResult;
  for (const [path, word] of said) {
    const name = path.slice(step.name.length + 1);
    if (result.results[name] === word) continue;
    given.push(path);
    result.results[name] = word;
    const grade = GRADES.find((known) => known === word);
    if (name === 'grade' && grade !== undefined) result.grade = grade satisfies Grade;
  }
  return result;
}
