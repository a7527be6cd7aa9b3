/** What Firebreak does in the outside world, as the shipped page for AWS keys has it, and how an incident gets there. */
import type { Bench, Effect, Subject, TwinName } from './cell.js';

const falseAlarm = (bench: Bench, subject: Subject) => bench.crowd.falseAlarm(subject);

/** The one of several mails of an incident: its Message-ID begins with these words. */
const mail = (words: string): Place => ({
  twin: 'mail',
  method: 'DATA',
  about: ({ incident }) => [`${incident}.${words}`],
});
const byIncident = ({ incident }: Subject) => [incident];

/** The replacement, where there is one. */
const newestKey = async ({ user }: Subject, { site }: Bench) => (await site.keysOf(user)).slice(-1);

type Place = NonNullable<Effect['at']>;
const at =
  (twin: TwinName) =>
  (method: string, about?: Place['about']): Place => ({ twin, method, ...(about && { about }) });
const [aws, github, vault] = [at('aws'), at('github'), at('vault')];

const OPEN_ISSUE = 'POST /repos/{owner}/{repo}/issues';
const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const RESOLVE = 'PATCH /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}';

export const EFFECTS = {
  identify: { name: 'identify', promise: 'read', at: aws('GetAccessKeyLastUsed') },
  openTicket: { name: 'open ticket', promise: 'tell', at: github(OPEN_ISSUE), lead: 1 },
  scan: { name: 'scan', promise: 'read', lead: 2 },
  disable: { name: 'disable', promise: 'contain', at: aws('UpdateAccessKey'), gate: 'disable' },
  askMail: {
    name: 'mail a question',
    promise: 'tell',
    at: mail('contain-cut_sessions-ask'),
    gate: 'disable',
    lead: 0.5,
  },
  cutSessions: { name: 'cut sessions', promise: 'interrupt', at: aws('PutUserPolicy'), gate: 'cut_sessions' },
  contained: {
    name: 'prove contained',
    promise: 'read',
    at: aws('GetCallerIdentity', ({ key }) => [key.id]),
    gate: 'cut_sessions',
    lead: 0.5,
  },
  momentMail: {
    name: 'mail a moment',
    promise: 'tell',
    at: mail('incident.tell.contained'),
    gate: 'cut_sessions',
    lead: 8,
  },
  rotate: { name: 'rotate', promise: 'replace', at: aws('CreateAccessKey'), gate: 'rotate' },
  store: { name: 'store', promise: 'store', at: vault('write'), gate: 'rotate', lead: 0.5 },
  replaced: {
    name: 'prove replacement',
    promise: 'read',
    at: aws('GetCallerIdentity', byIncident),
    gate: 'rotate',
    lead: 1,
  },
  revoke: { name: 'revoke', promise: 'destroy', at: aws('DeleteAccessKey'), gate: 'revoke' },
  dead: {
    name: 'prove dead',
    promise: 'read',
    at: aws('GetCallerIdentity', ({ key }) => [key.id]),
    gate: 'revoke',
    lead: 0.5,
  },
  resolveAlert: {
    name: 'resolve alert',
    promise: 'tell',
    at: github(RESOLVE),
    fromGithub: true,
    gate: 'revoke',
    lead: 8,
  },
  closingComment: { name: 'comment', promise: 'tell', at: github(COMMENT, byIncident), gate: 'revoke', lead: 9 },
  removeCut: {
    name: 'undo cut sessions',
    promise: 'undo',
    at: aws('DeleteUserPolicy'),
    gate: 'rotate',
    go: falseAlarm,
  },
  enable: {
    name: 'undo disable',
    promise: 'undo',
    at: aws('UpdateAccessKey'),
    gate: 'rotate',
    go: falseAlarm,
    lead: 1,
  },
  restored: {
    name: 'prove restored',
    promise: 'read',
    at: aws('GetCallerIdentity', ({ key }) => [key.id]),
    gate: 'rotate',
    go: falseAlarm,
    lead: 1.5,
  },
  unstore: { name: 'undo store', promise: 'undo', at: vault('write'), gate: 'revoke', go: falseAlarm, lead: 4 },
  unrotate: {
    name: 'undo rotate',
    promise: 'undo',
    at: aws('UpdateAccessKey', newestKey),
    gate: 'revoke',
    go: falseAlarm,
    lead: 5,
  },
  correction: {
    name: 'correct ticket',
    promise: 'tell',
    at: github(COMMENT, byIncident),
    gate: 'rotate',
    go: falseAlarm,
    lead: 5,
  },
  resolveFalse: {
    name: 'resolve as false positive',
    promise: 'tell',
    at: github(RESOLVE),
    fromGithub: true,
    gate: 'rotate',
    go: falseAlarm,
    lead: 5,
  },
} satisfies Record<string, Effect>;
