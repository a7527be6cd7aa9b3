import { act } from './act.js';
import { awaitChildren } from './await-children.js';
import { closeIncident } from './close-incident.js';
import type { AskCall, CloseCall, NoteCall, StepCall, UndoCall, View } from './contract.js';
import { askPeople, note } from './people.js';
import { prepare } from './prepare.js';
import { prove, proveRestored } from './prove.js';
import { respondToEach } from './respond-to-each.js';
import type { Attempt, Seams } from './seams.js';
import { settleStep } from './settle-step.js';
import { undo } from './undo.js';

export type Activity = (input: never, attempt: Attempt) => Promise<unknown>;

/**
 * Every activity by the name it has in Temporal's history: those of the contract, and one for each verb of any kind.
 * Each first shows in records where its incident stands, so that lists and cards need no activity of their own.
 */
export function createActivities(seams: Seams): Record<string, Activity> {
  /** Time of the newest view of each incident here, so that a late attempt shows no older one. */
  const newest = new Map<string, number>();
  const shown =
    <Input extends { incident: string; view: View }>(run: (input: Input, attempt: Attempt) => Promise<unknown>) =>
    async (input: Input, attempt: Attempt): Promise<unknown> => {
      await show(input);
      return run(input, attempt);
    };
  /** For what changes the world: it does not wait for lists to be right first, but has not ended before they are. */
  const shownMeanwhile =
    <Input extends { incident: string; view: View }>(run: (input: Input, attempt: Attempt) => Promise<unknown>) =>
    async (input: Input, attempt: Attempt): Promise<unknown> => {
      const showing = show(input);
      showing.catch(() => undefined);
      const result = await run(input, attempt);
      await showing;
      return result;
    };
  async function show({ incident, view }: { incident: string; view: View }): Promise<void> {
    if (view.at < (newest.get(incident) ?? 0)) return;
    newest.set(incident, view.at);
    await seams.records.incidents.show(incident, view);
  }
  const verbs = new Set(Object.values(seams.catalogue).flatMap(({ verbs }) => Object.keys(verbs)));
  return {
    ...Object.fromEntries(
      [...verbs].map((verb) => [verb, shownMeanwhile<StepCall>((call, attempt) => act(seams, verb, call, attempt))]),
    ),
    prepare: shown<{ incident: string; view: View }>((call) => prepare(seams, call.incident)),
    prove: shown<StepCall>((call) => prove(seams, call)),
    prove_restored: shown<StepCall>((call) => proveRestored(seams, call)),
    undo: shown<UndoCall>((call) => undo(seams, call)),
    settle: shown<StepCall>((call) => settleStep(seams, call)),
    respond_to_each: shown<StepCall>((call) => respondToEach(seams, call)),
    await_children: shown<StepCall>((call) => awaitChildren(seams, call)),
    ask_people: shown<AskCall>((call) => askPeople(seams, call)),
    note: shown<NoteCall & { tell?: boolean }>((call) => note(seams, call)),
    close_incident: shown<CloseCall>(async (call) => {
      await closeIncident(seams, call);
      newest.delete(call.incident);
    }),
  };
}
