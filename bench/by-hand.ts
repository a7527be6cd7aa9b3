/** What a good Temporal engineer would write for the same acts without Firebreak. Workflow code: bundled by itself. */
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { HandActivities } from './hand-activities.js';

const options = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s' },
} as const;
const bare = proxyActivities<HandActivities['bare']>(options);
const equal = proxyActivities<HandActivities['equal']>(options);

export interface HandRun {
  name: string;
  acts: number;
}

/** The acts, one after the other, each one activity that makes one call. */
export async function bareRun({ name, acts }: HandRun): Promise<string> {
  for (let n = 1; n <= acts; n += 1) await bare.turnOff(name, n);
  return 'off';
}

/** The same with what every incident has around its acts: a look-up before, an end written down after. */
export async function bareIncident({ name, acts }: HandRun): Promise<string> {
  await bare.lookUp(name);
  await bareRun({ name, acts });
  await bare.writeEnd(name);
  return 'off';
}

/** The acts, each with its look, its intent committed before the call and its outcome after it. */
export async function equalRun({ name, acts }: HandRun): Promise<string> {
  for (let n = 1; n <= acts; n += 1) await equal.turnOffRecorded(name, n);
  return 'off';
}

/** The same with a look-up before and an end after, each recorded. */
export async function equalIncident({ name, acts }: HandRun): Promise<string> {
  await equal.lookUpRecorded(name);
  await equalRun({ name, acts });
  await equal.writeEndRecorded(name);
  return 'off';
}

export const yes = defineUpdate('yes');

/** A look-up, then one act when somebody says yes. */
export async function bareQuestion({ name }: HandRun): Promise<string> {
  let answered = false;
  setHandler(yes, () => {
    answered = true;
  });
  await bare.lookUp(name);
  await condition(() => answered, '4h');
  await bare.turnOff(name, 1);
  return 'off';
}
