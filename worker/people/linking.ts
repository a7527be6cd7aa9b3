/**
 * Which account of Slack is which person: said by whoever has the account, confirmed by the person, by a signed link in
 * their own mailbox or with their own API token. Never by a name or a mail address that Slack shows.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { messageIdOf } from '../../activities/notify/mailer.js';
import type { Seams } from '../../activities/seams.js';
import type { Records } from '../../records/records.js';
import type { Log } from '../log.js';
import type { Settings } from '../settings/settings.js';
import { slackSource } from './directory.js';
import type { SaysToBe } from './says-to-be.js';

/** For so long a person may confirm. */
const CONFIRM_WITHIN_MS = 15 * 60_000;
/** So many persons may one account say to be within that time: nobody floods a mailbox. */
const MOST_PENDING = 3;

/** What an account said, until it is confirmed. */
interface Pending {
  of: 'pending link';
  account: string;
  /** As Slack shows the account; for the person to recognise, and nothing else. */
  shown: string;
  person: string;
}

export type Begun =
  /** `mailed`: whether the person was mailed the link; else only the code is left. */
  | { begun: true; code: string; until: number; mailed: boolean }
  | { begun: false; reason: 'unknown person' | 'too many' };

export type Confirmed =
  | { linked: true; account: string; shown: string; person: string }
  /** `used`: by an earlier press, whatever came of it. `not yours`: the token is another person's. */
  | { linked: false; reason: 'unknown' | 'expired' | 'used' | 'not yours' }
  /** The code is for this account and no other was named right; it can still be used. */
  | { linked: false; reason: 'another account'; pending: SaysToBe };

export type NotLinked = Extract<Confirmed, { linked: false }>;

export interface Linking {
  /** Begun again under the same key it is the same link and the same mail. */
  begin(said: { account: string; shown: string; person: string; key: string }): Promise<Begun>;
  /** What a link is about, without confirming anything: whoever scans mails may look. */
  look(token: string): Promise<{ account: string; shown: string; person: string } | NotLinked>;
  /** Once. */
  confirmByMail(token: string): Promise<Confirmed>;
  /** What a code would link, without confirming anything. `person`: whose API token it is. */
  lookByToken(code: string, person: string): Promise<SaysToBe | NotLinked>;
  /** Once. `account`: the Slack account that the person means, because a code may have come from somebody else's. */
  confirmByToken(code: string, person: string, account: string | undefined): Promise<Confirmed>;
  /** False = there was no link. */
  end(person: string, by: string): Promise<boolean>;
  all: () => ReturnType<Records['links']['history']>;
}

export interface LinkingDoors extends Pick<Seams, 'mailer' | 'from' | 'publicUrl' | 'banner' | 'clock'> {
  settings: Pick<Settings, 'people' | 'company' | 'slack' | 'encryptionKeys'>;
  records: Pick<Records, 'links' | 'handles' | 'said'>;
  log: Log;
  /** Writes to an account in Slack; throws if it cannot. */
  tellAccount(account: string, text: string): Promise<void>;
}

