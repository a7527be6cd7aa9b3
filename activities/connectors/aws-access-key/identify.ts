import { GetAccessKeyLastUsedCommand, GetUserCommand, ListUserTagsCommand } from '@aws-sdk/client-iam';
import { GetAccessKeyInfoCommand } from '@aws-sdk/client-sts';
import { ConnectorError, type Identity } from '../contract.js';
import { type Account, type Accounts, look } from './accounts.js';
import { type Key, listKeys } from './keys.js';
import { accessKeyId, isDocumentationKey } from './schema.js';

/**
 * Whose key it is, and what is known of it. Reads only. `claimed` is the account that an alert named: a hint, which AWS
 * overrules. Throws ConnectorError; `known: false` when no account of ours has it.
 */
export async function identify(
  accounts: Accounts,
  settings: { person_tag?: string | undefined },
  id: string,
  claimed?: string,
): Promise<Identity> {
  const key = accessKeyId(id);
  if (isDocumentationKey(key)) return nobodys(key, 'gone', "an example from AWS's documentation: it opens nothing");

  // The likeliest account first: one that lists the key holds it, and each round trip is time that an attacker has.
  const likely =
    accounts.of(claimed ?? '') ?? (accounts.ids.length === 1 ? accounts.of(accounts.ids[0] ?? '') : undefined);
  const there = likely === undefined ? undefined : await heldIn(likely, key).catch(notSaid);
  if (likely !== undefined && there?.found !== undefined) return identityOf(likely, there, settings);

  const number = await accountOf(accounts, key, claimed);
  const account = number === undefined ? undefined : accounts.of(number);
  if (account === undefined) {
    return number === undefined
      ? nobodys(key, 'unknown', 'AWS knows no account of this key')
      : { ...nobodys(key, 'unknown', `belongs to AWS account ${number}, which is none of ours`), account: number };
  }
  const held = (account.id === likely?.id ? there : undefined) ?? (await heldIn(account, key));
  return held === undefined ? gone(account, key) : identityOf(account, held, settings);
}

/** What an account says of a key whose user it knows. */
interface Held {
  used: { user: string; line: string; at?: number };
  found: Key | undefined;
  siblings: string[];
  holder: { arn: string; tags: Record<string, string>; lines: string[] };
}

/** `undefined` when the account does not know the key (any more). */
async function heldIn(account: Account, key: string): Promise<Held | undefined> {
  const used = await lastUsed(account, key);
  if (used === undefined) return undefined;
  const [list, holder] = await Promise.all([listKeys(account, used.user), holderOf(account, used.user)]);
  const keys = list?.keys ?? [];
  return {
    used,
    found: keys.find(({ id }) => id === key),
    siblings: keys.filter(({ id, active }) => id !== key && active).map(({ id }) => id),
    holder,
  };
}

/** An account that was only likely may refuse to say anything about a key of another one. */
function notSaid(error: unknown): undefined {
  if (!(error instanceof ConnectorError)) throw error;
}

function identityOf(
  account: Account,
  { used, found, siblings, holder }: Held,
  settings: { person_tag?: string | undefined },
): Identity {
  return {
    known: true,
    account: account.id,
    name: used.user,
    principal: holder.arn,
    state: found === undefined ? 'gone' : found.active ? 'active' : 'inactive',
    tags: holder.tags,
    siblings,
    lines: [
      used.line,
      ...(found?.createdAt === undefined ? [] : [`made ${minute(new Date(found.createdAt))}`]),
      ...siblings.map((sibling) => `${used.user} has another active key: ${sibling}`),
      ...holder.lines,
    ],
    ...(used.at === undefined ? {} : { lastUsedAt: used.at }),
    // a service's name is nobody's in settings, so it excludes nobody from deciding
    subject: holder.tags[settings.person_tag ?? ''] ?? used.user,
  };
}

/** The account that AWS says a key belongs to; it says so of every key that ever was, of any account. */
async function accountOf(accounts: Accounts, key: string, claimed: string | undefined): Promise<string | undefined> {
  const asking = accounts.of(claimed ?? '') ?? accounts.of(accounts.ids[0] ?? '');
  if (asking === undefined) {
    throw new ConnectorError('invalid', 'no AWS account is set; add one to connectors.aws-access-key.accounts');
  }
  try {
    const answer = await look(`find the account of ${key}`, 'sts:GetAccessKeyInfo', (options) =>
      asking.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: key }), options),
    );
    return answer.Account;
  } catch (error) {
    if (error instanceof ConnectorError && (error.code === 'not-found' || error.code === 'invalid')) return undefined;
    throw error;
  }
}

/** User and last use of a key; `undefined` when its account does not know it (any more). */
async function lastUsed(account: Account, key: string): Promise<Held['used'] | undefined> {
  try {
    const answer = await look(`look up the user of ${key}`, 'iam:GetAccessKeyLastUsed', (options) =>
      account.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: key }), options),
    );
    if (answer.UserName === undefined) return undefined;
    const { LastUsedDate: at, Region: region, ServiceName: service } = answer.AccessKeyLastUsed ?? {};
    return {
      user: answer.UserName,
      ...(at === undefined ? {} : { at: at.getTime() }),
      line: at === undefined ? 'never used' : `last used ${minute(at)} in ${word(region)}, ${word(service)}`,
    };
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/**
 * ARN and tags of the user. The ARN must be AWS's own word, path included, because `protected` patterns go by it; tags
 * are for the owner's look-up, and a key is not left alive because they could not be read.
 */
async function holderOf(account: Account, user: string): Promise<Held['holder']> {
  const [holder, tags] = await Promise.all([
    look(`look up user ${user}`, 'iam:GetUser', (options) =>
      account.iam.send(new GetUserCommand({ UserName: user }), options),
    ),
    tagsOf(account, user).catch((error: unknown) => {
      if (error instanceof ConnectorError) return error;
      throw error;
    }),
  ]);
  const arn = holder.User?.Arn;
  if (arn === undefined) throw new ConnectorError('unexpected-answer', `AWS knows user ${user} but gave no ARN`);
  return tags instanceof ConnectorError
    ? { arn, tags: {}, lines: [`its tags could not be read (${tags.code}), so the owner may be unknown`] }
    : { arn, tags, lines: [] };
}

async function tagsOf(account: Account, user: string): Promise<Record<string, string>> {
  const tags: Record<string, string> = {};
  let marker: string | undefined;
  do {
    const input = { UserName: user, ...(marker === undefined ? {} : { Marker: marker }) };
    const answer = await look(`read the tags of ${user}`, 'iam:ListUserTags', (options) =>
      account.iam.send(new ListUserTagsCommand(input), options),
    );
    for (const tag of answer.Tags ?? []) if (tag.Key !== undefined) tags[tag.Key] = tag.Value ?? '';
    marker = answer.IsTruncated === true ? answer.Marker : undefined;
  } while (marker !== undefined);
  return tags;
}

const nobodys = (key: string, state: Identity['state'], line: string): Identity => ({
  known: false,
  account: 'unknown',
  name: key,
  principal: '',
  state,
  tags: {},
  siblings: [],
  lines: [line],
});

const gone = (account: Account, key: string): Identity => ({
  ...nobodys(key, 'gone', `account ${account.id} has no such key (any more)`),
  known: true,
  account: account.id,
});

const minute = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
/** Region or service, as AWS writes them; anything else is not repeated. */
const word = (said: string | undefined): string =>
  said !== undefined && /^[a-z0-9-]{1,40}$/.test(said) ? said : 'unknown';
