/** Users and roles as IAM's answers have them. */
import { trustDocument } from './policy.js';
import type { Role, User } from './world.js';
import { xmlTime } from './xml.js';

export const describedUser = (user: User) => ({
  Path: '/',
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: xmlTime(user.createdAt),
});

export const describedRole = (role: Role) => ({
  Path: '/',
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: xmlTime(role.createdAt),
  AssumeRolePolicyDocument: encodeURIComponent(trustDocument(role.trust)),
});
