/** Linking over HTTP: the page behind a link in a mail, and the code with one's own token. */
import { describe, expect, it } from 'vitest';
import { runLine } from '../cli-client/run-line.js';
import { openLinking, type Post, tokenIn } from '../people/open-linking.js';
import { startFirebreak } from './start-firebreak.js';

async function site() {
  const post: Post = { mails: [], told: [] };
  let linking: ReturnType<typeof openLinking> | undefined;
  const firebreak = await startFirebreak(
    {},
    {
      linking: (house) => {
        linking = openLinking(house, post);
        return linking;
      },
    },
  );
  const begin = async (person: string, account = 'U0SOMEBODY', shown = 'Eve <script>') => {
    const begun = await linking!.begin({ account, shown, person, key: `${account}/${person}` });
    return begun.begun ? begun.code : '';
  };
  const links = () => firebreak.records.links.all('slack/T0ACME');
  const page = async (token: string, method = 'GET') => {
    const response = await fetch(`${firebreak.url}/link/${token}`, { method });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { firebreak, post, begin, links, page };
}

describe('the page behind a link in a mail', () => {
  it('confirms nothing to whoever only looks, as often as they look', async () => {
    const { post, begin, links, page } = await site();
    await begin('mia');
    for (const _ of [1, 2]) expect((await page(tokenIn(post.mails[0]))).status).toBe(200);
    expect(await links()).toEqual([]);
  });

  it('shows what the account calls itself as text, and lets nothing else run or frame it', async () => {
    const { post, begin, page } = await site();
    await begin('mia');
    const { text, headers } = await page(tokenIn(post.mails[0]));
    expect(text).toContain('Eve &lt;script&gt;');
    expect(text).not.toContain('Eve <script>');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('confirms once when its button is pressed', async () => {
    const { post, begin, links, page } = await site();
    await begin('mia');
    const token = tokenIn(post.mails[0]);
    expect(await page(token, 'POST')).toMatchObject({ status: 200, text: expect.stringContaining('Linked') });
    expect(await page(token, 'POST')).toMatchObject({ status: 410, text: expect.stringContaining('used already') });
    expect(await links()).toMatchObject([{ person: 'mia', account: 'U0SOMEBODY', by: 'mail' }]);
  });

  it('says why it confirms nothing: unsigned, too old', async () => {
    const { firebreak, post, begin, page } = await site();
    const code = await begin('mia');
    expect(await page(code, 'POST')).toMatchObject({ status: 410, text: expect.stringContaining('no such link') });
    firebreak.clock.at += 15 * 60_000;
    expect(await page(tokenIn(post.mails[0]))).toMatchObject({
      status: 410,
      text: expect.stringContaining('15 minutes'),
    });
  });
});

describe('firebreak link', () => {
  it('refuses the code of an account that says to be somebody else', async () => {
    const { firebreak, begin, links } = await site();
    const { code, err } = await runLine(firebreak, ['link', await begin('mia')]);
    expect(code).toBe(4);
    expect(err).toContain('says to be another person than the one whose token this is');
    expect(await links()).toEqual([]);
  });

  it('links nobody by a code that somebody else sent, until the account is named', async () => {
    const { firebreak, begin, links } = await site();
    const sent = await begin('sam', 'U0EVE', 'eve');
    const whose = 'Slack account "eve" (U0EVE) of T0ACME says that it is you, sam.';
    const blind = await runLine(firebreak, ['link', sent]);
    expect(blind.code).toBe(2);
    expect(blind.err).toContain(`${whose} Say --account U0EVE`);
    // whoever asks for JSON is no person at a terminal
    const asJson = await runLine(firebreak, ['link', sent, '--json'], { isTTY: true, stdin: 'y\n' });
    expect(asJson.code).toBe(2);
    const wrong = await runLine(firebreak, ['link', sent, '--account', 'U0SAM']);
    expect(wrong.code).toBe(4);
    expect(wrong.err).toContain(whose);
    for (const stdin of ['', '\n', 'n\n']) {
      const asked = await runLine(firebreak, ['link', sent], { isTTY: true, stdin });
      expect(asked).toMatchObject({ code: 4, out: `${whose}\nLink it? [y/N]\nNothing was linked.` });
    }
    const bare = await fetch(`${firebreak.url}/api/v1/links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${firebreak.tokens.sam}`, 'content-type': 'application/json' },
      body: JSON.stringify({ code: sent }),
    });
    expect(bare.status).toBe(409);
    expect(await bare.text()).toContain('(U0EVE)');
    expect(await links()).toEqual([]);
    expect(await runLine(firebreak, ['link', sent], { isTTY: true, stdin: 'y\n' })).toMatchObject({ code: 0 });
    expect(await links()).toMatchObject([{ account: 'U0EVE', person: 'sam' }]);
  });

  it('does one thing at a time, and takes no account without its code', async () => {
    const { firebreak } = await site();
    const both = await runLine(firebreak, ['link', 'x', '--remove', 'sam']);
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('not both')]);
    const bare = await runLine(firebreak, ['link', '--account', 'U0SAM']);
    expect([bare.code, bare.err]).toEqual([2, expect.stringContaining('with the code that Slack showed')]);
  });

  it('needs a token, and Slack in the settings', async () => {
    const { firebreak } = await site();
    expect((await fetch(`${firebreak.url}/api/v1/links`)).status).toBe(401);
    const without = await startFirebreak();
    const { code, err } = await runLine(without, ['link']);
    expect(code).toBe(2);
    expect(err).toContain('firebreak.yaml has no slack');
  });

  it('ends nobody else for somebody without the role', async () => {
    const { firebreak, begin, links } = await site();
    await runLine(firebreak, ['link', await begin('sam'), '--account', 'U0SOMEBODY']);
    const asMia = { env: { FIREBREAK_TOKEN: firebreak.tokens.mia } };
    expect((await runLine(firebreak, ['link', '--remove', 'sam'], asMia)).code).toBe(4);
    expect(await links()).toHaveLength(1);
  });

  it('links, shows and ends, and keeps all of it for auditors', async () => {
    const { firebreak, begin, links } = await site();
    expect((await runLine(firebreak, ['link'])).out).toBe('Nobody has linked a Slack account yet.');
    expect((await runLine(firebreak, ['link', await begin('sam', 'U0SAM', 'sam'), '--account', 'U0SAM'])).out).toBe(
      'Slack account "sam" (U0SAM) of T0ACME says that it is you, sam.\nSlack account U0SAM is sam from now on.',
    );
    expect((await runLine(firebreak, ['link', '--remove', 'sam'])).out).toBe(
      'sam is linked to no Slack account any more.',
    );
    expect(await links()).toEqual([]);
    expect((await runLine(firebreak, ['link'])).out).toMatch(/^sam +U0SAM +since .* by cli, until .* by person:sam$/);
    expect((await runLine(firebreak, ['link', '--remove', 'sam'])).code).toBe(2);
  });
});
