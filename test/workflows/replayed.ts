/** Replays a recorded history with the engine as it is now, and tells what that engine did and said. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type InjectedSinks, Worker } from '@temporalio/worker';
import type { Status } from '../../workflows/core/message.js';
import type { ScheduledSinks } from './scheduled-arguments.js';
import type { StatusSinks } from './status-after.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const HISTORIES = at('../histories/');

export type Scheduled = { id: string; type: string; args: unknown[] };

export interface Replayed {
  scheduled: Scheduled[];
  /** What the query `status` answers after each workflow task, by the event with which that began. */
  statuses: Map<number, Status>;
}

let bundle: ReturnType<typeof bundleWorkflowCode> | undefined;

/** The incident of a recorded history, which is its workflow id: `dead.2` tells that of `dead` again. */
export const storyOf = (name: string): string => name.replace(/\.\d+$/, '');

/** Fails as Temporal's own replay does, when the engine asks for something else than the history says. */
export async function replayed(name: string, history: unknown): Promise<Replayed> {
  const logger = new DefaultLogger('ERROR');
  bundle ??= bundleWorkflowCode({
    workflowsPath: at('../../workflows/run-playbook.ts'),
    workflowInterceptorModules: [at('./scheduled-arguments.ts'), at('./status-after.ts')],
    logger,
  });
  const seen: Replayed = { scheduled: [], statuses: new Map() };
  const sinks: InjectedSinks<ScheduledSinks & StatusSinks> = {
    scheduled: {
      activity: { fn: (_, id, type, args) => void seen.scheduled.push({ id, type, args }), callDuringReplay: true },
    },
    status: {
      after: { fn: (_, task, status) => void seen.statuses.set(task, status), callDuringReplay: true },
    },
  };
  await Worker.runReplayHistory({ workflowBundle: await bundle, sinks }, history, storyOf(name));
  return seen;
}

/** Names of the recorded histories: `dead`, and `dead.2` for what a later engine does in the same story. */
export function recordedNames(): string[] {
  return readdirSync(HISTORIES)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''))
    .sort();
}

export function recordedHistory(name: string): { events: unknown[] } {
  return JSON.parse(readFileSync(`${HISTORIES}${name}.json`, 'utf8')) as { events: unknown[] };
}
