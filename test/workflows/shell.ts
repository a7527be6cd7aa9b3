/** Runs the workflow on a real server, with a small scripted provider as its activities. */

import { fileURLToPath } from 'node:url';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, type NativeConnection, Worker, type WorkflowBundle } from '@temporalio/worker';
import type { FixedActivities, NoteCall, Prepared, StepCall, StepResult } from '../../activities/contract.js';
import type { Plan } from '../../playbooks/language/plan.js';
import type { FailureCode } from '../../playbooks/language/words.js';
import { type Message, REVISION, type Status } from '../../workflows/core/message.js';
import type { runPlaybook } from '../../workflows/run-playbook.js';
import { temporalServer } from '../temporal-server.js';
import { PEOPLE } from './core/story.js';

export type World = (name: string, call: StepCall, attempt: number) => Promise<unknown> | unknown;

/** The provider says no, for good. */
export function refuses(code: FailureCode): never {
  throw ApplicationFailure.create({ type: code, message: `the provider said ${code}`, nonRetryable: true });
}

/** The provider cannot be reached; the attempt is repeated. */
export function isDown(): never {
  throw ApplicationFailure.create({ type: 'unavailable', message: 'the provider cannot be reached' });
}

const VERBS = [
  'disable',
  'cut_sessions',
  'rotate',
  'revoke',
  'scan_logs',
  'find_created',
  'open_ticket',
  'resolve_alert',
  'notify',
  'prove',
  'prove_restored',
];

export interface Told {
  name: string;
  call: unknown;
}

let bundle: Promise<WorkflowBundle> | undefined;
export function workflowBundle(): Promise<WorkflowBundle> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/run-playbook.ts', import.meta.url));
  bundle ??= bundleWorkflowCode({
    workflowsPath,
    logger: { ...console, log() {}, trace() {}, debug() {}, info() {} } as never,
  });
  return bundle;
}

/** One incident on its own task queue. Every activity that ran is in `told`, in order. */
export class Incident {
  readonly id: string;
  private constructor(
    readonly told: Told[],
    readonly handle: WorkflowHandle<typeof runPlaybook>,
    private readonly worker: Worker,
    private readonly running: Promise<void>,
  ) {
    this.id = handle.workflowId;
  }

  /** `name` is its task queue and its workflow id, so histories of it always read the same. */
  static async start(name: string, plan: Plan, world: World = () => undefined, prepared?: Prepared): Promise<Incident> {
    const connection: NativeConnection = await temporalServer();
    const told: Told[] = [];
    const activities = activitiesOf({ ...plan, incident: name }, world, prepared, told);
    const worker = await Worker.create({
      connection,
      taskQueue: name,
      identity: 'test',
      activities,
      workflowBundle: await workflowBundle(),
    });
    const running = worker.run();
    const client = new Client({ connection, identity: 'test' });
    const handle = await client.workflow.start<typeof runPlaybook>('runPlaybook', {
      taskQueue: name,
      workflowId: name,
      args: [{ incident: name, searchable: true, revision: REVISION }],
    });
    return new Incident(told, handle, worker, running);
  }

  /** Names of the activities that ran, without lines of the record. */
  get ran(): string[] {
    return this.told
      .map(({ name }) => name)
      .filter((name) => !['note', 'ask_people', 'prepare', 'close_incident'].includes(name));
  }

  status(): Promise<Status> {
    return this.handle.query<Status>('status');
  }

  /** Until the status is so; polls the real server, for at most 15 s. */
  async until(isSo: (status: Status) => boolean): Promise<Status> {
    for (let tries = 0; tries < 300; tries += 1) {
      const status = await this.status();
      if (isSo(status)) return status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never came to it: ${JSON.stringify(await this.status())}`);
  }

  /** Until such a line was written into the timeline. */
  async hears(isSo: (line: string) => boolean, seconds = 15): Promise<void> {
    for (let tries = 0; tries < seconds * 20; tries += 1) {
      const lines = this.told.flatMap(({ name, call }) => (name === 'note' ? [(call as NoteCall).line] : []));
      if (lines.some(isSo)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never heard of it: ${JSON.stringify(await this.status())}`);
  }

  says(person: string, control: Message['control'], more: Partial<Message> = {}): Promise<void> {
    const id = `${person}-${control}-${Math.random()}`;
    const message: Message = { id, control, person, roles: PEOPLE[person]!, at: Date.now(), ...more };
    return this.handle.executeUpdate<void, [Message]>(control, { args: [message], updateId: id });
  }

  answers(person: string, step: string, answer: Message['answer']): Promise<void> {
    return this.says(person, 'decide', { step, answer, ...(answer === 'no' ? { reason: 'because' } : {}) });
  }

  async end(): Promise<void> {
    this.worker.shutdown();
    await this.running;
  }
}

function activitiesOf(plan: Plan, world: World, prepared: Prepared | undefined, told: Told[]) {
  const attempts = new Map<string, number>();
  const ask = async (name: string, call: StepCall): Promise<unknown> => {
    const key = `${name}/${call.step}/${call.generation}`;
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    told.push({ name, call });
    return world(name, call, attempts.get(key)!);
  };
  const verb =
    (name: string) =>
    async (call: StepCall): Promise<StepResult> =>
      ((await ask(name, call)) as StepResult | undefined) ?? {
        results: {},
        line: `${name} worked`,
        ...(name.startsWith('prove') ? { grade: 'refused' as const } : {}),
      };
  const fixed: Omit<FixedActivities, 'prove' | 'prove_restored'> = {
    prepare: async (call) => {
      const answer = (await ask('prepare', { ...call, digest: '', step: '', generation: 1 })) as Prepared | undefined;
      return answer ?? prepared ?? { result: 'planned', plan, alerts: 1, emptyRoles: [] };
    },
    undo: async (call) => ((await ask('undo', call)) as never) ?? { result: 'undone', line: 'as before us' },
    settle: async (call) =>
      ((await ask('settle', call)) as never) ?? { state: 'not_applied', line: 'nothing was applied' },
    respond_to_each: verb('respond_to_each'),
    await_children: verb('await_children'),
    ask_people: async (call) => (await ask('ask_people', call)) as { reached: boolean } | undefined,
    note: async (call) => void told.push({ name: 'note', call }),
    close_incident: async (call) => void told.push({ name: 'close_incident', call }),
  };
  return { ...Object.fromEntries(VERBS.map((name) => [name, verb(name)])), ...fixed };
}
