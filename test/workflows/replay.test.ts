import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { OUTCOMES } from './outcomes.js';
import type { ScheduledSinks } from './scheduled-arguments.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ANEW =
  'A workflow that is running now would break in the same way: keep the old behaviour behind patched(), or, before the first release, ' +
  'record anew: rm test/histories/*.json; RECORD_HISTORIES=1 npx vitest run test/workflows/run-playbook.test.ts';

type Scheduled = { id: string; type: string; args: unknown[] };

let workflowBundle: Awaited<ReturnType<typeof bundleWorkflowCode>>;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: at('../../workflows/run-playbook.ts'),
    workflowInterceptorModules: [at('./scheduled-arguments.ts')],
    logger: new DefaultLogger('ERROR'),
  });
});

/** Temporal's replay compares types and ids only; a changed argument (an effect's key) would replay green. */
async function replay(name: string, history: unknown): Promise<Scheduled[]> {
  const scheduled: Scheduled[] = [];
  const activity = {
    fn: (_: unknown, id: string, type: string, args: unknown[]) => void scheduled.push({ id, type, args }),
    callDuringReplay: true,
  };
  await Worker.runReplayHistory(
    {
      workflowBundle,
      sinks: { scheduled: { activity } } satisfies import('@temporalio/worker').InjectedSinks<ScheduledSinks>,
    },
    history,
    name,
  );
  return scheduled;
}

function recorded(history: unknown): Scheduled[] {
  return (historyFromJSON(history).events ?? []).flatMap(({ activityTaskScheduledEventAttributes: event }) =>
    event == null
      ? []
      : [
          {
            id: event.activityId ?? '',
            type: event.activityType?.name ?? '',
            args: (event.input?.payloads ?? []).map(
              ({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')) as unknown,
            ),
          },
        ],
  );
}

describe('recorded histories', () => {
  it('are there, one for each outcome', () => {
    const files = readdirSync(at('../histories/')).sort();
    expect(files, ANEW).toEqual(OUTCOMES.map(({ name }) => `${name}.json`).sort());
  });

  it.each(OUTCOMES)('$name replays, with the same arguments', async ({ name }) => {
    const history: unknown = JSON.parse(readFileSync(at(`../histories/${name}.json`), 'utf8'));
    const scheduled = await replay(name, history).catch((error: Error) => expect.fail(`${error.message}\n${ANEW}`));
    expect(scheduled, ANEW).toEqual(recorded(history));
  });

  it('of another engine are noticed: a changed argument is not the same', async () => {
    const history = JSON.parse(readFileSync(at('../histories/dead.json'), 'utf8'));
    const scheduled = await replay('dead', history);
    const changed = scheduled.map((call) => ({ ...call, args: [{ ...(call.args[0] as object), generation: 7 }] }));
    expect(changed).not.toEqual(recorded(history));
  });
});
