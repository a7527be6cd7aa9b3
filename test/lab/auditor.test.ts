/** The auditor is shown one lie at a time, and must name it. */
import { expect, it } from 'vitest';
import type { Plan } from '../../playbooks/language/plan.js';
import type { DecisionRow, EffectRow } from '../../records/records.js';
import type { Write } from '../../sandbox/twin/ledger.js';
import { type Case, judge } from './auditor.js';

const [INC, KEY, NEW, USER] = ['INC-7', 'AKIAOLD', 'AKIANEW', 'svc-1'];
const STATUS = `aws-access-key/1/${KEY}/status`;
const KEYS = `aws-access-key/1/user/${USER}/keys`;
const CUT = `aws-access-key/1/user/${USER}/policy/firebreak-${INC}-cut`;
const PATH = `production/payments/aws-access-key/${USER}`;
const TICKET = `github-issue/acme/incidents/firebreak ${INC} 00`;
const MAIL = `<${INC}.incident.tell.closed.mia.1@acme.example>`;
const POLICY = { Statement: [{ until: '2026' }] };

const row = (step: string, verb: string, target: string, more: Partial<EffectRow> = {}): EffectRow =>
  ({
    key: `${INC}/${step}/${verb}/${target}/1`,
    incident: INC,
    target,
    class: 'contain',
    args: null,
    state: 'done',
    outcome: { line: 'done' },
    attempts: 1,
    begunAt: 100,
    lookedAt: 90,
    ...more,
  }) as EffectRow;
const write = (method: string, target: string, detail: Record<string, string> = {}): Write => ({
  at: 200,
  method,
  target,
  by: 'AKIAOURS',
  detail: { user: USER, ...detail },
});
const yes = (person: string): DecisionRow =>
  ({ person, step: 'close.revoke.ask', answer: 'yes', outcome: 'counted', at: 150 }) as DecisionRow;

/** An incident that ended as it should. */
function sound() {
  const effects = {
    disable: row('contain.disable', 'disable', STATUS, { args: 'Inactive' }),
    cut: row('contain.cut_sessions', 'cut_sessions', CUT, { class: 'interrupt', args: POLICY }),
    rotate: row('recover.rotate', 'rotate', KEYS, { class: 'replace', outcome: { line: 'made', id: NEW } }),
    store: row('recover.rotate', 'store', `secret-store/${PATH}`, { class: 'store', args: NEW }),
    revoke: row('close.revoke', 'revoke', `aws-access-key/1/${KEY}/existence`, { class: 'destroy' }),
    ticket: row('alongside.open_ticket', 'open_ticket', TICKET, { class: 'tell' }),
    mail: row('incident', 'tell', `mail/${MAIL}`, { class: 'tell' }),
  };
  const user = {
    name: USER,
    keys: [{ id: NEW, status: 'Active', createdAt: 200 }],
    policies: { [`firebreak-${INC}-cut`]: JSON.stringify(POLICY) },
  };
  const writes = {
    disable: write('UpdateAccessKey', KEY, { status: 'Inactive' }),
    cut: write('PutUserPolicy', `user/${USER}/policy/firebreak-${INC}-cut`, { document: JSON.stringify(POLICY) }),
    rotate: write('CreateAccessKey', `user/${USER}`, { id: NEW }),
    revoke: write('DeleteAccessKey', KEY),
  };
  return {
    effects,
    user,
    writes,
    more: [] as Write[],
    incident: { id: INC, closedAs: 'dead' as string | undefined, stage: 'closed', waiting: '', held: '' },
    plan: { steps: [{ id: 'contain.disable', kind: 'act' }] } as unknown as Plan,
    timeline: [{ kind: 'done', step: 'contain.disable' }],
    decisions: [yes('leo'), yes('mia')],
    chain: { ok: true, rows: 1, head: '' } as { ok: boolean; rows: number; head: string; broken?: object },
    vault: { [PATH]: NEW } as Record<string, string>,
    issues: [{ number: 1, body: `<!-- firebreak: firebreak ${INC} 00 -->`, comments: [] as string[] }],
    mails: { [MAIL]: 1 } as Record<string, number>,
  };
}
type Story = ReturnType<typeof sound>;

function judged(story: Story) {
  const { effects, user, writes, more, vault, issues, mails, plan, ...view } = story;
  return judge({
    view: { ...view, inbox: [], effects: Object.values(effects) } as unknown as Case['view'],
    world: {
      aws: { users: [user], writes: [...Object.values(writes), ...more], responder: 'AKIAOURS' },
      vault: { values: vault, writes: [{ ...write('write', PATH), by: 'token' }] },
      github: { issues, writes: [] },
      mails,
    },
    plan,
    user: USER,
    key: KEY,
  });
}

