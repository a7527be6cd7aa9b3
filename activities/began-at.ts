import type { StepCall } from './contract.js';
import type { Seams } from './seams.js';

/** When this step was tried first; what was done until then is what it must answer for. */
export async function beganAt(seams: Seams, call: StepCall, now: number, line: string): Promise<number> {
  const key = `${call.step}/${call.generation}/scanning`;
  const { timeline } = seams.records;
  const { incident, step, generation } = call;
  const began = async () => (await timeline.ofStep(incident, step, generation)).find((entry) => entry.key === key)?.at;
  const earlier = await began();
  if (earlier !== undefined) return earlier;
  await timeline.append({ incident, at: now, kind: 'scanning', step, generation, line, key });
  // Read again: another attempt may have been first.
  return (await began()) ?? now;
}
