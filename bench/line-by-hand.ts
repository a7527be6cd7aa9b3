/** The steps of a plan one after the other, until the first question: no engine, only the line. Workflow code. */
import { proxyActivities } from '@temporalio/workflow';
import type { Prepared, StepCall } from '../activities/contract.js';
import { optionsOf } from '../workflows/options.js';

type Activities = Record<string, (call: unknown) => Promise<unknown>>;

/** Returns at the first question of `close`, which people would have to answer. */
export async function lineByHand({ incident }: { incident: string }): Promise<string[]> {
  const view = { stage: 'containing', waiting: '', held: '', at: Date.now() } as const;
  const call = (name: string, options: ReturnType<typeof optionsOf>, input: unknown) =>
    proxyActivities<Activities>(options)[name]?.(input);
  const prepared = (await call('prepare', optionsOf('prepare'), { incident, view })) as Prepared;
  if (prepared.result !== 'planned') return [];
  const { digest, steps } = prepared.plan;
  const done: string[] = [];
  for (const step of steps) {
    if (step.kind === 'ask' && step.phase === 'close') return done;
    if (step.kind !== 'act' || step.skip !== undefined) continue;
    const name = step.verb ?? 'prove';
    const row = step.proof === undefined ? step.class : 'proof';
    const input: StepCall = { incident, digest, step: step.id, generation: 1, view };
    await call(name, optionsOf({ row, limitSeconds: step.timeLimitSeconds, summary: step.title }), input);
    done.push(step.id);
  }
  return done;
}
