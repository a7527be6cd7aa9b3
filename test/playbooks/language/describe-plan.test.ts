import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bind } from '../../../playbooks/language/bind.js';
import { describePlan } from '../../../playbooks/language/describe-plan.js';
import { readPage } from '../../../playbooks/language/page.js';
import { CATALOGUE, CREDENTIAL, facts } from './kinds-for-tests.js';

function described(
  name: string,
  some: Parameters<typeof facts>[0],
  mode: 'act' | 'observe' = 'act',
  credential = CREDENTIAL,
) {
  const file = new URL(`../../../playbooks/${name}.yaml`, import.meta.url);
  const page = readPage(readFileSync(file), `${name}.yaml`, CATALOGUE).page!;
  return describePlan(
    bind(page, { incident: 'INC-142', credential, facts: facts(some), mode, policy: {}, catalogue: CATALOGUE }),
  );
}

it('shows facts with their source, steps in order, who is asked and why, and what can be undone', () => {
  const text = described('aws-access-key', { criticality: 'critical' }).replace(/(Plan|Page) [0-9a-f]{64}/g, '$1 …');
  expect(text).toBe(`INC-142 · aws-access-key · mode act
Freeze a leaked AWS key, restore the service with a new one, prove that the old one is dead.

Credential
  kind       aws-access-key
  id         AKIAIOSFODNN7EXAMPLE
  account    111122223333
  name       svc-payouts
  principal  arn:aws:iam::111122223333:user/svc-payouts

Facts
  environment    production            from firebreak.yaml:31 aws_account
  criticality    critical              from firebreak.yaml:31 critical
  exposure       public                from alert
  secret         held                  from intake
  owner          payments              from aws_tag team
  subject        none                  from identify
  exposed_since  2026-11-24T03:11:00Z  from alert

Contain
  1  Freeze AKIA…PLE?  [disable.ask]
       asks 1 of security-on-call, 3m
       on silence it runs; on a no it is held
       covers 2
       because policy contain: critical (default)
  2  Disable AKIA…PLE  [disable]
       changes: contain · undo: back to what was there before
       fails after 10m without success
       needs iam:ListAccessKeys, iam:UpdateAccessKey
  3  End the sessions of AKIA…PLE  [cut_sessions]
       changes: interrupt · undo: back to what was there before
       fails after 10m without success
  4  Prove that new use of AKIA…PLE is refused  [contained]
       read · fails after 2m without success

Alongside (starts at once, beside the phases)
  5  Open a ticket  [open_ticket]
       tell · fails after 1d without success
  6  Scan the logs for uses of AKIA…PLE  [scan_logs]
       with since 30d
       read · fails after 4h without success

Assess
  7  Find what was made since AKIA…PLE was exposed  [find_created]
       read · fails after 10m without success
       after 4
  8  Open an incident for each credential that was made with AKIA…PLE  [respond_to_each]
       the newest 20 of what 7 found; each is answered by its own page; one that is answered for already is linked
       unless find_created.credentials is none
  9  Open an incident for each other credential that was made with AKIA…PLE?  [respond_to_each.more.ask]
       beside the phases
       asks 1 of security-on-call, 15m
       on silence it is held; on a no it is skipped
       covers 10
       because the page asks
       unless respond_to_each.left is none
 10  Open an incident for each other credential that was made with AKIA…PLE  [respond_to_each.more]
       beside the phases
       all others of what 7 found; each is answered by its own page; one that is answered for already is linked
       unless respond_to_each.left is none
       after 8, 9
 11  Look at what else was made or changed with AKIA…PLE  [respond_to_each.rest]
       beside the phases
       by hand: 1 of security-on-call, 4h
       unless find_created.others is none
       after 7
 12  Wait until all that was opened for AKIA…PLE is contained  [respond_to_each.contained]
       beside the phases
       looks until each of them is contained or closed; close waits for it
       unless respond_to_each.state is skipped
       after 8

Recover
 13  Make a new key for AKIA…PLE  [rotate]
       changes: replace · undo: remove_replacement
       fails after 15m without success
       after 8
 14  Prove that the replacement of AKIA…PLE works  [replacement_works]
       read · fails after 2m without success

Close
 15  Delete AKIA…PLE for good? This cannot be undone.  [revoke.ask]
       asks 1 of security-on-call and 1 of service-owner, 4h, in office hours
       on silence it is held; on a no it is held
       covers 16
       because the page asks · policy destroy: any (default)
       after 12, 14
 16  Delete AKIA…PLE  [revoke]
       changes: destroy · undo: none, this is for good
       fails after 15m without success
       needs iam:DeleteAccessKey
       after 12, 14, 15
 17  Prove that AKIA…PLE is dead  [dead]
       read · fails after 2m without success
 18  Resolve the alert at its source  [resolve_alert]
       tell · fails after 1d without success

Plan …
Page …
`);
});

it('shows by whose hands, and by whose not', () => {
  const text = described('manual', {});
  expect(text).toContain('by hand: 1 of service-owner, then security-on-call, 15m each');
  expect(text).toContain("proves dead, graded unproven: a person's word");
  expect(text).toContain('not by whoever did revoke');
  expect(text).toContain('changes: contain · undo: by hand, same people');
  expect(text).toContain('changes: destroy · undo: none, this is for good');
});

it('says why a step will not run', () => {
  const text = described('aws-access-key', {}, 'observe');
  expect(text).toContain('mode observe (looks and tells, changes nothing)');
  expect(text).toContain('will not run: mode observe only looks and tells');
});

it('keeps a name from forging a line', () => {
  const text = described('aws-access-key', {}, 'act', { ...CREDENTIAL, name: 'svc\n  1  Nothing to see\u001b[2J' });
  expect(text).not.toContain('\n  1  Nothing');
  expect(text).not.toContain('\u001b');
});

it('says what an effect does not stop, where it is told the kind', () => {
  const file = new URL('../../../playbooks/aws-access-key.yaml', import.meta.url);
  const page = readPage(readFileSync(file), 'aws-access-key.yaml', CATALOGUE).page!;
  const input = { incident: 'INC-1', credential: CREDENTIAL, facts: facts(), mode: 'act' as const, policy: {} };
  const plan = bind(page, { ...input, catalogue: CATALOGUE });
  expect(describePlan(plan, CATALOGUE['aws-access-key'])).toContain('does not stop sessions already issued');
  expect(describePlan(plan)).not.toContain('does not stop');
});
