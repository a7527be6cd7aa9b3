/**
 * The story of an incident. The core says what may start (`ready`) and takes in what happened (`apply`); this turns the
 * one into activities and their ends into the other. It never continues as new: waiting costs no events, and 64 steps
 * with all their questions stay far below the limit of a history.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ClosedAs } from '../playbooks/language/words.js';
import { closeUnplanned } from './close.js';
import { apply } from './core/apply.js';
import { isDroppable, ready } from './core/ready.js';
import { type Call, open } from './core/run.js';
import { type Desk, listen } from './messages.js';
import { perform, type UnderWay } from './perform.js';
import { prepare } from './prepare.js';
import { Display } from './show.js';

export interface RunPlaybook {
  /** `INC-142`; also the workflow id. */
  incident: string;
  /** Search attributes are registered here (the embedded server registers them). */
  searchable?: boolean;
  /** `REVISION` of the code that started it; absent in incidents from before there was one. */
  revision?: number;
}

/** From the alert to the end. Returns how it closed. */
export async function runPlaybook(input: RunPlaybook): Promise<ClosedAs> {
  const desk = listen(input.incident, input.revision);
  // Temporal's own cancellation is heard by the desk; whatever has begun to change the world ends by itself.
  return CancellationScope.nonCancellable(async () => {
    const prepared = await prepare(desk);
    if (prepared.result !== 'planned') return closeUnplanned(input.incident, prepared);
    return live(desk, prepared, input);
  });
}

async function live(
  desk: Desk,
  prepared: Parameters<typeof open>[0],
  { searchable = false, revision = 0 }: RunPlaybook,
): Promise<ClosedAs> {
  const display = new Display(searchable, revision);
  const run = open(prepared, Date.now());
  const underWay = new Map<string, UnderWay>();
  desk.open(run);
  while (run.closed === undefined) {
    apply(run, { kind: 'time', at: Date.now() });
    const { calls, unwanted, wakeAt } = ready(run, Date.now());
    for (const key of unwanted) underWay.get(key)?.drop();
    for (const call of calls) underWay.set(call.key, begin(desk, call, revision < 2 || isDroppable(run, call)));
    // What has begun may let more begin; what is at rest is shown.
    if (revision >= 2 && desk.takeNews()) continue;
    display.update(run);
    await desk.news(wakeAt);
  }
  display.update(run);
  return run.closed.as;
}

/** An activity's whole life, as two facts. */
function begin(desk: Desk, call: Call, mayDrop: boolean): UnderWay {
  desk.tell({ kind: 'begun', call, at: Date.now() });
  const started = perform(call, mayDrop);
  void started.outcome.then((outcome) => desk.tell({ kind: 'ended', key: call.key, outcome, at: Date.now() }));
  return started;
}
