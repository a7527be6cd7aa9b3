/** What a call to Temporal is about, read from the request as it goes over the wire. */
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import protobuf from 'protobufjs';

const { v1 } = proto.temporal.api.workflowservice;
const { CommandType } = proto.temporal.api.enums.v1;

/** The calls that the proxy can tell apart by incident; all others pass by unread. */
export type Rpc =
  | 'StartWorkflowExecution'
  | 'UpdateWorkflowExecution'
  | 'RespondWorkflowTaskCompleted'
  | 'RespondWorkflowTaskFailed'
  | 'RespondActivityTaskCompleted'
  | 'RespondActivityTaskFailed'
  | 'RecordActivityTaskHeartbeat'
  | 'PollActivityTaskQueue';

export interface Call {
  rpc: string;
  /** Workflow id. Absent: not a call about one, or not yet known (a poll before its answer). */
  workflow?: string;
  /** Activity type. */
  activity?: string;
  /** Of a workflow task: what it decides. `start` = its first, `close` = ends the workflow, else the types it schedules. */
  decides?: { isFirst: boolean; closes: boolean; schedules: string[]; answersUpdate: boolean };
  /** Of an update: its name and id. */
  update?: { name: string; id: string };
}

/** Reads one unary request: the 5 byte prefix of gRPC and the message. */
export function callOf(rpc: string, body: Buffer): Call {
  const bytes = messageOf(body);
  if (bytes === undefined) return { rpc };
  switch (rpc) {
    case 'StartWorkflowExecution':
      return { rpc, workflow: v1.StartWorkflowExecutionRequest.decode(bytes).workflowId };
    case 'UpdateWorkflowExecution': {
      const { workflowExecution, request } = v1.UpdateWorkflowExecutionRequest.decode(bytes);
      const update = { name: request?.input?.name ?? '', id: request?.meta?.updateId ?? '' };
      return { rpc, workflow: workflowExecution?.workflowId ?? '', update };
    }
    case 'RespondWorkflowTaskCompleted': {
      const { taskToken, commands, messages } = v1.RespondWorkflowTaskCompletedRequest.decode(bytes);
      const { workflow, startedEventId } = readToken(taskToken);
      const ends: number[] = [
        CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
        CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
      ];
      const decides = {
        isFirst: startedEventId === FIRST_TASK_STARTED,
        closes: commands.some(({ commandType }) => ends.includes(commandType ?? 0)),
        schedules: commands.flatMap(({ scheduleActivityTaskCommandAttributes: one }) => one?.activityType?.name ?? []),
        answersUpdate: messages.length > 0,
      };
      return { rpc, workflow, decides };
    }
    case 'RespondWorkflowTaskFailed':
      return { rpc, workflow: readToken(v1.RespondWorkflowTaskFailedRequest.decode(bytes).taskToken).workflow };
    case 'RespondActivityTaskCompleted':
      return ofActivity(rpc, v1.RespondActivityTaskCompletedRequest.decode(bytes).taskToken);
    case 'RespondActivityTaskFailed':
      return ofActivity(rpc, v1.RespondActivityTaskFailedRequest.decode(bytes).taskToken);
    case 'RecordActivityTaskHeartbeat':
      return ofActivity(rpc, v1.RecordActivityTaskHeartbeatRequest.decode(bytes).taskToken);
    default:
      return { rpc };
  }
}

/** A poll is about something only once it is answered; an empty answer is about nothing. */
export function polledBy(answer: Buffer): Call {
  const rpc = 'PollActivityTaskQueue';
  const bytes = messageOf(answer);
  if (bytes === undefined) return { rpc };
  const { workflowExecution, activityType } = v1.PollActivityTaskQueueResponse.decode(bytes);
  return {
    rpc,
    ...(workflowExecution?.workflowId ? { workflow: workflowExecution.workflowId } : {}),
    ...(activityType?.name ? { activity: activityType.name } : {}),
  };
}

/** Started, scheduled, task started: the first task of every workflow. */
const FIRST_TASK_STARTED = 3;
const PREFIX_BYTES = 5;

/** The first message in a gRPC body; undefined where there is none. */
function messageOf(body: Buffer): Buffer | undefined {
  if (body.length < PREFIX_BYTES) return undefined;
  const message = body.subarray(PREFIX_BYTES, PREFIX_BYTES + body.readUInt32BE(1));
  return body[0] === 1 ? gunzipSync(message) : message;
}

function ofActivity(rpc: string, token: Uint8Array): Call {
  const { workflow, activity } = readToken(token);
  return { rpc, workflow, activity };
}

/**
 * The server's own token of a task (`temporal.server.api.token.v1.Task`, not part of the public API). A server that
 * changes it fails the proxy's test, not silently: the ids come out empty.
 */
function readToken(token: Uint8Array): { workflow: string; activity: string; startedEventId: number } {
  const read = { workflow: '', activity: '', startedEventId: 0 };
  const reader = protobuf.Reader.create(token);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case 2:
        read.workflow = reader.string();
        break;
      case 8:
        read.activity = reader.string();
        break;
      case 10:
        read.startedEventId = Number(reader.int64());
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return read;
}
