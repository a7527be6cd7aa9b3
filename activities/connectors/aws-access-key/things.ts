/**
 * What can be made or changed in IAM, named the same whether IAM lists it or CloudTrail tells of it, so that one thing
 * found in two ways is one thing. Names come from AWS and its logs: they are data, cut to one line.
 */
import type { Found } from '../contract.js';

export type Thing = Pick<Found, 'what' | 'title' | 'credential'> & { identity: string };
export type HolderKind = 'user' | 'role' | 'group';

/** Target of the effect that makes a key for a user: whoever recorded a key's id there has made it. */
export const keysTarget = (account: string, user: string): string => `aws-access-key/${account}/user/${user}/keys`;

export const LONG_TERM_KEY = /^AKIA[A-Z0-9]{12,124}$/;

/** A long-term key, which can be given an incident; whatever else is said to be one cannot. */
export function accessKeyThing(account: string, id: string, user: string, how = ''): Thing {
  const known = LONG_TERM_KEY.test(id);
  return {
    what: known ? 'credential' : 'other',
    ...(known ? { credential: { kind: 'aws-access-key', id, account, name: said(user) } } : {}),
    identity: `${account}/key/${id}`,
    title: `access key ${said(id)} of ${said(user)}${how}`,
  };
}

const other = (identity: string, title: string): Thing => ({ what: 'other', identity, title });

export const userThing = (account: string, user: string): Thing =>
  other(`${account}/user/${user}`, `user ${said(user)}`);

export const groupThing = (account: string, group: string): Thing =>
  other(`${account}/group/${group}`, `group ${said(group)}`);

export const loginThing = (account: string, user: string): Thing =>
  other(`${account}/login/${user}`, `console password of ${said(user)}`);

/** `trusted`: who may assume it, where that is known. */
export const roleThing = (account: string, role: string, trusted: readonly string[] = []): Thing =>
  other(`${account}/role/${role}`, `role ${said(role)}${trusted.length === 0 ? '' : `, trusts ${few(trusted)}`}`);

export const trustThing = (account: string, role: string): Thing =>
  other(`${account}/trust/${role}`, `trust policy of role ${said(role)}`);

export const attachedThing = (account: string, kind: HolderKind, holder: string, policyArn: string): Thing =>
  other(
    `${account}/attached/${kind}/${holder}/${policyArn}`,
    `policy ${said(policyArn.slice(policyArn.lastIndexOf('/') + 1))} attached to ${kind} ${said(holder)}`,
  );

export const inlineThing = (account: string, kind: HolderKind, holder: string, policy: string): Thing =>
  other(`${account}/inline/${kind}/${holder}/${policy}`, `inline policy ${said(policy)} of ${kind} ${said(holder)}`);

export const policyThing = (account: string, arn: string): Thing =>
  other(`${account}/policy/${arn}`, `policy ${said(arn)}`);

export const versionThing = (account: string, arn: string, version: string): Thing =>
  other(`${account}/policy/${arn}/${version}`, `version ${said(version)} of policy ${said(arn)}`);

/** A change that has no better name: `membership of mallory in group admins`. */
export const changeThing = (account: string, subject: string): Thing =>
  other(`${account}/change/${subject}`, said(subject, 200));

/** One line without control characters or characters that change direction. */
export function said(text: string, most = 80): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

const few = (texts: readonly string[]): string =>
  texts.length > 3
    ? `${texts
        .slice(0, 3)
        .map((text) => said(text))
        .join(', ')} and ${texts.length - 3} more`
    : texts.map((text) => said(text)).join(', ');
