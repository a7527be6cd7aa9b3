import type { Mail, Mailer } from '../../activities/notify/mailer.js';

/** A mail server in memory: every mail arrives at once, unless the case says otherwise. */
export interface Mailbox {
  mailer: Mailer;
  mails(): Mail[];
  /** The next mails are refused, or arrive without an answer. */
  fail(how: 'deny' | 'throttle' | 'unknown' | undefined): void;
}

export function openMailbox(): Mailbox {
  const mails: Mail[] = [];
  let failing: 'deny' | 'throttle' | 'unknown' | undefined;
  return {
    mails: () => mails,
    fail(how) {
      failing = how;
    },
    mailer: {
      title: 'mail of the case',
      async send(mail) {
        if (failing === 'deny') return { kind: 'denied', code: 'permission-denied', reason: 'the case refuses mail' };
        if (failing === 'throttle') return { kind: 'throttled', afterSeconds: 60 };
        mails.push(mail);
        if (failing === 'unknown') return { kind: 'unknown', reason: 'the case lost the answer' };
        return { kind: 'applied', evidence: { messageId: mail.messageId }, id: mail.messageId };
      },
      close: () => {},
    },
  };
}
