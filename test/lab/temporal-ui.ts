/** What the buttons of Temporal's own web page send, as it sends them. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { ResetReapplyType } = proto.temporal.api.enums.v1;

type EventId = NonNullable<
  proto.temporal.api.workflowservice.v1.IResetWorkflowExecutionRequest['workflowTaskFinishEventId']
>;

const of = (client: Client, workflowId: string) => ({
  namespace: client.options.namespace,
  workflowExecution: { workflowId },
});

export async function pressTerminate(client: Client, workflowId: string): Promise<void> {
  await client.workflowService.terminateWorkflowExecution({
    ...of(client, workflowId),
    reason: 'Terminated from the Web UI',
  });
}

export async function pressCancel(client: Client, workflowId: string): Promise<void> {
  await client.workflowService.requestCancelWorkflowExecution({
    ...of(client, workflowId),
    requestId: randomUUID(),
    reason: 'Cancelled from the Web UI',
  });
}

/** `keepsUpdates`: what people said after that event is said again to the new run, as the page has it ticked. */
export async function pressReset(
  client: Client,
  workflowId: string,
  eventId: EventId,
  keepsUpdates: boolean,
): Promise<void> {
  await client.workflowService.resetWorkflowExecution({
    ...of(client, workflowId),
    reason: 'Reset from the Web UI',
    requestId: randomUUID(),
    workflowTaskFinishEventId: eventId,
    resetReapplyType: keepsUpdates
      ? ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE
      : ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
  });
}

/** The workflow task that scheduled the first activity of this name: what is run again from it decides anew. */
export async function taskThatScheduled(client: Client, workflowId: string, activity: string): Promise<EventId> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const scheduled = events?.find(
    ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === activity,
  );
  const task = scheduled?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId;
  if (task === undefined || task === null) throw new Error(`${workflowId} has never scheduled ${activity}`);
  return task;
}
