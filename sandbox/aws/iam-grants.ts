import { AwsError } from './aws-error.js';
import { describedRole } from './described.js';
import { type Context, change, type Done, type Operation, read, roleOf, userOf } from './operation.js';
import { parsePolicy, parseTrust } from './policy.js';
import type { Attached, ManagedPolicy } from './world.js';
import { xmlTime } from './xml.js';

const POLICY_ARN = /^arn:aws:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;

/** What makes a way to come back besides keys: console passwords, roles, trust, and rights. */
export const grants: Record<string, Operation> = {
  CreateLoginProfile: change((context) => {
    const user = userOf(context);
    if (user.login !== undefined) {
      throw new AwsError('EntityAlreadyExists', 409, `Login Profile for user ${user.name} already exists.`);
    }
    context.world.passwords.push(context.params.need('Password'));
    user.login = context.now;
    const createDate = xmlTime(context.now);
    return {
      result: { LoginProfile: { UserName: user.name, CreateDate: createDate, PasswordResetRequired: 'false' } },
      elements: { loginProfile: { userName: user.name, createDate, passwordResetRequired: false } },
      wrote: { target: `user/${user.name}/login` },
    };
  }),

  UpdateLoginProfile: change((context) => {
    const user = userOf(context);
    if (user.login === undefined) {
      throw new AwsError('NoSuchEntity', 404, `Login Profile for User ${user.name} cannot be found.`);
    }
    const password = context.params.get('Password');
    if (password !== undefined) context.world.passwords.push(password);
    return { wrote: { target: `user/${user.name}/login` } };
  }),

  CreateRole: change(({ world, params, now }) => {
    const name = params.need('RoleName');
    if (world.roles.has(name)) {
      throw new AwsError('EntityAlreadyExists', 409, `Role with name ${name} already exists.`);
    }
    const role = world.addRole(name, [], parseTrust(params.need('AssumeRolePolicyDocument')), now);
    return {
      result: { Role: describedRole(role) },
      elements: { role: { path: '/', roleName: name, roleId: role.id, arn: role.arn, createDate: xmlTime(now) } },
      wrote: { target: `role/${name}` },
    };
  }),

  UpdateAssumeRolePolicy: change((context) => {
    const role = roleOf(context);
    role.trust = parseTrust(context.params.need('PolicyDocument'));
    return { wrote: { target: `role/${role.name}/trust`, detail: { trust: role.trust.join(' ') } } };
  }),

  GetRole: read((context) => ({ result: { Role: describedRole(roleOf(context)) } })),

  PutRolePolicy: change((context) => {
    const role = roleOf(context);
    const name = context.params.need('PolicyName');
    const policy = parsePolicy(context.params.need('PolicyDocument'));
    context.world.putPolicy(role, name, policy, context.now);
    return { wrote: { target: `role/${role.name}/policy/${name}`, detail: { document: policy.document } } };
  }),

  AttachUserPolicy: change((context) => attach(context, userOf(context), 'user')),
  DetachUserPolicy: change((context) => detach(context, userOf(context), 'user')),
  AttachRolePolicy: change((context) => attach(context, roleOf(context), 'role')),
  DetachRolePolicy: change((context) => detach(context, roleOf(context), 'role')),

  CreatePolicy: change(({ world, params, now }) => {
    const name = params.need('PolicyName');
    const arn = `arn:aws:iam::${world.account}:policy/${name}`;
    if (world.managed.has(arn))
      throw new AwsError('EntityAlreadyExists', 409, `A policy called ${name} already exists.`);
    const policy = parsePolicy(params.need('PolicyDocument'));
    world.managed.set(arn, {
      name,
      arn,
      createdAt: now,
      versions: [{ id: 'v1', policy, createdAt: now }],
      inForce: 'v1',
    });
    const shown = { policyName: name, arn, defaultVersionId: 'v1', createDate: xmlTime(now) };
    return {
      result: { Policy: { PolicyName: name, Arn: arn, DefaultVersionId: 'v1', CreateDate: xmlTime(now) } },
      elements: { policy: shown },
      wrote: { target: `policy/${name}` },
    };
  }),

  CreatePolicyVersion: change((context) => {
    const managed = managedOf(context);
    const policy = parsePolicy(context.params.need('PolicyDocument'));
    const id = `v${managed.versions.length + 1}`;
    managed.versions.push({ id, policy, createdAt: context.now });
    const isDefault = context.params.get('SetAsDefault') === 'true';
    if (isDefault) managed.inForce = id;
    return {
      result: {
        PolicyVersion: { VersionId: id, IsDefaultVersion: String(isDefault), CreateDate: xmlTime(context.now) },
      },
      elements: { policyVersion: { versionId: id, isDefaultVersion: isDefault, createDate: xmlTime(context.now) } },
      wrote: { target: `policy/${managed.name}/${id}` },
    };
  }),

  SetDefaultPolicyVersion: change((context) => {
    const managed = managedOf(context);
    const id = context.params.need('VersionId');
    if (!managed.versions.some((version) => version.id === id)) {
      throw new AwsError('NoSuchEntity', 404, `Policy ${managed.arn} version ${id} does not exist.`);
    }
    managed.inForce = id;
    return { wrote: { target: `policy/${managed.name}`, detail: { inForce: id } } };
  }),
};

function managedOf({ world, params }: Context): ManagedPolicy {
  const arn = params.need('PolicyArn');
  const managed = world.managed.get(arn);
  if (managed === undefined)
    throw new AwsError('NoSuchEntity', 404, `Policy ${arn} does not exist or is not attachable.`);
  return managed;
}

type Holder = { name: string; attached: Attached[] };

function attach({ params }: Context, holder: Holder, kind: 'user' | 'role'): Done {
  const arn = params.need('PolicyArn');
  if (!POLICY_ARN.test(arn)) throw new AwsError('InvalidInput', 400, `ARN ${arn} is not valid.`);
  if (!holder.attached.some((one) => one.arn === arn)) {
    holder.attached.push({ name: arn.slice(arn.lastIndexOf('/') + 1), arn });
  }
  return { wrote: { target: `${kind}/${holder.name}/attached`, detail: { arn } } };
}

function detach({ params }: Context, holder: Holder, kind: 'user' | 'role'): Done {
  const arn = params.need('PolicyArn');
  const at = holder.attached.findIndex((one) => one.arn === arn);
  if (at < 0) throw new AwsError('NoSuchEntity', 404, `Policy ${arn} was not found.`);
  holder.attached.splice(at, 1);
  return { wrote: { target: `${kind}/${holder.name}/attached`, detail: { arn, detached: 'true' } } };
}
