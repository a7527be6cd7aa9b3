import { type Connector, type ConnectorCall, ConnectorError, type ConnectorPlugin, type Intent } from '../contract.js';
import { type Account, type Accounts, openAccounts } from './accounts.js';
import { type Holder, keyExistence, keyStatus, keysOfUser, sessionPolicy } from './changes.js';
import { findCreated } from './find-created.js';
import { identify } from './identify.js';
import { prove } from './prove.js';
import { AwsSettings, heldKey, sessionCut } from './schema.js';
import { identifyPermissions, spec } from './spec.js';

/** Keys of IAM users, by the real IAM and STS APIs. */
export const awsAccessKey: ConnectorPlugin<typeof AwsSettings> = {
  spec,
  permissions: identifyPermissions,
  settings: AwsSettings,
  open(settings, clock): Connector {
    const accounts = openAccounts(settings, clock);
    const { fence, propagation } = settings;
    return {
      spec,
      fence: {
        kind: 'signature',
        lateSeconds: fence.late_seconds,
        lagSeconds: fence.lag_seconds,
        skewSeconds: fence.skew_seconds,
      },
      propagation: {
        looks: propagation.looks,
        spreadSeconds: propagation.spread_seconds,
        windowSeconds: propagation.window_seconds,
      },
      identify: (id, account) => identify(accounts, settings, id, account),
      intend: (verb, call) => intend(accounts, verb, call, propagation.spread_seconds * 1_000),
      prove: (proof, call, secrets) => prove(accounts, proof, call, secrets),
      findCreated: async (call, since) => findCreated(accountOf(accounts, call), call, since),
    };
  },
};

const CHANGES = Object.keys(spec.verbs).filter((verb) => spec.verbs[verb]?.class !== 'read');

/** The changes that a verb makes, in order. Throws ConnectorError('invalid') for a verb or credential it cannot serve. */
function intend(accounts: Accounts, verb: string, call: ConnectorCall, settlesMs: number): Intent[] {
  const key = heldKey(call.credential);
  const account = accountOf(accounts, call);
  const holder: Holder = { account, user: key.user, incident: call.incident };
  const asBefore = (before: unknown): unknown => before;
  switch (verb) {
    case 'disable':
      return [{ class: 'contain', change: keyStatus(holder, key.id), args: 'Inactive', argsFor: asBefore }];
    case 'cut_sessions': {
      // a disabled key goes on working for seconds, and what it issues then is cut too; nothing good is issued before
      // containment is proven, which takes at least as long
      const cut = sessionCut(call.now() + settlesMs);
      return [{ class: 'interrupt', change: sessionPolicy(holder), args: cut, argsFor: asBefore }];
    }
    case 'rotate':
      return [
        {
          class: 'replace',
          change: keysOfUser(holder),
          args: {},
          disableStray: (id) => ({ change: keyStatus(holder, id), args: 'Inactive' }),
        },
      ];
    case 'revoke':
      return [{ class: 'destroy', change: keyExistence(holder, key.id), args: null }];
    default:
      throw new ConnectorError('invalid', `aws-access-key cannot ${verb}; it can ${CHANGES.join(', ')}`);
  }
}

function accountOf(accounts: Accounts, call: ConnectorCall): Account {
  const { account: id } = heldKey(call.credential);
  const account = accounts.of(id);
  if (account === undefined) {
    throw new ConnectorError('invalid', `account ${id} is not in connectors.aws-access-key.accounts`);
  }
  return account;
}