it('finds nothing where everything is as it should be', () => {
  expect(judged(sound())).toEqual({ ended: 'dead', findings: [], duplicates: 0 });
});

const LIES: [name: string, lie: (story: Story) => void, finding: RegExp][] = [
  [
    'a key that is on again',
    ({ user, effects, writes }) => {
      user.keys.push({ id: KEY, status: 'Active', createdAt: 0 });
      delete (effects as Partial<Story['effects']>).revoke;
      delete (writes as Partial<Story['writes']>).revoke;
    },
    /AKIAOLD is Active, and should be Inactive/,
  ],
  [
    'a change without an intent',
    ({ more }) => more.push(write('UpdateAccessKey', KEY)),
    /written 2 times on 1 recorded/,
  ],
  ['a change before its intent', ({ writes }) => Object.assign(writes.disable, { at: 50 }), /before any intent/],
  ['an intent without a change', ({ writes }) => delete (writes as Partial<Story['writes']>).disable, /never written/],
  [
    'a second policy',
    ({ user }) => Object.assign(user.policies, { 'firebreak-INC-8-cut': '{}' }),
    /2 policies of ours/,
  ],
  ['another cut time', ({ writes }) => Object.assign(writes.cut.detail, { document: '{}' }), /another cut time/],
  [
    'a stray that lives',
    ({ user, more, effects }) => {
      user.keys.push({ id: 'AKIASTRAY', status: 'Active', createdAt: 200 });
      more.push(write('CreateAccessKey', `user/${USER}`, { id: 'AKIASTRAY' }));
      effects.rotate.attempts = 2;
    },
    /AKIASTRAY is alive/,
  ],
  [
    'a stray that nobody knows',
    ({ user, more, effects }) => {
      user.keys.push({ id: 'AKIASTRAY', status: 'Inactive', createdAt: 200 });
      more.push(write('CreateAccessKey', `user/${USER}`, { id: 'AKIASTRAY' }));
      effects.rotate.attempts = 2;
    },
    /AKIASTRAY was made, and records do not know it/,
  ],
  ['a replacement that is off', ({ user }) => Object.assign(user.keys[0]!, { status: 'Inactive' }), /is Inactive/],
  ['an old secret in the store', ({ vault }) => Object.assign(vault, { [PATH]: KEY }), /should hold AKIANEW/],
  ['a deletion on one word', ({ decisions }) => decisions.pop(), /on the word of leo/],
  [
    'a deletion that was answered for too late',
    ({ decisions }) => Object.assign(decisions[0]!, { at: 300 }),
    /word of mia/,
  ],
  ['a second deletion', ({ more }) => more.push(write('DeleteAccessKey', KEY)), /deleted 2 times/],
  ['the deletion of another key', ({ more }) => more.push(write('DeleteAccessKey', NEW)), /AKIANEW was deleted/],
  [
    'a ticket that came three times',
    ({ issues, effects }) => {
      issues.push(issues[0]!, issues[0]!);
      effects.ticket.attempts = 3;
    },
    /came 3 times/,
  ],
  ['a mail that never came', ({ mails }) => delete mails[MAIL], /recorded as told, and is nowhere/],
  [
    'a mail that nobody recorded',
    ({ mails }) => Object.assign(mails, { [`<${INC}.x@acme.example>`]: 1 }),
    /know nothing/,
  ],
  ['an open row', ({ effects }) => Object.assign(effects.mail, { state: 'intent' }), /still open after 1 attempts/],
  ['a lost step', ({ timeline }) => timeline.pop(), /step contain.disable is lost/],
  ['a broken chain', ({ chain }) => Object.assign(chain, { ok: false, broken: { reason: 'hash' } }), /chain is broken/],
  [
    'an incident that nobody waits for',
    ({ incident }) => Object.assign(incident, { closedAs: undefined }),
    /neither ended/,
  ],
];
it.each(LIES)('finds %s', (_, lie, finding) => {
  const story = sound();
  lie(story);
  expect(judged(story).findings.join('\n')).toMatch(finding);
});

it('counts a message that came twice after a lost answer, and allows it', () => {
  const story = sound();
  story.mails[MAIL] = 2;
  story.effects.mail.attempts = 2;
  expect(judged(story)).toMatchObject({ findings: [], duplicates: 1 });
});
