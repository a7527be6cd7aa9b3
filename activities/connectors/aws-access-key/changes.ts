import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { Secret } from '../../secrets/secret.js';
import { type Answer, type Change, ConnectorError, type Seen, type SendOptions } from '../contract.js';
import { type Account, look, providerTimeOf, requestIdOf } from './accounts.js';
import { connectorError, refusalOf } from './errors.js';
import { listKeys } from './keys.js';
import { KeyStatus, SessionCut } from './schema.js';
import { keysTarget } from './things.js';

/** The user whose key, keys or policy is changed, and for which incident. */
export interface Holder {
  account: Account;
  user: string;
  incident: string;
}

const target = (holder: Holder, rest: string): string => `aws-access-key/${holder.account.id}/${rest}`;

/** On or off. State and arguments: `Active`, `Inactive`; `null` = there is no such key. */
export function keyStatus(holder: Holder, id: string): Change {
  return {
    target: target(holder, `${id}/status`),
    read: () => statusOf(holder, id),
    apply(args, options) {
      const status = KeyStatus.safeParse(args);
      if (!status.success) return refused(`cannot set ${id} to what it was before: it was neither on nor off`);
      return send(holder, options, `set ${id} to ${status.data}`, 'iam:UpdateAccessKey', (iam, sending) =>
        iam.send(new UpdateAccessKeyCommand({ UserName: holder.user, AccessKeyId: id, Status: status.data }), sending),
      );
    },
  };
}

/** Its existence. State: its status, `null` = gone; an id is never used again. */
export function keyExistence(holder: Holder, id: string): Change {
  return {
    target: target(holder, `${id}/existence`),
    read: () => statusOf(holder, id),
    apply: (_args, options) =>
      send(holder, options, `delete ${id}`, 'iam:DeleteAccessKey', (iam, sending) =>
        iam.send(new DeleteAccessKeyCommand({ UserName: holder.user, AccessKeyId: id }), sending),
      ),
  };
}

async function statusOf(holder: Holder, id: string): Promise<Seen> {
  const list = await listKeys(holder.account, holder.user);
  const status = list?.keys.find((key) => key.id === id)?.status ?? null;
  return { state: status, ...(list?.providerTime === undefined ? {} : { providerTime: list.providerTime }) };
}

/** The keys of a user. State: their ids; applying it makes one more, whose secret AWS says this once. */
export function keysOfUser(holder: Holder): Change {
  const tried = `make a new key for ${holder.user}`;
  return {
    target: keysTarget(holder.account.id, holder.user),
    async read() {
      const list = await listKeys(holder.account, holder.user);
      if (list === undefined)
        throw new ConnectorError('not-found', `cannot ${tried}: there is no such user (any more)`);
      const { keys, providerTime } = list;
      return {
        state: keys.map((key) => key.id).sort(),
        items: keys.map(({ id, active, createdAt }) => ({
          id,
          active,
          ...(createdAt === undefined ? {} : { createdAt }),
        })),
        ...(providerTime === undefined ? {} : { providerTime }),
      };
    },
    async apply(_args, options) {
      const answer = await send(holder, options, tried, 'iam:CreateAccessKey', async (iam, sending) => {
        const made = await iam.send(new CreateAccessKeyCommand({ UserName: holder.user }), sending);
        const { AccessKeyId: id, SecretAccessKey: secret } = made.AccessKey ?? {};
        // a key may exist now whose secret nobody has: not a success, and not a refusal
        if (!id || !secret)
          return { kind: 'unknown', reason: `AWS made a key for ${holder.user} but did not say which` };
        return { kind: 'applied', evidence: { ...requestIdOf(made), id }, id, secret: new Secret(secret) };
      });
      if (answer.kind !== 'limit') return answer;
      return {
        kind: 'limit',
        reason: `cannot ${tried}: it has as many keys as AWS allows (2), and a healthy one is never deleted; free one, or point the service to the other, then retry`,
      };
    },
  };
}

/** The inline policy of one incident. State and arguments: the policy document; `null` = there is none. */
export function sessionPolicy(holder: Holder): Change {
  const name = `firebreak-${holder.incident}-cut`;
  const where = { UserName: holder.user, PolicyName: name };
  return {
    target: target(holder, `user/${holder.user}/policy/${name}`),
    async read() {
      try {
        const answer = await look(`read policy ${name} of ${holder.user}`, 'iam:GetUserPolicy', (options) =>
          holder.account.iam.send(new GetUserPolicyCommand(where), options),
        );
        const providerTime = providerTimeOf(answer);
        return {
          state: documentOf(answer.PolicyDocument, name),
          ...(providerTime === undefined ? {} : { providerTime }),
        };
      } catch (error) {
        if (error instanceof ConnectorError && error.code === 'not-found') return { state: null };
        throw error;
      }
    },
    async apply(args, options) {
      if (args === null) {
        return send(holder, options, `remove policy ${name}`, 'iam:DeleteUserPolicy', (iam, sending) =>
          iam.send(new DeleteUserPolicyCommand(where), sending),
        );
      }
      const document = SessionCut.safeParse(args);
      if (!document.success) return refused(`cannot set policy ${name}: what was there before us is not one of ours`);
      return send(holder, options, `cut the sessions of ${holder.user}`, 'iam:PutUserPolicy', (iam, sending) =>
        iam.send(new PutUserPolicyCommand({ ...where, PolicyDocument: JSON.stringify(document.data) }), sending),
      );
    },
  };
}

/** AWS gives a document back as percent-encoded JSON (RFC 3986). */
function documentOf(encoded: string | undefined, name: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(encoded ?? ''));
  } catch {
    throw new ConnectorError('unexpected-answer', `policy ${name} is not JSON; look at it in the AWS console`);
  }
}

const refused = async (reason: string): Promise<Answer> => ({ kind: 'denied', code: 'invalid', reason });

/** Sends one change, once, signed with the begin of its attempt. Never throws for what AWS says. */
async function send(
  holder: Holder,
  options: SendOptions,
  tried: string,
  permission: string,
  run: (iam: IAMClient, sending: { abortSignal: AbortSignal }) => Promise<Answer | Parameters<typeof requestIdOf>[0]>,
): Promise<Answer> {
  try {
    await holder.account.ready();
  } catch (error) {
    // nothing was sent: our own credentials are missing, or may be had again in a moment
    const cause = connectorError(error, tried, permission);
    return cause.code === 'unavailable' || cause.code === 'rate-limited'
      ? { kind: 'throttled', afterSeconds: cause.retryAfterSeconds ?? 1 }
      : { kind: 'denied', code: cause.code, reason: `cannot ${tried}: ${cause.message}` };
  }
  try {
    const answer = await run(holder.account.changing(options.signedAt, holder.incident), {
      abortSignal: options.signal,
    });
    return 'kind' in answer ? answer : { kind: 'applied', evidence: requestIdOf(answer) };
  } catch (error) {
    return refusalOf(error, tried, permission);
  }
}
