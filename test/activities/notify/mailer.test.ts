import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../activities/connectors/contract.js';
import { createMailer, type Mail, type Mailer, mailChange, messageIdOf } from '../../../activities/notify/mailer.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { type MailTwin, startMailTwin } from '../../../sandbox/mail/start-mail-twin.js';

const PASSWORD = 'canary-smtp-password';
const FROM = 'firebreak@acme.example';
let twin: MailTwin;
let mailer: Mailer;

beforeEach(async () => {
  twin = await startMailTwin({ password: PASSWORD });
  mailer = mailerTo(twin.port);
});
afterEach(() => twin.close());

function mailerTo(port: number, password = PASSWORD): Mailer {
  return createMailer({
    smtpUrl: new Secret(`smtp://firebreak:${password}@127.0.0.1:${port}`),
    from: FROM,
    timeoutMs: 3000,
  });
}

const mail = (over: Partial<Mail> = {}): Mail => ({
  messageId: messageIdOf(['INC-1', 'contain.disable.ask', 1], FROM),
  to: ['sam@acme.example'],
  subject: 'Freeze AKIA…QX7?',
  text: 'Freeze it?',
  marker: 'INC-1/contain.disable.ask/ask/1',
  ...over,
});

const send = (over: Partial<Mail> = {}, through = mailer): Promise<Answer> =>
  mailChange(through, mail(over)).apply(null, { signedAt: 0, signal: new AbortController().signal });

describe('a mail', () => {
  it('arrives with a Message-ID that is the same for the same step, so that receivers show it once', async () => {
    expect(await send()).toMatchObject({ kind: 'applied', evidence: { accepted: 'sam@acme.example' } });
    await send();
    const grouped = twin.byMessageId();
    expect(Object.keys(grouped)).toEqual([messageIdOf(['INC-1', 'contain.disable.ask', 1], FROM)]);
    expect(twin.inbox()[0]).toMatchObject({ subject: 'Freeze AKIA…QX7?', to: ['sam@acme.example'] });
    expect(twin.inbox()[0]?.headers['x-firebreak-effect']).toBe('INC-1/contain.disable.ask/ask/1');
  });

  it('cannot be looked up, so a look never claims that it was sent', async () => {
    await send();
    expect(await mailChange(mailer, mail()).read()).toEqual({ state: null, items: [] });
  });

  it('names the recipient who did not get it, though another one did', async () => {
    twin.refuseRecipient('gone@acme.example');
    const answer = await send({ to: ['sam@acme.example', 'gone@acme.example'] });
    expect(answer).toMatchObject({
      kind: 'applied',
      evidence: { accepted: 'sam@acme.example', rejected: 'gone@acme.example (550)' },
    });
  });

  it.each<[string, () => void, Partial<Answer>]>([
    ['refuses every recipient', () => twin.refuseRecipient('sam@acme.example'), { kind: 'denied', code: 'not-found' }],
    [
      'greylists the recipient',
      () => twin.faults.add({ method: 'RCPT', kind: 'throttle' }),
      { kind: 'throttled', afterSeconds: 60 },
    ],
    [
      'refuses the mail',
      () => twin.faults.add({ method: 'DATA', kind: 'deny' }),
      { kind: 'denied', code: 'permission-denied' },
    ],
    [
      'asks to come later, after the mail',
      () => twin.faults.add({ method: 'DATA', kind: 'throttle' }),
      { kind: 'throttled', afterSeconds: 60 },
    ],
    [
      'refuses the login',
      () => twin.faults.add({ method: 'AUTH', kind: 'deny' }),
      { kind: 'denied', code: 'permission-denied' },
    ],
    ['is gone before it answers', () => twin.faults.add({ method: 'DATA', kind: 'lost-before' }), { kind: 'unknown' }],
    ['takes the mail and is gone', () => twin.faults.add({ method: 'DATA', kind: 'lost-after' }), { kind: 'unknown' }],
  ])('is answered rightly where the server %s', async (_, prepare, expected) => {
    prepare();
    expect(await send()).toMatchObject(expected);
  });

  it('was clearly not sent where nobody listens', async () => {
    const { port } = twin;
    await twin.close();
    expect(await send({}, mailerTo(port))).toEqual({ kind: 'throttled', afterSeconds: 10 });
    twin = await startMailTwin();
  });

  it('never tells the password, whatever the server says', async () => {
    const echo = await echoServer();
    const { port } = echo.address() as { port: number };
    const answers = [await send({}, mailerTo(port)), await send({}, mailerTo(twin.port, 'canary-smtp-password-wrong'))];
    echo.close();
    expect(answers.map(({ kind }) => kind)).toEqual(['denied', 'denied']);
    expect(JSON.stringify(answers)).not.toContain('canary');
    expect(JSON.stringify(answers)).not.toContain(Buffer.from(PASSWORD).toString('base64'));
  });

  it('is not sent to what is no address, nor split by one that pretends', async () => {
    for (const to of [
      [],
      ['sam'],
      ['sam@acme.example, evil@evil.example'],
      ['a@b\r\nBcc: evil@evil.example'],
      ['<evil@evil.example>'],
    ]) {
      expect(await send({ to })).toMatchObject({ kind: 'denied', code: 'invalid' });
    }
    expect(twin.inbox()).toEqual([]);
  });

  it('takes no headers from its subject and no files from its text', async () => {
    await send({ subject: 'x\r\nBcc: evil@evil.example', text: 'path: /etc/passwd' });
    expect(twin.inbox()[0]).toMatchObject({ subject: 'x Bcc: evil@evil.example', to: ['sam@acme.example'] });
  });
});

describe('createMailer', () => {
  it.each(['not a url canary', 'http://u:canary@host', 'smtp://'])('refuses %s without repeating it', (smtpUrl) => {
    const attempt = () => createMailer({ smtpUrl, from: FROM });
    expect(attempt).toThrow(/mail\.smtp is not a URL/);
    expect(attempt).not.toThrow(/canary/);
  });
  it('refuses a sender that is no address', () => {
    expect(() => createMailer({ smtpUrl: 'smtp://host', from: 'a, b' })).toThrow(/mail\.from/);
  });
});

describe('messageIdOf', () => {
  it('tells two people apart whose names differ only in what an address cannot hold, or beyond its length', () => {
    expect(messageIdOf(['INC-1', 'zoë'], FROM)).not.toBe(messageIdOf(['INC-1', 'zoé'], FROM));
    expect(messageIdOf(['x'.repeat(300), 'sam'], FROM)).not.toBe(messageIdOf(['x'.repeat(300), 'leo'], FROM));
    expect(messageIdOf(['x'.repeat(300), 'sam'], FROM).length).toBeLessThan(240);
  });
  it('cannot be ended early by a word', () => {
    expect(messageIdOf(['INC-1', 'a> \r\nBcc: x', 1], FROM)).toMatch(
      /^<INC-1\.a-Bcc-x\.1\.[0-9a-f]{12}@acme\.example>$/,
    );
  });
});

/** Refuses a login by quoting it, as some servers do. */
function echoServer(): Promise<Server> {
  const server = createServer((socket) => {
    socket.write('220 echo\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const line = chunk.toString().trim();
      if (line.startsWith('EHLO')) socket.write('250-echo\r\n250 AUTH PLAIN LOGIN\r\n');
      else socket.write(`535 no: ${line} ${Buffer.from(line.split(' ').at(-1) ?? '', 'base64')}\r\n`);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
