/** What the recorded histories must hold between them, so that no change of the engine goes unseen. */
import { describe, expect, it } from 'vitest';
import { NOTE_KINDS, type NoteKind, type Prepared } from '../../activities/contract.js';
import type { Step } from '../../playbooks/language/plan.js';
import { CLOSED_AS } from '../../playbooks/language/words.js';
import { CONTROLS, type Control, type Message, REVISION } from '../../workflows/core/message.js';
import type { Purpose } from '../../workflows/core/run.js';
import type { RunPlaybook } from '../../workflows/run-playbook.js';
import { type HistoryEvent, read } from './oracle.js';
import { recordedHistory, recordedNames } from './replayed.js';

interface Seen {
  kinds: Set<string>;
  controls: Set<string>;
  answers: Set<string>;
  purposes: Set<string>;
  lines: Set<string>;
  ends: Set<string>;
  events: Set<string>;
  revisions: Set<string>;
}

const KINDS: Record<Step['kind'], true> = { act: true, ask: true, task: true, each: true };
const ANSWERS: Record<NonNullable<Message['answer']>, true> = { yes: true, no: true, not_yet: true, done: true };
const PURPOSES: Record<Purpose, true> = {
  step: true,
  look: true,
  settle: true,
  undo: true,
  restored: true,
  ask: true,
  note: true,
  close: true,
};
/** What Temporal itself can bring: failures and time-outs of activities, timers, signals, its own cancel, a dropped call. */
const EVENTS = [
  'ACTIVITY_TASK_FAILED',
  'ACTIVITY_TASK_TIMED_OUT',
  'ACTIVITY_TASK_CANCEL_REQUESTED',
  'TIMER_FIRED',
  'WORKFLOW_EXECUTION_SIGNALED',
  'WORKFLOW_EXECUTION_CANCEL_REQUESTED',
];

function look(): Seen {
  const seen: Seen = {
    kinds: new Set(),
    controls: new Set(),
    answers: new Set(),
    purposes: new Set(),
    lines: new Set(),
    ends: new Set(),
    events: new Set(),
    revisions: new Set(),
  };
  for (const name of recordedNames()) lookAt(recordedHistory(name).events as HistoryEvent[], seen);
  return seen;
}

function lookAt(events: HistoryEvent[], seen: Seen): void {
  const steps = new Map<string, Step>();
  for (const event of events) {
    const start = event.workflowExecutionStartedEventAttributes;
    if (start !== undefined) seen.revisions.add(String((read(start.input) as RunPlaybook).revision ?? 0));
    seen.events.add(event.eventType.replace('EVENT_TYPE_', ''));
    const prepared = read(event.activityTaskCompletedEventAttributes?.result) as Prepared | undefined;
    if (prepared?.result === 'planned') for (const step of prepared.plan.steps) steps.set(step.id, step);
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input;
    if (update !== undefined) {
      seen.controls.add(update.name);
      seen.answers.add((read(update.args) as Message).answer ?? '');
    }
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled === undefined) continue;
    const type = scheduled.activityType.name;
    const input = read(scheduled.input) as { step?: string; kind?: NoteKind; as?: string };
    const step = steps.get(input.step ?? '');
    if (type !== 'note' && step !== undefined) seen.kinds.add(step.kind);
    seen.purposes.add(purposeOf(type, step));
    if (type === 'note') seen.lines.add(input.kind ?? '');
    if (type === 'close_incident') seen.ends.add(input.as ?? '');
  }
}

function purposeOf(type: string, step: Step | undefined): Purpose {
  const fixed: Record<string, Purpose> = {
    settle: 'settle',
    undo: 'undo',
    prove_restored: 'restored',
    ask_people: 'ask',
    note: 'note',
    close_incident: 'close',
  };
  return fixed[type] ?? (step?.kind === 'task' ? 'look' : 'step');
}

const HOW =
  'is in no recorded history, so nobody would notice that the engine treats it differently while incidents are open. Tell an incident ' +
  'with it in test/workflows/tales.ts, then record it: npm run record-histories -- NAME';

describe('between them the recorded histories hold', () => {
  const seen = look();
  const cases: [keyof Seen, readonly string[]][] = [
    ['kinds', Object.keys(KINDS)],
    ['controls', CONTROLS satisfies readonly Control[]],
    ['answers', Object.keys(ANSWERS)],
    ['purposes', Object.keys(PURPOSES)],
    ['lines', NOTE_KINDS],
    ['ends', CLOSED_AS],
    ['events', EVENTS],
    // Incidents that an older engine started go on as they began.
    ['revisions', Array.from({ length: REVISION + 1 }, (_, n) => String(n))],
  ];
  for (const [what, all] of cases) {
    it.each(all)(`${what}: %s`, (one) => {
      expect(seen[what].has(one), `${one} (${what}) ${HOW}`).toBe(true);
    });
  }
});
