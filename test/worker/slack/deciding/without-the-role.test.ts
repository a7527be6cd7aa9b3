/** A property: no sequence of clicks by people without the role ever starts an effect. Through Bolt and the twin, on the real core. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CannotAct } from '../../../../sandbox/slack/pressed.js';
import { eventually } from '../start-slack.js';
import { CONTAIN, type DecidingSite, REVOKE, startDeciding, TASK } from './deciding-site.js';

/** More of them: FIREBREAK_RUNS=500 npx vitest run test/worker/slack/deciding/without-the-role.test.ts */
const RUNS = { numRuns: Number(process.env.FIREBREAK_RUNS ?? 25) };

/** Nobody of them may answer what stands before an effect: by no role, as subject, as requester, unknown, guest, outsider. */
const WHO = ['mia', 'eve', 'rob', 'raj', 'zoe', 'leo', 'nik', 'gus', 'eva'];
/** Who holds the role of the questions is barred from them by name, and never comes near the card. */
const ONLY_ANSWERS = ['zoe', 'leo'];
const ANSWERS = ['yes', 'no', 'not_yet', 'hand_to', 'ask_back'];
const CARD = ['hold', 'resume', 'false_alarm', 'take_lead', 'more'];

interface Click {
  who: string;
  where: string;
  action: string;
  /** Which entry of a menu, and whether the window is filled in or left. */
  nth: number;
  submits: boolean;
  /** Slack, or a thief, tells it again so many times. */
  replays: number;
}

const click: fc.Arbitrary<Click> = fc
  .record({
    who: fc.constantFrom(...WHO),
    where: fc.constantFrom(CONTAIN, CONTAIN, REVOKE, TASK, 'card'),
    answer: fc.constantFrom('yes', 'yes', ...ANSWERS),
    control: fc.constantFrom(...CARD),
    nth: fc.nat(3),
    submits: fc.boolean(),
    replays: fc.constantFrom(0, 0, 0, 1, 2),
  })
  .filter(({ who, where }) => where !== 'card' || !ONLY_ANSWERS.includes(who))
  .map(({ answer, control, ...rest }) => {
    const action = rest.where === 'card' ? control : answer === 'yes' && rest.where === TASK ? 'done' : answer;
    return { ...rest, action };
  });

async function settled(site: DecidingSite): Promise<void> {
  await eventually(async () => expect(await site.records.said.unsettled(site.slack.source, 1)).toEqual([]));
}

async function play(site: DecidingSite, posted: Map<string, string>, one: Click): Promise<void> {
  const { acts } = site.twin;
  const message = posted.get(one.where) as string;
  const seen = site.twin
    .screenOf(one.who)
    .channels.flatMap(({ messages }) => messages)
    .find(({ ts }) => ts === message);
  const options = seen?.controls.find(({ action }) => action === one.action)?.options;
  const option = options?.[one.nth % options.length]?.value;
  try {
    await acts.press({
      user: one.who,
      channel: '#incidents',
      message,
      action: one.action,
      ...(option === undefined ? {} : { option }),
    });
  } catch (error) {
    if (error instanceof CannotAct) return;
    throw error;
  }
  for (let turn = 0; turn < one.replays; turn += 1) await site.twin.replay();
  await settled(site);
  const modal = site.twin.screenOf(one.who).modal;
  if (modal === undefined) return;
  if (!one.submits) {
    await acts.close({ user: one.who });
    return;
  }
  const values = Object.fromEntries(
    modal.controls.map(({ block, options: choices }) => [
      block,
      choices?.[one.nth % choices.length]?.value ?? 'because',
    ]),
  );
  await acts.submit({ user: one.who, values });
  for (let turn = 0; turn < one.replays; turn += 1) await site.twin.replay();
  await settled(site);
}

it('starts no effect, whatever people without the role press, in whatever order', { timeout: 300_000 }, async () => {
  const site = await startDeciding('socket');
  site.twin.workspace.addUser({ id: 'U0EVA', name: 'eva', team: 'T0OTHER' });
  site.twin.workspace.channels.get(site.channel)?.members.add('U0EVA');
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(click, { minLength: 3, maxLength: 14 }), async (clicks) => {
      const incident = await site.open();
      const posted = new Map<string, string>();
      for (const what of [CONTAIN, REVOKE, TASK, 'card']) posted.set(what, await site.post(incident, what));
      for (const one of clicks) await play(site, posted, one);
      expect(site.begun()).toEqual([]);
      for (const { outcome, refusal } of await site.records.decisions.ofIncident(incident)) {
        outcomes.add(outcome === 'refused' ? refusal.split(' ').slice(0, 3).join(' ') : outcome);
      }
    }),
    RUNS,
  );
  // It was not silence that kept them from it: many kinds of refusals were read, and some of what they may do counted.
  expect(outcomes.size).toBeGreaterThan(4);
  expect(outcomes).toContain('counted');

  const incident = await site.open();
  const message = await site.post(incident, CONTAIN);
  await site.twin.acts.press({ user: 'sam', channel: '#incidents', message, action: 'yes' });
  await eventually(() => expect(site.begun()).toContain('contain.disable/1'));
});
