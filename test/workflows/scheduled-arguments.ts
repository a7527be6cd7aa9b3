/** Runs inside the workflow: tells with which arguments each activity is scheduled, in replay too. */
import { proxySinks, type Sinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';

export interface ScheduledSinks extends Sinks {
  scheduled: { activity(id: string, type: string, args: unknown[]): void };
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        proxySinks<ScheduledSinks>().scheduled.activity(String(input.seq), input.activityType, input.args);
        return next(input);
      },
    },
  ],
});
