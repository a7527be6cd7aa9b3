import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACTIONS } from '../../../../worker/slack/contract.js';
import { openStarting } from './open-starting.js';

const SECRETS = ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', `ghp_${'aB3'.repeat(12)}`, 'xoxb-1-2-3-4-5-6-7-8-9-10'];

const typed = (ids: string[]) =>
  fc
    .array(
      fc.oneof(
        fc.string({ maxLength: 30 }),
        fc.constantFrom(
          ...ids,
          'AKIA',
          'AKIA12',
          '…QX7',
          'ASIAZZZZZZZZZZZZZZZ2',
          'status',
          'lst',
          'help',
          'INC-1',
          'inc 7',
        ),
        fc.constantFrom(...SECRETS, '<!channel>', '<@U0RAJ>', '<https://x.example|y>', '[secret]', '\n', ' '),
      ),
      { maxLength: 5 },
    )
    .map((parts) => parts.join(' '));

it('is answered within the limits of Slack, calls nobody, shows no secret, and changes nothing', async () => {
  const starting = await openStarting();
  const ids = [starting.key('svc-one').id, starting.key('svc-two').id];
  await fc.assert(
    fc.asyncProperty(
      typed(ids),
      fc.constantFrom('command', 'mention', 'modal', 'alert'),
      fc.constantFrom('U0SAM', 'U0MIA', 'U0NOBODY'),
      async (text, way, user) => {
        const heard =
          way === 'modal'
            ? await starting.hear({ kind: 'view', name: 'what_leaked', fields: { leaked: text }, user })
            : way === 'alert'
              ? await starting.hear({ kind: 'shortcut', name: 'respond_to_message', text, user })
              : await starting.hear({ kind: way as 'command', name: '', text, user });
        expect(heard.told.length + heard.replaced.length + heard.opened.length).toBeGreaterThan(0);
        const all = JSON.stringify(heard);
        for (const secret of SECRETS) expect(all).not.toContain(secret);
        expect(all).not.toMatch(/<!(?:channel|here|everyone)/);
        for (const { text, blocks } of [...heard.told, ...heard.replaced]) {
          expect(text).toMatch(/^SANDBOX /);
          expect(text.length).toBeLessThanOrEqual(4_000);
          expect(blocks.length).toBeLessThanOrEqual(50);
          for (const block of blocks) {
            if (block.type === 'section') expect(block.text?.text.length).toBeLessThanOrEqual(3_000);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(await starting.house.records.incidents.list({ state: 'all', limit: 10 })).toEqual([]);
  expect(starting.aws.writes()).toEqual([]);
});

it('starts nothing where whoever types and presses holds no role, in whatever order', async () => {
  const starting = await openStarting();
  const ids = [starting.key('svc-one').id, starting.key('svc-two').id];
  const ours = await starting.command(ids.join(' '));
  const offer = await starting.command(ids[0] as string);
  const handles = [ours.value('take_closest'), offer.value('freeze_now'), 'made-up', ''];
  const mine = ACTIONS.filter((action) => starting.handlers[`action ${action}`] !== undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          user: fc.constantFrom('U0MIA', 'U0NOBODY'),
          action: fc.constantFrom(...mine),
          handle: fc.constantFrom(...handles),
          text: typed(ids),
        }),
        { maxLength: 4 },
      ),
      async (acts) => {
        for (const { user, action, handle, text } of acts) {
          const heard = await starting.command(text, { user });
          await starting.press(action, handle, { user });
          // whatever they were shown they press too
          for (const block of [...heard.told, ...heard.replaced].flatMap(({ blocks }) => blocks)) {
            if (block.type !== 'actions') continue;
            for (const element of block.elements) {
              if (element.type !== 'button' || element.action_id === 'link_account') continue;
              await starting.press('freeze_now', element.value ?? '', { user });
            }
          }
        }
      },
    ),
    { numRuns: 40 },
  );
  expect(await starting.house.records.incidents.list({ state: 'all', limit: 10 })).toEqual([]);
});
