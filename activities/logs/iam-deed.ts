import {
  accessKeyThing,
  attachedThing,
  changeThing,
  groupThing,
  type HolderKind,
  inlineThing,
  keysTarget,
  LONG_TERM_KEY,
  loginThing,
  policyThing,
  roleThing,
  said,
  type Thing,
  trustThing,
  userThing,
  versionThing,
} from '../connectors/aws-access-key/things.js';
import { asObject } from './cloudtrail-record.js';

/** Who made a call, as far as it can be told from the record. Names of users and roles hold within `account`. */
export interface Caller {
  /** `AKIA…`, `ASIA…`, or empty. */
  key: string;
  user: string;
  /** Of an assumed role. */
  role: string;
  /** The account that the caller belongs to. */
  account: string;
  /** In AWS's words, for people. */
  arn: string;
}

/** A call that was accepted and made or changed something, or issued a session, in one account. */
export interface Deed {
  id: string;
  at: number;
  event: string;
  account: string;
  caller: Caller;
  /** What was made or changed; absent where only a session was issued. */
  thing?: Thing;
  target?: string;
  /** What whoever made it may act as from now on. */
  gave: { key?: string; user?: string; role?: string; trustOf?: string; login?: string };
  /** Name of the role that was assumed. */
  assumed?: string;
}

type Fields = { request: (name: string) => string; answer: (...path: string[]) => string; account: string };
type Made = Pick<Deed, 'thing' | 'target' | 'gave'>;

const SESSIONS = new Set([
  'AssumeRole',
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'GetSessionToken',
  'GetFederationToken',
]);

/** Every call of IAM that makes a way to come back or changes what somebody may do, and what it made. */
export const IAM_DEEDS: Readonly<Record<string, (fields: Fields) => Made | undefined>> = {
  CreateAccessKey({ request, answer, account }) {
    const id = answer('accessKey', 'accessKeyId');
    const user = answer('accessKey', 'userName') || request('userName');
    const thing = accessKeyThing(account, id || 'unknown', user || 'unknown');
    return { thing, target: keysTarget(account, user), gave: LONG_TERM_KEY.test(id) ? { key: id } : {} };
  },
  UpdateAccessKey({ request, account }) {
    if (request('status') !== 'Active') return undefined;
    const id = request('accessKeyId');
    const thing = accessKeyThing(account, id || 'unknown', request('userName') || 'unknown', ', switched on again');
    return { thing, gave: LONG_TERM_KEY.test(id) ? { key: id } : {} };
  },
  CreateUser: ({ request, account }) => ({
    thing: userThing(account, request('userName')),
    gave: { user: request('userName') },
  }),
  CreateLoginProfile: login,
  UpdateLoginProfile: login,
  CreateRole: ({ request, account }) => ({
    thing: roleThing(account, request('roleName')),
    gave: { role: request('roleName') },
  }),
  UpdateAssumeRolePolicy: ({ request, account }) => ({
    thing: trustThing(account, request('roleName')),
    gave: { trustOf: request('roleName') },
  }),
  CreateGroup: ({ request, account }) => ({ thing: groupThing(account, request('groupName')), gave: {} }),
  AttachUserPolicy: attached('user'),
  AttachRolePolicy: attached('role'),
  AttachGroupPolicy: attached('group'),
  PutUserPolicy: inline('user'),
  PutRolePolicy: inline('role'),
  PutGroupPolicy: inline('group'),
  CreatePolicy: ({ request, answer, account }) => ({
    thing: policyThing(account, answer('policy', 'arn') || request('policyName')),
    gave: {},
  }),
  CreatePolicyVersion: ({ request, answer, account }) => ({
    thing: versionThing(account, request('policyArn'), answer('policyVersion', 'versionId') || 'unknown'),
    gave: {},
  }),
  SetDefaultPolicyVersion: ({ request, account }) => ({
    thing: changeThing(account, `version ${request('versionId')} of policy ${request('policyArn')} put in force`),
    gave: {},
  }),
  AddUserToGroup: ({ request, account }) => ({
    thing: changeThing(account, `user ${request('userName')} put into group ${request('groupName')}`),
    gave: {},
  }),
  // rights that were taken away may have been the ones that held somebody back
  DetachUserPolicy: lifted('userName', 'policyArn'),
  DetachRolePolicy: lifted('roleName', 'policyArn'),
  DetachGroupPolicy: lifted('groupName', 'policyArn'),
  DeleteUserPolicy: lifted('userName', 'policyName'),
  DeleteRolePolicy: lifted('roleName', 'policyName'),
  DeleteGroupPolicy: lifted('groupName', 'policyName'),
  PutUserPermissionsBoundary: named('userName', 'permissions boundary changed of'),
  DeleteUserPermissionsBoundary: named('userName', 'permissions boundary lifted from'),
  PutRolePermissionsBoundary: named('roleName', 'permissions boundary changed of'),
  DeleteRolePermissionsBoundary: named('roleName', 'permissions boundary lifted from'),
  CreateServiceSpecificCredential: named('userName', 'service-specific credential of'),
  ResetServiceSpecificCredential: named('userName', 'service-specific credential reset of'),
  UploadSSHPublicKey: named('userName', 'SSH key of'),
  UploadSigningCertificate: named('userName', 'signing certificate of'),
  EnableMFADevice: named('userName', 'MFA device of'),
  DeactivateMFADevice: named('userName', 'MFA device switched off of'),
  CreateSAMLProvider: named('name', 'SAML provider'),
  UpdateSAMLProvider: named('sAMLProviderArn', 'SAML provider changed'),
  CreateOpenIDConnectProvider: named('url', 'OpenID provider'),
  AddClientIDToOpenIDConnectProvider: named('openIDConnectProviderArn', 'OpenID provider changed'),
  AddRoleToInstanceProfile: named('roleName', 'instances may act as role'),
};

