import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionStatusName,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { REFUSAL_CODES, REVISION, type Refusal, type Status } from '../../workflows/core/message.js';
import { type Fate, type TemporalPort, TemporalUnavailable } from './port.js';

export interface TemporalPortOptions {
  taskQueue: string;
  /** Longer than this and the answer is given up, not the request: an update may still be applied. ms. */
  deadlineMs?: number;
  /** The same where a person waits; longer than the stickiness to a worker that was killed (serve.ts). ms. */
  personMs?: number;
  /** Whether client and worker share one NativeConnection, which lets a workflow start in this very process. */
  eagerStart?: boolean;
  /** The namespace has Firebreak's search attributes. */
  searchable?: boolean;
}

/** For the list of all that run, and for a whole history. */
const LIST_MS = 30_000;

const ENDS: Partial<Record<WorkflowExecutionStatusName, Extract<Fate, { state: 'ended' }>['how']>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

/** The port over a real client. */
export function createTemporalPort(
  client: Client,
  { taskQueue, deadlineMs = 10_000, personMs = 6_000, eagerStart = false, searchable = false }: TemporalPortOptions,
): TemporalPort {
  const soon = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + deadlineMs, call);
  const sooner = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + personMs, call);
  const slow = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + LIST_MS, call);
  const start = (incident: string, summary: string, workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE') =>
    client.workflow.start('runPlaybook', {
      workflowId: incident,
      taskQueue,
      args: [{ incident, revision: REVISION, ...(searchable ? { searchable } : {}) }],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy,
      requestEagerStart: eagerStart,
      staticSummary: summary,
    });

  return {
    async start(incident, summary) {
      try {
        await soon(() => start(incident, summary, 'REJECT_DUPLICATE'));
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already';
        throw new TemporalUnavailable(`cannot start ${incident}`, { cause: error });
      }
    },

    async joined(incident, joined) {
      try {
        await soon(() => client.workflow.getHandle(incident).signal('alerts_joined', joined));
        return 'told';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not-running';
        throw new TemporalUnavailable(`cannot tell ${incident} of joined alerts`, { cause: error });
      }
    },

    async control(incident, message) {
      try {
        const answer: unknown = await sooner(() =>
          client.workflow.getHandle(incident).executeUpdate(message.control, { args: [message], updateId: message.id }),
        );
        const refusal = refusalIn(answer);
        return refusal === undefined ? { outcome: 'counted' } : { outcome: 'refused', refusal };
      } catch (error) {
        const refusal = error instanceof WorkflowUpdateFailedError ? refusalOf(error.cause) : undefined;
        if (refusal !== undefined) return { outcome: 'refused', refusal };
        if (error instanceof WorkflowNotFoundError) return { outcome: 'not-running' };
        throw new TemporalUnavailable(`cannot pass ${message.control} to ${incident}`, { cause: error });
      }
    },

    async status(incident) {
      try {
        return await sooner(() => client.workflow.getHandle(incident).query<Status>('status'));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'not-running';
        throw new TemporalUnavailable(`cannot ask ${incident} for its status`, { cause: error });
      }
    },

    async runningIds() {
      try {
        const ids = new Set<string>();
        const query = "WorkflowType = 'runPlaybook' AND ExecutionStatus = 'Running'";
        await slow(async () => {
          for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) ids.add(workflowId);
        });
        return ids;
      } catch (error) {
        throw new TemporalUnavailable('cannot list the workflows that run', { cause: error });
      }
    },

    async fate(incident) {
      try {
        const { status, closeTime, runId } = await soon(() => client.workflow.getHandle(incident).describe());
        const how = ENDS[status.name];
        return how === undefined
          ? { state: 'running' }
          : { state: 'ended', how, at: closeTime?.getTime() ?? 0, run: runId };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
        throw new TemporalUnavailable(`cannot ask what became of ${incident}`, { cause: error });
      }
    },

    async isUnderWay(incident, activity) {
      try {
        const { raw } = await soon(() => client.workflow.getHandle(incident).describe());
        return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ?? false;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw new TemporalUnavailable(`cannot ask what ${incident} does`, { cause: error });
      }
    },

    async revive(incident, summary) {
      const fate = await this.fate(incident);
      if (fate.state === 'running') return 'running';
      try {
        const point = fate.state === 'ended' ? await slow(() => lastDecision(client, incident, fate.run)) : undefined;
        if (fate.state === 'unknown' || point === undefined) {
          await soon(() => start(incident, summary, 'ALLOW_DUPLICATE'));
          return 'started';
        }
        await soon(() =>
          client.workflowService.resetWorkflowExecution({
            namespace: client.options.namespace,
            workflowExecution: { workflowId: incident, runId: fate.run },
            reason: 'resumed by a person',
            workflowTaskFinishEventId: point,
            // the same end is resumed once, however often it is asked for
            requestId: `resume-${fate.run}`,
          }),
        );
        return 'revived';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'running';
        throw new TemporalUnavailable(`cannot resume ${incident}`, { cause: error });
      }
    },

    async reachable() {
      try {
        await soon(() => client.workflowService.describeNamespace({ namespace: client.options.namespace }));
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Id of the event up to which a run that ended can be run again: its last completed workflow task. */
async function lastDecision(client: Client, workflowId: string, runId: string) {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const last = events?.findLast(({ workflowTaskCompletedEventAttributes: completed }) => completed != null);
  return last?.eventId ?? undefined;
}

/** A validator's no: an ApplicationFailure whose type is the refusal's code. */
function refusalOf(cause: unknown): Refusal | undefined {
  if (!(cause instanceof ApplicationFailure)) return undefined;
  return refusalIn({ code: cause.type, message: cause.message });
}

function refusalIn(answer: unknown): Refusal | undefined {
  if (answer === null || typeof answer !== 'object' || !('code' in answer) || !('message' in answer)) return undefined;
  const code = REFUSAL_CODES.find((candidate) => candidate === answer.code);
  return code === undefined ? undefined : { code, message: String(answer.message) };
}
