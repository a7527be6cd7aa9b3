import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MailTwin, startMailTwin } from '../../../sandbox/mail/start-mail-twin.js';

let mail: MailTwin;

beforeEach(async () => {
  mail = await startMailTwin();
});
afterEach(() => mail.close());

async function send(more: SendMailOptions = {}, pass = mail.password): Promise<unknown> {
  const transport = createTransport({ host: mail.host, port: mail.port, auth: { user: mail.user, pass } });
  try {
    return await transport.sendMail({
      from: 'firebreak@acme.example',
      to: 'mia@acme.example',
      subject: 'SANDBOX INC-1 contained',
      text: 'The key is frozen.',
      messageId: '<INC-1.contained@firebreak>',
      ...more,
    });
  } finally {
    transport.close();
  }
}

it('refuses a wrong password, and whoever gives none', async () => {
  await expect(send({}, 'wrong')).rejects.toMatchObject({ responseCode: 535 });
  const anonymous = createTransport({ host: mail.host, port: mail.port });
  await expect(anonymous.sendMail({ from: 'a@b.example', to: 'c@d.example', text: 'x' })).rejects.toMatchObject({
    responseCode: 530,
  });
  anonymous.close();
  expect(mail.inbox()).toEqual([]);
});

it('refuses a recipient for good with 550, and for now with 451', async () => {
  mail.refuseRecipient('gone@acme.example');
  await expect(send({ to: 'gone@acme.example' })).rejects.toMatchObject({ responseCode: 550 });
  mail.faults.add({ method: 'RCPT', kind: 'throttle' });
  await expect(send()).rejects.toMatchObject({ responseCode: 451 });
  expect(mail.inbox()).toEqual([]);
  await send();
  expect(mail.inbox('mia@acme.example')).toHaveLength(1);
});

it('has accepted a mail of which the sender never heard, and shows both copies after it was sent again', async () => {
  mail.faults.add({ method: 'DATA', kind: 'lost-after' });
  await expect(send()).rejects.toThrow();
  await send();
  expect(mail.byMessageId()['<INC-1.contained@firebreak>']).toHaveLength(2);
  expect(mail.controls.ledger.counts().targets.DATA).toEqual({ 'mia@acme.example': 2 });
});

it('has not accepted one that was cut off before', async () => {
  mail.faults.add({ method: 'DATA', kind: 'lost-before' });
  await expect(send()).rejects.toThrow();
  expect(mail.inbox()).toEqual([]);
});

it('holds a mail until it is released', async () => {
  mail.faults.add({ method: 'DATA', kind: 'slow' });
  const sending = send();
  await mail.faults.whenHeld();
  expect(mail.inbox()).toEqual([]);
  mail.faults.release();
  await sending;
  expect(mail.inbox()).toHaveLength(1);
});

it('shows a mail as people would read it', async () => {
  await send({
    to: ['mia@acme.example', 'sam@acme.example'],
    html: '<p>The key is <b>frozen</b>.</p>',
    headers: { 'X-Firebreak-Incident': 'INC-1' },
    attachments: [{ filename: 'report.md', content: '# INC-1' }],
  });
  expect(mail.inbox()).toMatchObject([
    {
      from: 'firebreak@acme.example',
      to: ['mia@acme.example', 'sam@acme.example'],
      subject: 'SANDBOX INC-1 contained',
      text: expect.stringContaining('The key is frozen.'),
      html: expect.stringContaining('<b>frozen</b>'),
      headers: { 'x-firebreak-incident': 'INC-1' },
      attachments: [{ filename: 'report.md', size: 7 }],
    },
  ]);
});
