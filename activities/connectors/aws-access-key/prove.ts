import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { Proof } from '../../../playbooks/language/words.js';
import type { Secret } from '../../secrets/secret.js';
import { type ConnectorCall, ConnectorError, type Observation } from '../contract.js';
import type { Account, Accounts } from './accounts.js';
import { faultOf } from './errors.js';
import { listKeys } from './keys.js';
import { heldKey } from './schema.js';

type Held = { leaked?: Secret; replacement?: { id: string; secret: Secret } };

/** What AWS said to whoever holds a pair. Only `refused` is a no: a wrong signature or an odd answer proves nothing. */
type Tried = { answer: 'accepted'; arn: string } | { answer: 'refused' | 'unclear'; said: string };

/** One look. Throws ConnectorError when AWS did not answer; `unknown` when it answered and did not say. */
export async function prove(
  accounts: Accounts,
  proof: Proof | 'restored',
  call: ConnectorCall,
  secrets: Held,
): Promise<Observation> {
  const key = heldKey(call.credential);
  const account = accounts.of(key.account);
  if (account === undefined) {
    throw new ConnectorError('invalid', `account ${key.account} is not in connectors.aws-access-key.accounts`);
  }
  if (proof === 'replacement_works') return provesReplacement(accounts, call, secrets.replacement);
  const tried = secrets.leaked && (await tryPair(accounts, key.id, secrets.leaked, call.incident));
  switch (proof) {
    case 'contained':
      return tried === undefined ? listed(account, key, (status) => status !== 'Active') : refusal(tried);
    case 'restored':
      return tried === undefined ? listed(account, key, (status) => status === 'Active') : opposite(refusal(tried));
    case 'dead': {
      // refused is not dead yet: a key that is only inactive can be switched on again
      const look = await listed(account, key, (status) => status === null);
      if (tried === undefined) return look;
      const seen = refusal(tried);
      return seen.seen === 'yes' && look.seen !== 'yes'
        ? { ...seen, seen: look.seen, line: `${seen.line}; ${look.line}` }
        : seen;
    }
  }
}

async function tryPair(accounts: Accounts, id: string, secret: Secret, incident: string): Promise<Tried> {
  try {
    const answer = await accounts
      .holding(id, secret, incident)
      .send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(10_000) });
    return { answer: 'accepted', arn: answer.Arn ?? '' };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.name === 'InvalidClientTokenId') return { answer: 'refused', said: fault.name };
    // an explicit deny is said to somebody whom AWS has recognised: the key is alive
    if (fault.name === 'AccessDenied') return { answer: 'accepted', arn: '' };
    if (fault.code === 'unavailable' || fault.code === 'rate-limited') {
      throw new ConnectorError(
        fault.code,
        `cannot try ${id} at sts GetCallerIdentity: ${fault.code} (${fault.name}); it is tried again`,
        fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds },
      );
    }
    return { answer: 'unclear', said: fault.name };
  }
}

function refusal(tried: Tried): Observation {
  if (tried.answer === 'accepted') return { seen: 'no', grade: 'refused', line: 'sts GetCallerIdentity: accepted' };
  return {
    seen: tried.answer === 'refused' ? 'yes' : 'unknown',
    grade: 'refused',
    line:
      tried.said === 'SignatureDoesNotMatch'
        ? 'sts GetCallerIdentity: SignatureDoesNotMatch, so the sealed secret is not the one of this key; proves nothing'
        : `sts GetCallerIdentity: ${tried.said}`,
  };
}

const OPPOSITE = { yes: 'no', no: 'yes', unknown: 'unknown' } as const;
const opposite = (seen: Observation): Observation => ({ ...seen, seen: OPPOSITE[seen.seen] });

async function listed(
  account: Account,
  key: { id: string; user: string },
  wanted: (status: string | null) => boolean,
): Promise<Observation> {
  const list = await listKeys(account, key.user);
  const status = list?.keys.find((candidate) => candidate.id === key.id)?.status ?? null;
  return {
    seen: wanted(status) ? 'yes' : 'no',
    grade: 'provider-state',
    line:
      status === null
        ? 'iam ListAccessKeys: it is not there'
        : `iam ListAccessKeys: ${/^\w{1,16}$/.test(status) ? status : 'an unknown state'}`,
  };
}

async function provesReplacement(
  accounts: Accounts,
  call: ConnectorCall,
  replacement: Held['replacement'],
): Promise<Observation> {
  if (replacement === undefined) {
    return { seen: 'unknown', grade: 'unproven', line: 'no replacement was read back from the secret store' };
  }
  const { id, secret } = replacement;
  const tried = await tryPair(accounts, id, secret, call.incident);
  if (tried.answer !== 'accepted') {
    return {
      seen: tried.answer === 'refused' ? 'no' : 'unknown',
      grade: 'refused',
      line: `sts GetCallerIdentity as ${id}: ${tried.said}`,
    };
  }
  const same = tried.arn === call.credential.principal;
  return {
    seen: same ? 'yes' : tried.arn === '' ? 'unknown' : 'no',
    grade: 'refused',
    line: same
      ? `sts GetCallerIdentity as ${id}: accepted, the same user`
      : tried.arn === ''
        ? `sts GetCallerIdentity as ${id}: accepted, but AWS did not say who it is`
        : `sts GetCallerIdentity as ${id}: accepted, but it is another user's`,
  };
}
