/** Kinds shaped like those of real connectors, and facts to bind with. */
import { type BindInput, bind } from '../../../playbooks/language/bind.js';
import type { KindSpec, VerbSpec } from '../../../playbooks/language/kinds.js';
import { readPage } from '../../../playbooks/language/page.js';
import type { Credential, Facts, Plan } from '../../../playbooks/language/plan.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { catalogueOf } from '../../../playbooks/language/verbs.js';

const disable: VerbSpec = {
  class: 'contain',
  title: 'Disable <credential>',
  undo: 'pre-image',
  question: 'Freeze <credential>?',
  permissions: ['iam:ListAccessKeys', 'iam:UpdateAccessKey'],
  doesNotStop: ['sessions already issued'],
};
const cutSessions: VerbSpec = { class: 'interrupt', title: 'End the sessions of <credential>', undo: 'pre-image' };
const rotate: VerbSpec = {
  class: 'replace',
  title: 'Make a new key for <credential>',
  results: { new: 'text', stored_at: 'text' },
  undo: 'remove_replacement',
};
const restrict: VerbSpec = {
  class: 'contain',
  title: 'Restrict <credential>',
  args: { remove: { type: 'words', required: true } },
  undo: 'pre-image',
};
const destroy: VerbSpec = { class: 'destroy', title: 'Delete <credential>', permissions: ['iam:DeleteAccessKey'] };
const burn: VerbSpec = { class: 'burn', title: 'Revoke <credential>' };
const findCreated: VerbSpec = {
  class: 'read',
  title: 'Find what was made since <credential> was exposed',
  results: { credentials: 'count', others: 'count' },
};
const proofs = ['contained', 'replacement_works', 'dead'] as const;

export const AWS: KindSpec = {
  kind: 'aws-access-key',
  title: 'AWS IAM access key',
  verbs: { disable, cut_sessions: cutSessions, find_created: findCreated, rotate, revoke: destroy },
  proofs,
};

export const KINDS: KindSpec[] = [
  AWS,
  { kind: 'github-token', title: 'GitHub token', verbs: { revoke: burn, find_created: findCreated }, proofs },
  {
    kind: 'postgres-role',
    title: 'PostgreSQL role',
    verbs: { disable, cut_sessions: cutSessions, find_created: findCreated, rotate },
    proofs,
  },
  {
    kind: 'api-key',
    title: 'API key of the house',
    verbs: {
      restrict,
      disable,
      cut_sessions: cutSessions,
      rotate,
      revoke: destroy,
      hold_payouts: {
        class: 'contain',
        title: 'Hold payouts of <credential>',
        results: { held: 'count' },
        undo: 'pre-image',
      },
    },
    proofs,
  },
  {
    kind: 'exchange-key',
    title: 'Key at an exchange',
    verbs: { restrict, cancel_open_orders: { class: 'interrupt', title: 'Cancel the open orders of <credential>' } },
    proofs,
  },
];

export const CATALOGUE = catalogueOf(KINDS);

export const CREDENTIAL: Credential = {
  kind: 'aws-access-key',
  id: 'AKIAIOSFODNN7EXAMPLE',
  account: '111122223333',
  name: 'svc-payouts',
  principal: 'arn:aws:iam::111122223333:user/svc-payouts',
};

/** The page bound for `CREDENTIAL` as an incident would have it; throws its problems, if it has any. */
export function planOfPage(text: string, more: Partial<BindInput> = {}): Plan {
  const { page, problems } = readPage(text, 'aws-access-key.yaml', CATALOGUE);
  if (page === undefined) throw new Error(formatProblems(problems));
  const input = { incident: 'INC-1', credential: CREDENTIAL, facts: facts(), policy: {}, catalogue: CATALOGUE };
  return bind(page, { ...input, mode: 'act', ...more });
}

export function facts(some: Partial<Record<keyof Facts, string>> = {}): Facts {
  const said = (value: string, source: string) => ({ value, source });
  return {
    environment: said(some.environment ?? 'production', 'firebreak.yaml:31 aws_account'),
    criticality: said(some.criticality ?? 'normal', 'firebreak.yaml:31 critical') as Facts['criticality'],
    exposure: said(some.exposure ?? 'public', 'alert') as Facts['exposure'],
    secret: said(some.secret ?? 'held', 'intake') as Facts['secret'],
    owner: said(some.owner ?? 'payments', 'aws_tag team'),
    subject: said(some.subject ?? 'none', 'identify'),
    exposed_since: said(some.exposed_since ?? '2026-11-24T03:11:00Z', 'alert'),
  };
}
