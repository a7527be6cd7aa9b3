import { describedRole, describedUser } from './described.js';
import { type Context, type Operation, page } from './operation.js';
import type { ManagedPolicy, Role, User } from './world.js';
import { type Xml, xmlTime } from './xml.js';

type Detail = { list: 'UserDetailList' | 'RoleDetailList' | 'Policies'; filter: string; detail: Xml };

/** Everything of the account in one paged call: one page may hold the end of one list and the begin of the next. */
export const authorization: Record<string, Operation> = {
  GetAccountAuthorizationDetails: {
    readOnly: true,
    run(context) {
      const { world, params, seenUpTo } = context;
      const wanted = params.list('Filter');
      const there = <T extends { createdAt: number }>(all: Iterable<T>) =>
        [...all].filter(({ createdAt }) => createdAt <= seenUpTo);
      const all: Detail[] = [
        ...there(world.users.values()).map((user) => userDetail(context, user)),
        ...there(world.roles.values()).map((role) => roleDetail(context, role)),
        ...there(world.managed.values()).map(policyDetail),
      ].filter(({ filter }) => wanted.length === 0 || wanted.includes(filter));
      const { items, more } = page(params, all);
      const only = (list: Detail['list']) => items.filter((item) => item.list === list).map(({ detail }) => detail);
      return {
        result: {
          UserDetailList: only('UserDetailList'),
          GroupDetailList: [],
          RoleDetailList: only('RoleDetailList'),
          Policies: only('Policies'),
          ...more,
        },
      };
    },
  },
};

function userDetail({ world, seenUpTo }: Context, user: User): Detail {
  return {
    list: 'UserDetailList',
    filter: 'User',
    detail: {
      ...describedUser(user),
      UserPolicyList: inline(world.policiesOf(user, seenUpTo)),
      GroupList: [],
      AttachedManagedPolicies: attached(user),
    },
  };
}

function roleDetail({ world, seenUpTo }: Context, role: Role): Detail {
  return {
    list: 'RoleDetailList',
    filter: 'Role',
    detail: {
      ...describedRole(role),
      RolePolicyList: inline(world.policiesOf(role, seenUpTo)),
      AttachedManagedPolicies: attached(role),
    },
  };
}

function policyDetail(managed: ManagedPolicy): Detail {
  const versions = managed.versions.map(({ id, policy, createdAt }) => ({
    VersionId: id,
    IsDefaultVersion: String(id === managed.inForce),
    CreateDate: xmlTime(createdAt),
    Document: encodeURIComponent(policy.document),
  }));
  return {
    list: 'Policies',
    filter: 'LocalManagedPolicy',
    detail: {
      PolicyName: managed.name,
      Arn: managed.arn,
      DefaultVersionId: managed.inForce,
      CreateDate: xmlTime(managed.createdAt),
      PolicyVersionList: versions,
    },
  };
}

const inline = (policies: { name: string; policy: { document: string } }[]): Xml[] =>
  policies.map(({ name, policy }) => ({ PolicyName: name, PolicyDocument: encodeURIComponent(policy.document) }));

const attached = (holder: { attached: { name: string; arn: string }[] }): Xml[] =>
  holder.attached.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }));
