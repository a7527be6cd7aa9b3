import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { type Clock, systemClock } from '../twin/clock.js';
import type { Controls } from '../twin/control.js';
import { Faults } from '../twin/faults.js';
import { Ledger } from '../twin/ledger.js';

export interface MailTwinOptions {
  clock?: Clock;
  port?: number;
  user?: string;
  password?: string;
}

/** A mail as it was accepted. */
export interface Received {
  at: number;
  messageId: string;
  from: string;
  /** Envelope recipients. */
  to: string[];
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  attachments: { filename: string; size: number; sha256: string }[];
}

/**
 * An SMTP server on loopback that wants a user and a password. Faults by command, `AUTH`, `RCPT` or `DATA`:
 * `deny` (535, 550, 554), `throttle` (451: greylisted, try later), `error` (421 or 451), `slow` (held before it is looked at),
 * `lost-before`, `lost-after` (DATA: accepted, but the client never hears of it), `slow-answer`, `kill`, `hook`.
 */
export interface MailTwin {
  host: string;
  port: number;
  user: string;
  password: string;
  faults: Faults;
  controls: Controls;
  /** In order of arrival; of one recipient if named. */
  inbox(recipient?: string): Received[];
  /** Deliveries by Message-ID: what a dedupe would show, and how often each really came. */
  byMessageId(): Record<string, Received[]>;
  /** Refuses this recipient with 550 from now on. */
  refuseRecipient(address: string): void;
  close(): Promise<void>;
}

async function wholeOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Refusals of a fault at each command: [permanent, temporary]. */
const CODES = { AUTH: [535, 454], RCPT: [550, 451], DATA: [554, 451] } as const;
type Command = keyof typeof CODES;

export async function startMailTwin(options: MailTwinOptions = {}): Promise<MailTwin> {
  const clock = options.clock ?? systemClock;
  const user = options.user ?? 'firebreak';
  const password = options.password ?? 'sandbox-mail';
  const faults = new Faults();
  const ledger = new Ledger();
  const received: Received[] = [];
  const refusedRecipients = new Set<string>();

  /** Counts the command and lets its fault happen around it. */
  async function around(
    command: Command,
    session: SMTPServerSession,
    by: string,
    act: () => Promise<void> | void,
    text = '',
  ) {
    ledger.requested(command, clock.now(), text);
    const fault = faults.take(command, by, text);
    const [permanent, temporary] = CODES[command];
    if (fault?.kind === 'deny') throw refusal(permanent, 'refused by the sandbox');
    if (fault?.kind === 'throttle') throw refusal(temporary, 'greylisted, try again later');
    if (fault?.kind === 'error') throw refusal(temporary, 'local error in processing');
    if (fault?.kind === 'kill-before') process.kill(fault.pid!, 'SIGKILL');
    if (fault?.kind === 'lost-before' || fault?.kind === 'kill-before') cut(session);
    if (fault?.kind === 'slow' && (await faults.hold(fault)) === 'cut') cut(session);
    await act();
    if (fault?.kind === 'slow-answer' && (await faults.hold(fault)) === 'cut') cut(session);
    if (fault?.kind === 'kill') process.kill(fault.pid!, 'SIGKILL');
    if (fault?.kind === 'hook') await fault.onApplied?.();
    if (fault !== undefined && ['lost-after', 'error-after', 'reset', 'drip', 'kill'].includes(fault.kind))
      cut(session);
  }

  function refusal(code: number, message: string): Error {
    ledger.refused('SMTP', String(code));
    return Object.assign(new Error(message), { responseCode: code });
  }

  function cut(session: SMTPServerSession): never {
    for (const connection of server.connections) {
      if ((connection as unknown as { session: SMTPServerSession }).session === session) {
        (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
      }
    }
    throw new Error('connection cut');
  }

  async function accept(raw: Buffer, session: SMTPServerSession): Promise<void> {
    const mail = await simpleParser(raw);
    const to = session.envelope.rcptTo.map(({ address }) => address.toLowerCase());
    const one: Received = {
      at: clock.now(),
      messageId: mail.messageId ?? '',
      from: mail.from?.value[0]?.address ?? '',
      to,
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      html: mail.html || '',
      headers: Object.fromEntries(
        mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]),
      ),
      attachments: mail.attachments.map(({ filename, size, content }) => ({
        filename: filename ?? '',
        size,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
    };
    received.push(one);
    const detail = { messageId: one.messageId, subject: one.subject };
    for (const target of to) ledger.wrote({ at: one.at, method: 'DATA', target, by: user, detail });
  }

  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: false,
    size: 10 * 1024 * 1024,
    disableReverseLookup: true,
    onAuth(auth, session, callback) {
      around('AUTH', session, auth.username ?? '', () => {
        if (auth.username !== user || auth.password !== password) throw refusal(535, 'authentication failed');
      }).then(
        () => callback(null, { user }),
        (error: Error) => callback(error),
      );
    },
    onRcptTo({ address }, session, callback) {
      around('RCPT', session, address, () => {
        if (refusedRecipients.has(address.toLowerCase())) throw refusal(550, 'no such user here');
      }).then(() => callback(), callback);
    },
    onData(stream, session, callback) {
      // the whole mail first: faults may be about what it says
      wholeOf(stream)
        .then((raw) => around('DATA', session, user, () => accept(raw, session), raw.toString('utf8')))
        .then(() => callback(), callback);
    },
  });
  server.on('error', () => {}); // cut connections
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  const twin: Omit<MailTwin, 'controls'> = {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    user,
    password,
    faults,
    inbox: (recipient) => received.filter(({ to }) => recipient === undefined || to.includes(recipient.toLowerCase())),
    byMessageId() {
      const grouped: Record<string, Received[]> = {};
      for (const one of received) grouped[one.messageId] = [...(grouped[one.messageId] ?? []), one];
      return grouped;
    },
    refuseRecipient: (address) => void refusedRecipients.add(address.toLowerCase()),
    close: () =>
      new Promise((resolve) => {
        faults.release();
        server.close(() => resolve());
      }),
  };
  return {
    ...twin,
    controls: {
      faults,
      ledger,
      state: () => ({ received: received.length, refusedRecipients: [...refusedRecipients] }),
      commands: {
        inbox: ({ to }) => twin.inbox(to === undefined ? undefined : String(to)),
        'by-message-id': () => twin.byMessageId(),
        'refuse-recipient': ({ address }) => twin.refuseRecipient(String(address)),
      },
    },
  };
}
