import { createHash } from 'node:crypto';
import { createTransport, type Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import type { ConnectorErrorCode } from '../../playbooks/language/words.js';
import { type Answer, type Change, ConnectorError, type Seen, type SendOptions } from '../connectors/contract.js';
import type { Secret } from '../secrets/secret.js';

export interface Mail {
  /** Fixed for the effect, so that receivers show a mail that arrives twice once; see `messageIdOf`. */
  messageId: string;
  to: string[];
  subject: string;
  text: string;
  /** The effect's key; stands in a header, for whoever looks for it in a mailbox. */
  marker: string;
}

export interface Mailer {
  /** For card and report: `mail by smtp.acme.example`. */
  title: string;
  /** Sends once and never throws for what the server answered. */
  send(mail: Mail, signal?: AbortSignal): Promise<Answer>;
  close(): void;
}

const ADDRESS = /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/;

/**
 * A mailer over one SMTP server, a connection per mail. `smtpUrl`: `smtps://user:password@host` or `smtp://…`.
 *
 * Throws ConnectorError('invalid') for an URL or a sender that cannot be one; its message never holds the URL.
 */
export function createMailer(options: { smtpUrl: string | Secret; from: string; timeoutMs?: number }): Mailer {
  const { smtpUrl, from, timeoutMs = 20_000 } = options;
  const url = parseUrl(typeof smtpUrl === 'string' ? smtpUrl : smtpUrl.reveal());
  if (!ADDRESS.test(from)) throw new ConnectorError('invalid', 'mail.from is not one plain mail address');
  const transport: Transporter<SMTPTransport.SentMessageInfo> = createTransport({
    url: url.href,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  } as SMTPTransport.Options);
  return {
    title: `mail by ${url.hostname}`,
    async send(mail, signal) {
      const wrong = mail.to.length === 0 ? 'nobody' : mail.to.find((address) => !ADDRESS.test(address));
      if (wrong !== undefined) {
        return {
          kind: 'denied',
          code: 'invalid',
          reason: `cannot mail ${JSON.stringify(wrong)}: invalid; not a mail address`,
        };
      }
      try {
        const sent = await transport.sendMail({
          from: { name: 'Firebreak', address: from },
          to: mail.to.map((address) => ({ name: '', address })),
          subject: mail.subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200),
          text: mail.text,
          messageId: mail.messageId,
          headers: { 'X-Firebreak-Effect': mail.marker, 'Auto-Submitted': 'auto-generated' },
          ...(signal === undefined ? {} : { signal }),
        } as SMTPTransport.MailOptions);
        return accepted(sent, mail.messageId);
      } catch (error) {
        return refused(error as SmtpError, mail, url.hostname);
      }
    },
    close: () => transport.close(),
  };
}

/** Logs in and goes. Undefined = it works; else why not, without ever quoting the server. For `doctor`. */
export async function checkMail(smtpUrl: string, timeoutMs = 5_000): Promise<string | undefined> {
  const url = parseUrl(smtpUrl);
  const transport = createTransport({
    url: url.href,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    logger: false,
  } as SMTPTransport.Options);
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    const { responseCode = 0, code } = error as SmtpError;
    const known = BY_REPLY[responseCode];
    return known === undefined
      ? `${url.hostname} does not answer as a mail server does (${safe(code)}); look at mail.smtp`
      : `${url.hostname} refuses us (SMTP ${responseCode}); ${known.fix}`;
  } finally {
    transport.close();
  }
}

/**
 * Sends one mail. SMTP has no way to look, so a resumed effect sends again; the fixed Message-ID makes receivers show it
 * once. Use one recipient a change where each of them counts.
 */
export function mailChange(mailer: Mailer, mail: Mail): Change {
  return {
    target: `mail/${mail.messageId}`,
    read: async (): Promise<Seen> => ({ state: null, items: [] }),
    apply: (_, { signal }: SendOptions) => mailer.send(mail, signal),
  };
}

/** `<INC-142.contain-disable-ask.1.0b5f9c2d7a31@acme.example>`: the same words give the same id, no word ends it early. */
export function messageIdOf(words: (string | number)[], from: string): string {
  const left = words.map((word) => String(word).replace(/[^A-Za-z0-9_-]+/g, '-')).join('.');
  // What was replaced or cut off still tells two mails apart.
  const exact = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 12);
  return `<${left.slice(0, 180)}.${exact}@${from.split('@').at(-1) ?? 'firebreak.invalid'}>`;
}