/** The deed that a record tells of; undefined = none that matters here, or one that was refused. */
export function deedOf(record: Record<string, unknown>, at: number): Deed | undefined {
  const event = textOf(record.eventName);
  const source = textOf(record.eventSource);
  if (textOf(record.errorCode) !== '') return undefined;
  const request = asObject(record.requestParameters);
  const answers = asObject(record.responseElements);
  const caller = callerOf(record);
  const account = textOf(record.recipientAccountId) || caller.account;
  const deed = { id: textOf(record.eventID), at, event, account, caller };
  if (source === 'sts.amazonaws.com' && SESSIONS.has(event)) {
    const key = textOf(asObject(answers?.credentials)?.accessKeyId);
    const role = textOf(request?.roleArn);
    return {
      ...deed,
      gave: /^ASIA[A-Z0-9]{12,124}$/.test(key) ? { key } : {},
      ...(role === '' ? {} : { assumed: role.slice(role.lastIndexOf('/') + 1) }),
    };
  }
  const made = source === 'iam.amazonaws.com' && Object.hasOwn(IAM_DEEDS, event) ? IAM_DEEDS[event] : undefined;
  const what = made?.({
    account,
    // a call about the caller itself names no user
    request: (name) => textOf(request?.[name]) || (name === 'userName' ? caller.user : ''),
    answer: (...path) => textOf(path.reduce<unknown>((value, name) => asObject(value)?.[name], answers)),
  });
  return what && { ...deed, ...what };
}

function callerOf(record: Record<string, unknown>): Caller {
  const identity = asObject(record.userIdentity) ?? {};
  const issuer = asObject(asObject(identity.sessionContext)?.sessionIssuer) ?? {};
  const isRole = identity.type === 'AssumedRole';
  return {
    key: textOf(identity.accessKeyId),
    user: isRole ? '' : textOf(identity.userName) || textOf(issuer.userName),
    role: isRole ? textOf(issuer.userName) : '',
    account: textOf(identity.accountId),
    arn: said(textOf(identity.arn) || textOf(identity.type) || 'unknown', 200),
  };
}

function login({ request, account }: Fields): Made {
  return { thing: loginThing(account, request('userName')), gave: { login: request('userName') } };
}

const HOLDER: Record<HolderKind, string> = { user: 'userName', role: 'roleName', group: 'groupName' };

function attached(kind: HolderKind): (fields: Fields) => Made {
  return ({ request, account }) => ({
    thing: attachedThing(account, kind, request(HOLDER[kind]), request('policyArn')),
    gave: {},
  });
}

function inline(kind: HolderKind): (fields: Fields) => Made {
  return ({ request, account }) => ({
    thing: inlineThing(account, kind, request(HOLDER[kind]), request('policyName')),
    gave: {},
  });
}

function lifted(holder: string, policy: string): (fields: Fields) => Made {
  return ({ request, account }) => ({
    thing: changeThing(account, `policy ${request(policy)} taken from ${request(holder)}`),
    gave: {},
  });
}

function named(parameter: string, what: string): (fields: Fields) => Made {
  return ({ request, account }) => ({ thing: changeThing(account, `${what} ${request(parameter)}`), gave: {} });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 2_048) : '');
