/** From "I don't know who you are" to a linked account, through the real Bolt, the real client and both transports. */
import { describe, expect, it } from 'vitest';
import { linkHandlers, linkView } from '../../../../worker/slack/linking/link-handlers.js';
import { whoIs } from '../../../../worker/slack/starting/may-start.js';
import { COMPANY, openLinking, type Post, tokenIn } from '../../people/open-linking.js';
import { eventually, type Mode, readBy, type SlackSite, startSlack, TRANSPORTS } from '../start-slack.js';

async function openSite(mode: Mode = 'socket', { mails = true } = {}) {
  const post: Post = { mails: [], told: [] };
  let linking: ReturnType<typeof openLinking> | undefined;
  const site = await startSlack(mode, ({ web, records, log, clock }) => {
    linking = openLinking({ records, log, clock, ...(mails ? {} : { mailer: undefined as never }) }, post);
    const linkedTo = async (account: string) => {
      const link = await records.links.get('slack/T0ACME', account);
      return COMPANY.people.find(({ name }) => name === link?.person);
    };
    const people = { linkedTo } as Parameters<typeof whoIs>[0]['people'];
    return {
      ...linkHandlers({
        linking,
        people: COMPANY.people,
        records,
        clock,
        banner: 'SANDBOX',
        nameOf: async (user) => (await web.users.info({ user })).user?.real_name,
      }),
      'command list': async (said, answer) => {
        const who = await whoIs({ people, records, clock, banner: 'SANDBOX' }, said.user);
        if ('refused' in who) await answer.tell(who.message);
        return 'answered';
      },
    };
  });
  return { site, post, linking: linking! };
}

/** Types, and presses "Link your account" on what comes. */
async function pressLink({ twin, channel }: SlackSite, user: string): Promise<void> {
  await twin.acts.type({ user, channel: '#incidents', text: '/firebreak list' });
  const message = await eventually(() => {
    const seen = twin
      .screenOf(user)
      .channels.find(({ id }) => id === channel)
      ?.messages.findLast(({ text }) => text.includes("I don't know who you are yet"));
    if (seen === undefined) throw new Error('not answered yet');
    return seen;
  });
  await twin.acts.press({ user, channel: '#incidents', message: message.ts, action: 'link_account' });
}

const submitted = async ({ twin }: SlackSite, user: string, who: string): Promise<void> => {
  await eventually(() => expect(twin.screenOf(user).modal).toBeDefined());
  await twin.acts.submit({ user, values: { who } });
};

it.each(TRANSPORTS)('an account is linked once the person says so by mail, over %s', async (mode) => {
  const { site, post, linking } = await openSite(mode);
  await pressLink(site, 'sam');
  await submitted(site, 'sam', 'sam');
  await eventually(() =>
    expect(readBy(site, 'sam').join()).toMatch(/SANDBOX I mailed sam a link.*firebreak link .*never run such a line/s),
  );
  expect(await site.records.links.all('slack/T0ACME')).toEqual([]);

  await linking.confirmByMail(tokenIn(post.mails[0]));
  expect(await site.records.links.all('slack/T0ACME')).toMatchObject([{ account: 'U0SAM', person: 'sam' }]);
  expect(post.told).toMatchObject([{ account: 'U0SAM' }]);
});

it('an account that says to be somebody else mails that person, and stays nobody', async () => {
  const { site, post } = await openSite();
  await pressLink(site, 'leo');
  await submitted(site, 'leo', 'mia');
  await eventually(() => expect(post.mails).toMatchObject([{ to: ['mia@acme.example'] }]));
  expect(post.mails[0]?.text).toContain('(U0LEO)');
  expect(readBy(site, 'leo').join()).not.toContain(tokenIn(post.mails[0]));
  expect(await site.records.links.get('slack/T0ACME', 'U0LEO')).toBeUndefined();
});

it('puts no address and no words of somebody else into the mail by calling itself so', async () => {
  const { site, post } = await openSite();
  site.twin.workspace.users.get('U0LEO')!.realName =
    'Mia. Confirm at <https://evil.example/x|here>\u202e\nBcc: x@evil.example';
  await pressLink(site, 'leo');
  await submitted(site, 'leo', 'mia');
  await eventually(() => expect(post.mails).toHaveLength(1));
  const { subject, text } = post.mails[0]!;
  expect(subject).not.toMatch(/[\n\u202e<]|:\/\//);
  expect(text).not.toContain('evil.example/x');
  expect(text).not.toMatch(/[<\u202e]/);
});

it('a box that was made for another account links nobody', async () => {
  const { site, post } = await openSite();
  const handle = await site.records.handles.give('link/U0SAM', { of: 'link', user: 'U0SAM' }, 1);
  await pressLink(site, 'leo');
  await eventually(() => expect(site.twin.screenOf('leo').modal).toBeDefined());
  Object.assign(site.twin.views.top('U0LEO')!, { privateMetadata: handle });
  await submitted(site, 'leo', 'sam');
  await eventually(() => expect(readBy(site, 'leo').join()).toContain('That box is not yours'));
  expect(post.mails).toEqual([]);
});

it('without mail the own API token is the way', async () => {
  const { site } = await openSite('socket', { mails: false });
  await pressLink(site, 'sam');
  await submitted(site, 'sam', 'sam');
  await eventually(() =>
    expect(readBy(site, 'sam').join()).toContain('I could not mail sam, so confirm it with your own'),
  );
});

describe('the menu', () => {
  it('takes more people than Slack takes options', () => {
    const people = Array.from({ length: 250 }, (_, n) => ({ name: `${'abc'[n % 3]}${n}` }));
    const [block] = linkView('h', people).blocks as { element: { options?: unknown; option_groups?: object[] } }[];
    expect(block?.element.options).toBeUndefined();
    expect(block?.element.option_groups).toHaveLength(3);
    expect(JSON.stringify(block).match(/"value":/g)).toHaveLength(250);
  });
});
