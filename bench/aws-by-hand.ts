/** The first change by hand: start, a look-up, the change. Workflow code: bundled by itself. */
import { proxyActivities } from '@temporalio/workflow';

export interface AwsActivities {
  lookUpKey(id: string): Promise<string>;
  disableKey(id: string, user: string): Promise<void>;
}

const aws = proxyActivities<AwsActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '250ms', backoffCoefficient: 2, maximumInterval: '5s' },
});

export async function bareFirstChange(id: string): Promise<void> {
  await aws.disableKey(id, await aws.lookUpKey(id));
}
