import { AwsError } from './aws-error.js';
import { describedUser } from './described.js';
import { authorization } from './iam-authorization.js';
import { grants } from './iam-grants.js';
import { type Context, change, type Operation, page, read, userOf } from './operation.js';
import { parsePolicy } from './policy.js';
import type { AccessKey, User } from './world.js';
import { type Xml, xmlTime } from './xml.js';

const KEYS_PER_USER = 2;

const tagsOf = (user: User): Xml[] => Object.entries(user.tags).map(([Key, Value]) => ({ Key, Value }));

function keyOf(context: Context): { user: User; key: AccessKey } {
  const id = context.params.need('AccessKeyId');
  const user = userOf(context);
  const key = context.world.keys.get(id);
  if (key === undefined || key.userName !== user.name || key.status.now === 'gone') {
    throw new AwsError('NoSuchEntity', 404, `The Access Key with id ${id} cannot be found.`);
  }
  return { user, key };
}

function noSuchPolicy(user: User, name: string): AwsError {
  return new AwsError('NoSuchEntity', 404, `The user policy with name ${name} cannot be found for user ${user.name}.`);
}

/** The part of IAM that incident responders and attackers of access keys use. */
export const iam: Record<string, Operation> = {
  ...grants,
  ...authorization,

  CreateAccessKey: change((context) => {
    const user = userOf(context);
    if (context.world.keysOf(user.name).length >= KEYS_PER_USER) {
      throw new AwsError('LimitExceeded', 409, `Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER}`);
    }
    const key = context.world.addKey(user.name, {}, context.now);
    const shown = { UserName: user.name, AccessKeyId: key.id, Status: 'Active', CreateDate: xmlTime(key.createdAt) };
    return {
      result: { AccessKey: { ...shown, SecretAccessKey: key.secret } },
      elements: {
        accessKey: { userName: user.name, accessKeyId: key.id, status: 'Active', createDate: xmlTime(key.createdAt) },
      },
      wrote: { target: `user/${user.name}`, detail: { id: key.id } },
    };
  }),

  UpdateAccessKey: change((context) => {
    const { user, key } = keyOf(context);
    const status = context.params.need('Status');
    if (status !== 'Active' && status !== 'Inactive') {
      throw new AwsError('ValidationError', 400, "Value at 'status' must be Active or Inactive");
    }
    const before = key.status.now;
    if (before !== status) key.status.set(context.now, status);
    return { wrote: { target: key.id, detail: { user: user.name, before, status } } };
  }),

  DeleteAccessKey: change((context) => {
    const { user, key } = keyOf(context);
    key.status.set(context.now, 'gone');
    return { wrote: { target: key.id, detail: { user: user.name } } };
  }),

  ListAccessKeys: read((context) => {
    const user = userOf(context);
    const { items, more } = page(context.params, context.world.keysOf(user.name, context.seenUpTo));
    return {
      result: {
        UserName: user.name,
        AccessKeyMetadata: items.map((key) => ({
          UserName: user.name,
          AccessKeyId: key.id,
          Status: String(key.status.at(context.seenUpTo)),
          CreateDate: xmlTime(key.createdAt),
        })),
        ...more,
      },
    };
  }),

  GetAccessKeyLastUsed: read(({ world, params, seenUpTo }) => {
    const id = params.need('AccessKeyId');
    const key = world.keys.get(id);
    const status = key?.status.at(seenUpTo);
    if (key === undefined || status === undefined || status === 'gone') {
      throw new AwsError('NoSuchEntity', 404, `The Access Key with id ${id} cannot be found.`);
    }
    return {
      result: {
        UserName: key.userName,
        AccessKeyLastUsed: {
          LastUsedDate: key.lastUsed && xmlTime(key.lastUsed.at),
          ServiceName: key.lastUsed?.service ?? 'N/A',
          Region: key.lastUsed?.region ?? 'N/A',
        },
      },
    };
  }),

  GetUser: read((context) => {
    const user = userOf(context);
    const tags = tagsOf(user);
    return { result: { User: { ...describedUser(user), ...(tags.length > 0 ? { Tags: tags } : {}) } } };
  }),

  ListUserTags: read((context) => {
    const { items, more } = page(context.params, tagsOf(userOf(context)));
    return { result: { Tags: items, ...more } };
  }),

  ListUsers: read((context) => {
    const users = [...context.world.users.values()].filter((user) => user.createdAt <= context.seenUpTo);
    const { items, more } = page(context.params, users);
    return { result: { Users: items.map(describedUser), ...more } };
  }),

  CreateUser: change(({ world, params, now }) => {
    const name = params.need('UserName');
    if (world.users.has(name)) {
      throw new AwsError('EntityAlreadyExists', 409, `User with name ${name} already exists.`);
    }
    const user = world.addUser({ name }, now);
    return {
      result: { User: describedUser(user) },
      elements: { user: { path: '/', userName: name, userId: user.id, arn: user.arn, createDate: xmlTime(now) } },
      wrote: { target: `user/${name}` },
    };
  }),

  PutUserPolicy: change((context) => {
    const user = userOf(context);
    const name = context.params.need('PolicyName');
    const policy = parsePolicy(context.params.need('PolicyDocument'));
    context.world.putPolicy(user, name, policy, context.now);
    return { wrote: { target: `user/${user.name}/policy/${name}`, detail: { document: policy.document } } };
  }),

  GetUserPolicy: read((context) => {
    const user = userOf(context);
    const name = context.params.need('PolicyName');
    const policy = user.policies.get(name)?.at(context.seenUpTo);
    if (policy === undefined) throw noSuchPolicy(user, name);
    return {
      result: { UserName: user.name, PolicyName: name, PolicyDocument: encodeURIComponent(policy.document) },
    };
  }),

  DeleteUserPolicy: change((context) => {
    const user = userOf(context);
    const name = context.params.need('PolicyName');
    if (user.policies.get(name)?.now === undefined) throw noSuchPolicy(user, name);
    context.world.putPolicy(user, name, undefined, context.now);
    return { wrote: { target: `user/${user.name}/policy/${name}` } };
  }),

  ListUserPolicies: read((context) => {
    const policies = context.world.policiesOf(userOf(context), context.seenUpTo);
    const { items, more } = page(context.params, policies);
    return { result: { PolicyNames: items.map(({ name }) => name), ...more } };
  }),

  ListAttachedUserPolicies: read((context) => {
    const { items, more } = page(context.params, userOf(context).attached);
    return {
      result: { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...more },
    };
  }),

  GetLoginProfile: read((context) => {
    const user = userOf(context);
    if (user.login === undefined) {
      throw new AwsError('NoSuchEntity', 404, `Login Profile for User ${user.name} cannot be found.`);
    }
    return {
      result: {
        LoginProfile: { UserName: user.name, CreateDate: xmlTime(user.login), PasswordResetRequired: 'false' },
      },
    };
  }),
};
