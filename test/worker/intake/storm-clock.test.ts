/** When a storm begins, rages and ends, to the millisecond; over real records and without a server. */
import { expect, it } from 'vitest';
import { ALERT_STORM } from '../../../activities/alert.js';
import { openIntake } from './intake.js';

const LIMITS = { alerts: 3, withinMs: 1_000 };
type Intake = Awaited<ReturnType<typeof openIntake>>;
/** Alerts after so many ms each. */
async function saw({ storm, clock }: Intake, ...afterMs: number[]): Promise<void> {
  for (const ms of afterMs) {
    clock.at += ms;
    storm.saw('github');
  }
  await storm.idle();
}
const storms = async ({ records }: Intake) =>
  (await records.incidents.list({ state: 'all', limit: 200 })).filter(({ playbook }) => playbook === ALERT_STORM);

it('begins with the alert that is one too many in exactly so long, and not a millisecond later', async () => {
  const slow = await openIntake(LIMITS);
  await saw(slow, 0, 0, 0, 1_001, 1_000, 1, 1_000);
  expect(await storms(slow)).toEqual([]);
  expect(slow.storm.sheds()).toBe(false);
  const fast = await openIntake(LIMITS);
  await saw(fast, 0, 0, 0, 1_000);
  expect(await storms(fast)).toHaveLength(1);
  expect(fast.storm.sheds()).toBe(true);
});

it('says since when, by the first of those that were too many, and wakes the dispatcher', async () => {
  const intake = await openIntake(LIMITS);
  const first = new Date(intake.clock.at + 5_000);
  await saw(intake, 0, 5_000, 100, 100, 100);
  const [incident] = await storms(intake);
  const [row] = await intake.records.inbox.ofIncident(incident?.id ?? '');
  expect(row).toMatchObject({
    key: `alert-storm/github/${first.getTime()}`,
    body: { exposedSince: first.toISOString(), summary: 'Alerts of github come faster than 3 in 1 s' },
  });
  expect(intake.woken).toHaveLength(1);
  expect(intake.lines).toMatchObject([{ source: 'github', incident: 'INC-1', joined: false }]);
});

it('rages until no alert is too fast for exactly as long again', async () => {
  const intake = await openIntake(LIMITS);
  await saw(intake, 0, 0, 0, 0);
  intake.clock.at += 1_000;
  expect(intake.storm.sheds()).toBe(true);
  intake.clock.at += 1;
  expect(intake.storm.sheds()).toBe(false);
});

it('is another one after it has ended, and is the same while it goes on', async () => {
  const intake = await openIntake(LIMITS);
  await saw(intake, 0, 0, 0, 0, 1_000, 0, 0, 0, 1_000, 0, 0, 0);
  expect((await storms(intake)).map(({ alerts }) => alerts)).toEqual([1]);
  await saw(intake, 1_001, 0, 0, 0);
  expect((await storms(intake)).map(({ alerts }) => alerts)).toEqual([2]);
});

it('puts tickets off for its first two minutes and no longer', async () => {
  const intake = await openIntake(LIMITS);
  await saw(intake, 0, 0, 0, 0);
  await saw(intake, ...Array<number>(600).fill(200));
  expect(intake.storm.sheds()).toBe(true);
  await saw(intake, 1);
  expect(intake.storm.sheds()).toBe(false);
  expect(await storms(intake)).toHaveLength(1);
});

it('is recorded by the next alert when it could not be, and by no other', async () => {
  const intake = await openIntake(LIMITS);
  const { receive } = intake.records;
  intake.records.receive = async () => {
    throw new RangeError('out of reach');
  };
  await saw(intake, 0, 0, 0, 0);
  expect(intake.storm.sheds()).toBe(false);
  expect(intake.lines).toMatchObject([{ source: 'github', error: 'RangeError' }]);
  intake.records.receive = receive;
  await saw(intake, 0, 0, 0);
  expect((await storms(intake)).map(({ alerts }) => alerts)).toEqual([1]);
});
