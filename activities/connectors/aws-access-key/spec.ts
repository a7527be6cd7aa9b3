import type { KindSpec } from '../../../playbooks/language/kinds.js';

/** What is known of AWS IAM access keys, as data: pages, plans, cards and docs read it. */
export const spec: KindSpec = {
  kind: 'aws-access-key',
  title: 'AWS IAM access key',
  proofs: ['contained', 'replacement_works', 'dead'],
  // the window of propagation, and the look after it: one that still works is `alive`, not merely too late
  proofSeconds: 150,
  verbs: {
    disable: {
      class: 'contain',
      title: 'Disable <credential>',
      question: 'Freeze <credential>?',
      undo: 'pre-image',
      permissions: ['iam:ListAccessKeys', 'iam:UpdateAccessKey'],
      doesNotStop: [
        'sessions already issued from this key, until they are cut',
        'roles that were assumed with it, for up to 12 hours',
        "the same user's other access keys and console password",
      ],
    },
    cut_sessions: {
      class: 'interrupt',
      title: 'Cut the sessions issued from <credential>',
      question: 'Cut the sessions issued from <credential>?',
      undo: 'pre-image',
      permissions: ['iam:GetUserPolicy', 'iam:PutUserPolicy', 'iam:DeleteUserPolicy'],
      doesNotStop: ['roles that were assumed with it: their sessions carry the role’s policies, not the user’s'],
    },
    find_created: {
      class: 'read',
      title: 'Find what was made since <credential> was exposed',
      results: { credentials: 'count', others: 'count' },
      permissions: ['iam:GetAccountAuthorizationDetails', 'iam:ListAccessKeys', 'iam:GetLoginProfile'],
      // two calls for each user of the account, at IAM's pace
      timeLimitSeconds: 1_800,
    },
    rotate: {
      class: 'replace',
      title: 'Make a new key in place of <credential>',
      question: 'Make a new key in place of <credential>?',
      results: { new: 'text', stored_at: 'text' },
      undo: 'pre-image',
      permissions: ['iam:ListAccessKeys', 'iam:CreateAccessKey', 'iam:UpdateAccessKey'],
      doesNotStop: ['whoever still holds the old key, until it is disabled'],
    },
    revoke: {
      class: 'destroy',
      title: 'Delete <credential>',
      question: 'Delete <credential> for good? This cannot be undone.',
      permissions: ['iam:ListAccessKeys', 'iam:DeleteAccessKey'],
      doesNotStop: ['roles that were assumed with it, for up to 12 hours'],
    },
  },
};

/** What finding out about a key needs. `sts:GetCallerIdentity`, by which death is proven, needs no permission. */
export const identifyPermissions: readonly string[] = [
  'sts:GetAccessKeyInfo',
  'iam:GetAccessKeyLastUsed',
  'iam:GetUser',
  'iam:ListAccessKeys',
  'iam:ListUserTags',
];
