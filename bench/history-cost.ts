import type { Client } from '@temporalio/client';

/** What a closed workflow cost. */
export interface Cost {
  events: number;
  /** Of its history as the server keeps it. */
  bytes: number;
  /** What Temporal Cloud bills: start, each attempt of an activity, timer, signal, update, upsert (docs.temporal.io/cloud/actions). */
  actions: number;
}

export async function costOf(client: Client, workflowId: string): Promise<Cost> {
  const handle = client.workflow.getHandle(workflowId);
  const [{ events }, described] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  let actions = 0;
  for (const event of events ?? []) {
    if (event.workflowExecutionStartedEventAttributes != null) actions += 1;
    else if (event.activityTaskStartedEventAttributes != null)
      actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    else if (event.timerStartedEventAttributes != null) actions += 1;
    else if (event.workflowExecutionSignaledEventAttributes != null) actions += 1;
    else if (event.workflowExecutionUpdateAcceptedEventAttributes != null) actions += 1;
    else if (event.upsertWorkflowSearchAttributesEventAttributes != null) actions += 1;
  }
  return { events: events?.length ?? 0, bytes: described.historySize ?? 0, actions };
}
