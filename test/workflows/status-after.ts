/**
 * Runs inside the workflow: tells the status, as its query answers it, after each activation; in replay too. `task` is
 * the event with which the workflow task began: a task in which a call was dropped has two activations.
 */
import { proxySinks, type Sinks, type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import type { Status } from '../../workflows/core/message.js';

export interface StatusSinks extends Sinks {
  status: { after(task: number, status: Status): void };
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation(input, next) {
        const query = getActivator().queryHandlers.get('status');
        if (query !== undefined) {
          proxySinks<StatusSinks>().status.after(workflowInfo().historyLength, query.handler() as Status);
        }
        return next(input);
      },
    },
  ],
});
