import { AwsError } from './aws-error.js';
import { accountOf } from './key-id.js';
import type { Context, Done, Operation } from './operation.js';
import type { Session } from './world.js';
import { type Xml, xmlTime } from './xml.js';

const HOUR = 3600;

function shown(session: Session): { result: Xml; elements: { accessKeyId: string; expiration: string } } {
  const expiration = xmlTime(session.expiresAt);
  return {
    result: {
      AccessKeyId: session.id,
      SecretAccessKey: session.secret,
      SessionToken: session.token,
      Expiration: expiration,
    },
    elements: { accessKeyId: session.id, expiration },
  };
}

function callerId({ caller, world }: Context): Done {
  const id = caller.role ? `${caller.role.id}:${caller.role.sessionName}` : caller.user!.id;
  return { result: { UserId: id, Account: world.account, Arn: caller.arn } };
}

function assumeRole({ world, caller, params, now }: Context): Done {
  const arn = params.need('RoleArn');
  const sessionName = params.need('RoleSessionName');
  const role = [...world.roles.values()].find((one) => one.arn === arn);
  const root = `arn:aws:iam::${world.account}:root`;
  if (role === undefined || !role.trust.some((one) => one === caller.arn || one === root)) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    throw new AwsError('AccessDenied', 403, message);
  }
  const seconds = params.number('DurationSeconds', HOUR, 12 * HOUR);
  const session = world.addSession({ role: { ...role, sessionName } }, seconds, now);
  const { result, elements } = shown(session);
  const assumed = `arn:aws:sts::${world.account}:assumed-role/${role.name}/${sessionName}`;
  const assumedRoleId = `${role.id}:${sessionName}`;
  return {
    result: { Credentials: result, AssumedRoleUser: { AssumedRoleId: assumedRoleId, Arn: assumed } },
    elements: { credentials: elements, assumedRoleUser: { assumedRoleId, arn: assumed } },
  };
}

function getSessionToken({ world, caller, params, now }: Context): Done {
  if (caller.key === undefined || caller.user === undefined) {
    throw new AwsError('AccessDenied', 403, 'Cannot call GetSessionToken with session credentials');
  }
  const seconds = params.number('DurationSeconds', 12 * HOUR, 36 * HOUR);
  const { result, elements } = shown(world.addSession({ user: caller.user }, seconds, now));
  return { result: { Credentials: result }, elements: { credentials: elements } };
}

/** Sessions are made by reads in CloudTrail's sense; they are not counted as writes. */
export const sts: Record<string, Operation> = {
  // allowed even under an explicit deny of everything
  GetCallerIdentity: { readOnly: true, action: 'none', run: callerId },
  GetAccessKeyInfo: {
    readOnly: true,
    run({ world, params }) {
      const id = params.need('AccessKeyId');
      const account = world.keys.has(id) || world.sessions.has(id) ? world.account : accountOf(id);
      if (account === undefined) throw new AwsError('ValidationError', 400, 'Invalid access key id');
      return { result: { Account: account } };
    },
  },
  AssumeRole: { readOnly: true, action: 'none', run: assumeRole }, // the role's trust decides
  GetSessionToken: { readOnly: true, action: 'none', run: getSessionToken },
};
