/**
 * Somebody presses Reset in Temporal's own web page: the workflow decides anew from before a decision or an effect. Rows
 * answer for what was done, so nothing is written again, and what was undone stays undone.
 */
import { eventually } from '../system/eventually.js';
import type { Batch, Bench, Cell, Effect, Subject } from './cell.js';
import { openTemporalSite, type TemporalSite } from './temporal-site.js';
import { pressReset, taskThatScheduled } from './temporal-ui.js';

interface Done extends Effect {
  /** The activity that did it, and what it wrote. */
  activity: string;
  methods: string[];
  /** Brings it there from its gate. */
  until(bench: Bench, subject: Subject): Promise<boolean>;
}

const hasClosed = async ({ site }: Bench, { incident }: Subject) =>
  typeof (await site.incident(incident)).closedAs === 'string';
const asks =
  (about: string): Done['until'] =>
  async ({ site }, { incident }) =>
    (await site.live(incident)).waiting.some(({ id }) => id.includes(`.${about}.`));
const stays = async () => {};
const falseAlarm = (bench: Bench, subject: Subject) => bench.crowd.falseAlarm(subject);

/** Done, and the next question is open; or done, or undone, and the incident has closed. */
const DONE: readonly Done[] = [
  {
    name: 'disable, done',
    promise: 'contain',
    gate: 'cut_sessions',
    go: stays,
    until: asks('cut_sessions'),
    activity: 'disable',
    methods: ['UpdateAccessKey'],
  },
  {
    name: 'cut sessions, done',
    promise: 'interrupt',
    gate: 'rotate',
    go: stays,
    until: asks('rotate'),
    activity: 'cut_sessions',
    methods: ['PutUserPolicy'],
  },
  {
    name: 'rotate, done',
    promise: 'replace',
    gate: 'revoke',
    go: stays,
    until: asks('revoke'),
    activity: 'rotate',
    methods: ['CreateAccessKey', 'write'],
  },
  {
    name: 'revoke, done and closed',
    promise: 'destroy',
    gate: 'revoke',
    until: hasClosed,
    activity: 'revoke',
    methods: ['DeleteAccessKey', 'CreateAccessKey', 'write', 'PutUserPolicy', 'UpdateAccessKey'],
  },
  {
    name: 'disable, undone and closed',
    promise: 'undo',
    gate: 'rotate',
    go: falseAlarm,
    until: hasClosed,
    activity: 'disable',
    methods: ['UpdateAccessKey', 'PutUserPolicy', 'DeleteUserPolicy'],
  },
  {
    name: 'rotate, undone and closed',
    promise: 'undo',
    gate: 'revoke',
    go: falseAlarm,
    until: hasClosed,
    activity: 'rotate',
    methods: ['CreateAccessKey', 'UpdateAccessKey', 'write'],
  },
];

const BEFORE_DECISION = 'reset to before the decision';
const BEFORE_EFFECT = 'reset to before the effect';

export function reset(effects: readonly Done[] = DONE): Batch {
  let lab: TemporalSite;
  let resetAt = 0;
  return {
    name: 'reset in Temporal',
    cells: [BEFORE_DECISION, BEFORE_EFFECT].flatMap((point) => effects.map((effect): Cell => ({ effect, point }))),
    async open() {
      lab = await openTemporalSite();
      return lab.site;
    },
    arm: async () => {},
    stands: (bench, subject) => (subject.cell.effect as Done).until(bench, subject),
    async strike(bench, wave) {
      resetAt = Date.now();
      for (const { incident, cell } of wave) {
        const { activity } = cell.effect as Done;
        // the task that heard the decision also started the effect: what people said is repeated to the new run, or not
        const task = await taskThatScheduled(lab.temporal, incident, activity);
        await pressReset(lab.temporal, incident, task, cell.point === BEFORE_EFFECT);
      }
      await Promise.all(wave.map((subject) => ranAgain(lab, subject)));
      // it is asked again, and answered again
      await Promise.all(wave.map((subject) => bench.crowd.open(subject)));
    },
    judge(_bench, { cell, user, key }, { world }) {
      const { methods } = cell.effect as Done;
      const again = [...world.aws.writes, ...world.vault.writes].filter(
        ({ at, method, target, detail }) =>
          at > resetAt &&
          methods.includes(method) &&
          [user, key.id].some((name) => target.split('/').includes(name) || detail.user === name),
      );
      return again.map(({ method, target }) => `${method} ${target} was written again after the reset`);
    },
  };
}

/** The new run has come to the same place: what it does not ask for any more, it has an answer to. */
async function ranAgain({ temporal }: TemporalSite, { incident, cell }: Subject): Promise<void> {
  const { activity } = cell.effect as Done;
  if (cell.point === BEFORE_DECISION) return;
  await eventually(`the new run of ${incident} has done ${activity} again`, 60, async () => {
    const { events } = await temporal.workflow.getHandle(incident).fetchHistory();
    const scheduled = events?.findLast(
      ({ activityTaskScheduledEventAttributes: one }) => one?.activityType?.name === activity,
    );
    return (
      events?.some(
        ({ activityTaskCompletedEventAttributes: done, activityTaskFailedEventAttributes: failed }) =>
          (done ?? failed)?.scheduledEventId?.toString() === scheduled?.eventId?.toString(),
      ) ?? false
    );
  });
}