/** Throws SettingsError for an encryption key that is not there. */
export function createLinking(doors: LinkingDoors): Linking {
  const { settings, records, clock, log, banner, publicUrl } = doors;
  const source = slackSource(settings.slack?.workspace ?? '');
  /** Rows of this source are taken once: a link that was pressed is never pressed again. */
  const confirmations = `${source}/links`;
  const keys = settings.encryptionKeys.map(({ from }) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(from.resolve().reveal(), 'base64'), '', 'firebreak/link', 32)),
  );
  const begun = new Map<string, { person: string; at: number }[]>();

  const signature = (key: Buffer, id: string): string => createHmac('sha256', key).update(id).digest('base64url');
  const personNamed = (name: string) => settings.people.find((person) => person.name === name);

  /** The handle of a signed token; undefined for one that we never signed. */
  function signedBy(token: string): string | undefined {
    const [id = '', given = ''] = token.split('.');
    const isOurs = keys.some((key) => {
      const expected = Buffer.from(signature(key, id));
      const said = Buffer.from(given);
      return said.length === expected.length && timingSafeEqual(said, expected);
    });
    return isOurs ? id : undefined;
  }

  async function pendingOf(id: string | undefined): Promise<(Pending & { id: string }) | NotLinked> {
    const handle = id === undefined ? undefined : await records.handles.get(id);
    const pending = handle?.body as Pending | undefined;
    if (handle === undefined || pending?.of !== 'pending link') return { linked: false, reason: 'unknown' };
    // a person who has left the settings is nobody
    if (personNamed(pending.person) === undefined) return { linked: false, reason: 'unknown' };
    const there = await records.said.get(confirmations, handle.id);
    if (there?.settledAt !== undefined) return { linked: false, reason: 'used' };
    if (clock.now() >= handle.at + CONFIRM_WITHIN_MS) return { linked: false, reason: 'expired' };
    return { ...pending, id: handle.id };
  }

  async function ownPending(code: string, person: string): Promise<(Pending & { id: string }) | NotLinked> {
    const pending = await pendingOf(code);
    if ('linked' in pending || pending.person === person) return pending;
    log.warn({ person, account: pending.account }, 'a link was refused: it is about another person');
    return { linked: false, reason: 'not yours' };
  }

  const aboutOf = ({ account, shown, person }: Pending): SaysToBe => ({
    account,
    shown,
    workspace: settings.slack?.workspace ?? '',
    person,
  });

  async function confirm({ id, account, shown, person }: Pending & { id: string }, by: string): Promise<Confirmed> {
    const at = clock.now();
    const body = { person, account, by };
    const isFirst = await records.said.take({ source: confirmations, key: id, receivedAt: at, body });
    // whoever took it died before it was done, so it is done now
    const there = isFirst ? undefined : await records.said.get(confirmations, id);
    if (there?.settledAt !== undefined) return { linked: false, reason: 'used' };
    const before = [await records.links.get(source, account), await records.links.ofPerson(source, person)];
    await records.links.put({ source, account, person, at, by });
    await records.said.settle(confirmations, id, 'linked', at);
    log.info({ person, account, by }, 'an account of Slack is linked to a person');
    await told(
      account,
      person,
      `${shown} (${account}) is ${person} from now on: what it decides in Slack, ${person} decides.`,
    );
    for (const ended of before) {
      if (ended !== undefined && (ended.account !== account || ended.person !== person))
        await told(ended.account, ended.person, `${ended.account} is no longer ${ended.person} in Slack.`);
    }
    return { linked: true, account, shown, person };
  }

  /** Both sides: whoever did not do it finds out by the other one. */
  async function told(account: string, person: string, line: string): Promise<void> {
    const undo = `If that is wrong: firebreak link --remove ${person}`;
    const said = banner === '' ? line : `${banner} ${line}`;
    const results = await Promise.allSettled([
      doors.tellAccount(account, `${said} ${undo}`),
      mail(person, `${settings.company}: ${line.split(':')[0]}`, [line, undo], ['link', account, person, clock.now()]),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') log.warn({ person, account }, 'somebody was not told of a link');
    }
  }

  /** False where nobody can be mailed. */
  async function mail(person: string, subject: string, lines: string[], words: (string | number)[]): Promise<boolean> {
    const { mailer, from } = doors;
    const address = personNamed(person)?.mail;
    if (mailer === undefined || from === undefined || address === undefined) return false;
    const answer = await mailer.send({
      messageId: messageIdOf(words, from),
      to: [address],
      subject: banner === '' ? subject : `${banner} ${subject}`,
      text: lines.join('\n'),
      marker: words.join('/'),
    });
    if (answer.kind !== 'applied') log.warn({ person, answer: answer.kind }, 'a mail about a link was not sent');
    return answer.kind === 'applied';
  }

  return {
    async begin({ account, shown, person, key }) {
      if (personNamed(person) === undefined) return { begun: false, reason: 'unknown person' };
      const now = clock.now();
      const recent = (begun.get(account) ?? []).filter(({ at }) => now < at + CONFIRM_WITHIN_MS);
      if (recent.length >= MOST_PENDING) return { begun: false, reason: 'too many' };
      begun.set(account, [...recent, { person, at: now }]);
      const pending: Pending = { of: 'pending link', account, shown, person };
      const code = await records.handles.give(`pending link/${key}`, pending, now);
      const until = ((await records.handles.get(code))?.at ?? now) + CONFIRM_WITHIN_MS;
      log.info({ person, account }, 'an account of Slack says to be a person');
      const mailed = await mail(
        person,
        `Is the Slack account ${shown} (${account}) yours?`,
        [
          `The Slack account ${shown} (${account}) of ${settings.company} says that it is you, ${person}.`,
          '',
          `If you just said so, confirm it within 15 minutes:`,
          `${publicUrl}/link/${code}.${signature(keys[0]!, code)}`,
          '',
          `From then on, what that account decides in Slack counts as decided by you. If it was not you, press nothing and tell security-on-call.`,
        ],
        ['link', code],
      );
      return { begun: true, code, until, mailed };
    },

    look: (token) => pendingOf(signedBy(token)),

    async confirmByMail(token) {
      const pending = await pendingOf(signedBy(token));
      return 'linked' in pending ? pending : confirm(pending, 'mail');
    },

    async lookByToken(code, person) {
      const pending = await ownPending(code, person);
      return 'linked' in pending ? pending : aboutOf(pending);
    },

    async confirmByToken(code, person, account) {
      const pending = await ownPending(code, person);
      if ('linked' in pending) return pending;
      if (pending.account === account) return confirm(pending, 'cli');
      log.warn(
        { person, account: pending.account },
        'a link was refused: another account was meant, or none was named',
      );
      return { linked: false, reason: 'another account', pending: aboutOf(pending) };
    },

    async end(person, by) {
      const there = await records.links.ofPerson(source, person);
      if (there === undefined || !(await records.links.drop(source, person, by, clock.now()))) return false;
      log.info({ person, account: there.account, by }, 'a link of an account of Slack has ended');
      await told(there.account, person, `${there.account} is no longer ${person} in Slack.`);
      return true;
    },

    all: () => records.links.history(source),
  };
}