function parseUrl(text: string): URL {
  try {
    const url = new URL(text);
    if (['smtp:', 'smtps:'].includes(url.protocol) && url.hostname !== '') return url;
  } catch {
    // said below, without the text: it holds the password
  }
  throw new ConnectorError('invalid', 'mail.smtp is not a URL like smtps://user:password@host:465');
}

function accepted(sent: SMTPTransport.SentMessageInfo, messageId: string): Answer {
  const addressOf = (entry: string | { address: string }) => (typeof entry === 'string' ? entry : entry.address);
  const reasons = (sent as { rejectedErrors?: SmtpError[] }).rejectedErrors ?? [];
  const rejected = sent.rejected.map((entry) => {
    const address = addressOf(entry);
    const code = reasons.find(({ recipient }) => recipient === address)?.responseCode;
    return code === undefined ? address : `${address} (${code})`;
  });
  return {
    kind: 'applied',
    id: messageId,
    evidence: {
      messageId,
      accepted: sent.accepted.map(addressOf).join(' '),
      ...(rejected.length === 0 ? {} : { rejected: rejected.join(' ') }),
    },
    after: { messageId },
  };
}

/** What nodemailer says of a failure. Its message and `response` quote the server, so neither is repeated. */
interface SmtpError {
  code?: string;
  originalCode?: string;
  syscall?: string;
  timeoutType?: string;
  command?: string;
  responseCode?: number;
  recipient?: string;
}

/** Replies that say what is wrong; RFC 5321 and 4954. */
const BY_REPLY: Record<number, { code: ConnectorErrorCode; fix: string }> = {
  530: { code: 'permission-denied', fix: 'it wants a login or TLS; check mail.smtp' },
  534: { code: 'permission-denied', fix: 'it wants another way to log in' },
  535: { code: 'permission-denied', fix: 'check user and password in mail.smtp' },
  538: { code: 'permission-denied', fix: 'it wants TLS; use smtps://' },
  550: { code: 'not-found', fix: 'it does not accept this recipient, or us as the sender' },
  551: { code: 'not-found', fix: 'it does not accept this recipient' },
  552: { code: 'invalid', fix: 'the mail is too large, or the mailbox is full' },
  553: { code: 'invalid', fix: 'it does not accept this address' },
  554: { code: 'permission-denied', fix: 'it does not take the mail; ask who runs it' },
};

/** Failures from before the mail itself was offered: nothing can have arrived. */
const BEFORE = new Set(['EDNS', 'ETLS', 'EREQUIRETLS', 'ENOAUTH', 'EOAUTH2', 'EPROXY', 'ECONFIG']);

function refused(error: SmtpError, mail: Mail, host: string): Answer {
  const tried = `mail ${mail.to.join(', ')} by ${host}`;
  const reply = error.responseCode;
  if (reply !== undefined && reply >= 500) {
    const { code, fix } = BY_REPLY[reply] ?? { code: 'unexpected-answer' as const, fix: 'look the reply up' };
    return { kind: 'denied', code, reason: `cannot ${tried}: ${code} (SMTP ${reply}); ${fix}` };
  }
  if (reply !== undefined && reply >= 400) return { kind: 'throttled', afterSeconds: reply === 421 ? 30 : 60 };
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') {
    return { kind: 'denied', code: 'invalid', reason: `cannot ${tried}: invalid; the mail cannot be sent like this` };
  }
  if (neverOffered(error)) return { kind: 'throttled', afterSeconds: 10 };
  return { kind: 'unknown', reason: `${tried}: the connection ended before the answer (${safe(error.code)})` };
}

function neverOffered({ code, syscall, timeoutType }: SmtpError): boolean {
  if (code === 'EAUTH' || BEFORE.has(code ?? '')) return true;
  if (code === 'ETIMEDOUT') return timeoutType !== 'SOCKET_TIMEOUT';
  return syscall === 'connect' || syscall === 'getaddrinfo';
}

function safe(code: string | undefined): string {
  return code !== undefined && /^[A-Z_0-9]+$/.test(code) ? code : 'no code';
}
