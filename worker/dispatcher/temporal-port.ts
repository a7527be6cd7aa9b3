import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { REFUSAL_CODES, type Refusal, type Status } from '../../workflows/core/message.js';
import { type TemporalPort, TemporalUnavailable } from './port.js';

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

/** The port over a real client. */
export function createTemporalPort(
  client: Client,
  { taskQueue, deadlineMs = 10_000, personMs = 6_000, eagerStart = false, searchable = false }: TemporalPortOptions,
): TemporalPort {
  const soon = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + deadlineMs, call);
  const sooner = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + personMs, call);

  return {
    async start(incident, summary) {
      try {
        await soon(() =>
          client.workflow.start('runPlaybook', {
            workflowId: incident,
            taskQueue,
            args: [{ incident, ...(searchable ? { searchable } : {}) }],
            workflowIdConflictPolicy: 'FAIL',
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            requestEagerStart: eagerStart,
            staticSummary: summary,
          }),
        );
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
