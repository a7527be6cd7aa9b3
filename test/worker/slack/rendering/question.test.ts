import { describe, expect, it } from 'vitest';
import type { IncidentView } from '../../../../worker/slack/incident-view/incident-view.js';
import type { QuestionView } from '../../../../worker/slack/incident-view/question-view.js';
import { plainText } from '../../../../worker/slack/rendering/budget.js';
import { card, stateLine } from '../../../../worker/slack/rendering/card.js';
import type { Draft } from '../../../../worker/slack/rendering/draft.js';
import { question } from '../../../../worker/slack/rendering/question.js';
import { capital } from '../../../../worker/slack/rendering/words.js';

const at = (time: string) => Date.parse(`2026-11-24T${time}Z`);
const names = { mention: (person: string) => `<@U0${person.toUpperCase()}>`, plain: capital };

const freeze: QuestionView = {
  id: 'contain.disable.ask',
  kind: 'question',
  generation: 1,
  digest: 'd',
  sentence: 'Freeze AKIA…QX7?',
  title: 'Freeze AKIA…QX7?',
  covers: [{ title: 'Disable AKIA…QX7', does: 'disable', class: 'contain', undo: true }],
  looked: false,
  because: ['contain: critical'],
  openedAt: at('03:12:00'),
  places: { 'security-on-call': 1 },
  seats: 1,
  filled: [],
  asked: [{ roles: ['security-on-call'], people: ['sam', 'raj'], at: at('03:12:00') }],
  mayAnswer: ['sam', 'raj'],
  tier: 0,
  next: [],
  until: at('03:15:00'),
  onSilence: 'proceed',
};
const remove: QuestionView = {
  ...freeze,
  id: 'close.revoke.ask',
  sentence: 'Delete AKIA…QX7 for good? This cannot be undone.',
  covers: [{ title: 'Delete AKIA…QX7 for good', does: 'revoke', class: 'destroy', undo: false }],
  places: { 'security-on-call': 1, 'service-owner': 1 },
  seats: 2,
  onSilence: 'hold',
};
const view: IncidentView = {
  incident: 'INC-142',
  banner: '',
  mode: 'act',
  credential: { kind: 'aws-access-key', label: 'AKIA…QX7', name: 'svc-payouts', account: '111122223333' },
  identified: true,
  exposure: 'public',
  environment: 'production',
  criticality: 'critical',
  severity: 'sev1',
  openedAt: at('03:11:00'),
  openedBy: 'leo',
  requester: 'leo',
  owner: { name: 'payments', source: 'AWS tag team' },
  lead: 'sam',
  stage: 'containing',
  held: '',
  waiting: '',
  scan: { state: 'running', line: '' },
  steps: [
    {
      id: 'contain.disable',
      title: 'Disable AKIA…QX7',
      does: 'disable',
      kind: 'act',
      class: 'contain',
      state: 'pending',
      generation: 1,
      line: '',
      open: false,
    },
  ],
  questions: [freeze],
  found: { source: 'github', summary: 'acme/payouts-tools, commit 3f2c1a9' },
  alerts: 3,
  children: [],
  parents: [],
  digest: 'd',
  updatedAt: 0,
};

const read = (draft: Draft) => draft.lines.map((line) => plainText(line)).join('\n');
const ask = (asked: QuestionView, over: Partial<IncidentView> = {}) =>
  question({ view: { ...view, ...over }, question: asked, names, handle: 'h' });
const idsOf = ({ rows }: Draft) => rows.flat().map(({ action_id }) => action_id);

describe('a question', () => {
  it('says first what is asked and what silence means', () => {
    expect(read(ask(freeze))).toMatch(
      /^Leo asks: Freeze AKIA…QX7\? Will be frozen at 2026-11-24 03:15 UTC unless somebody says no\./,
    );
    expect(read(ask(freeze))).toContain('Silence until 2026-11-24 03:15 UTC = freeze.');
    expect(read(ask(remove))).toContain('= held: nothing is done, INC-142 stays open.');
    expect(read(ask({ ...remove, next: [['ciso']] }))).toContain('= ciso is asked too.');
  });

  it('mentions as asked only who may answer, and says why others may not', () => {
    const asked = [{ roles: ['security-on-call'], people: ['leo', 'sam', 'mia', 'raj'], at: at('03:12:00') }];
    const over = { requester: 'leo', subject: 'mia' };
    expect(read(ask({ ...freeze, asked }, over))).toContain(
      'Asked: Sam and Raj, not Leo, who started it and Mia, whose key it is.',
    );
    expect(read(ask({ ...freeze, asked }, over))).not.toMatch(/@U0LEO|@U0MIA/);
    expect(read(ask({ ...freeze, asked, mayAnswer: [] }, { requester: 'leo' }))).toContain(
      'Asked: nobody yet, not Leo',
    );
    expect(read(ask(freeze))).not.toContain('Asked:');
  });

  it('fits on a phone, with its consequences and who is needed', () => {
    const text = read(ask(remove));
    expect(text.split('\n').length).toBeLessThanOrEqual(12);
    expect(text).toContain('If yes: it is gone for good. This cannot be undone.');
    expect(text).toContain('If no: it stays as it is, nothing is deleted.');
    expect(text).toContain('1 of security-on-call and 1 of service-owner (0 of 2).');
  });

  it('names its buttons after the act, and asks once more before what cannot be undone, with key and account', () => {
    const [yes] = ask(remove).rows.flat();
    expect(yes).toMatchObject({ text: { text: 'Delete for good' }, style: 'danger', confirm: { style: 'danger' } });
    expect(JSON.stringify(yes)).toContain(
      'Delete AKIA…QX7 (svc-payouts) in account 111122223333, production. This cannot be undone.',
    );
    const [freezes] = ask(freeze).rows.flat();
    expect(freezes).toMatchObject({ text: { text: 'Freeze now' }, style: 'primary' });
    expect(freezes).not.toHaveProperty('confirm');
  });

  it('begins with SANDBOX where it is played', () => {
    expect(read(ask(freeze, { banner: 'SANDBOX' }))).toMatch(/^SANDBOX Leo asks/);
    expect(ask(freeze, { banner: 'SANDBOX' }).text).toMatch(/^SANDBOX/);
  });

  it('says 1 of 2 with the name', () => {
    const filled = [{ role: 'security-on-call', person: 'sam', at: at('03:13:00') }];
    expect(read(ask({ ...remove, filled }))).toContain('(1 of 2: Sam as security-on-call).');
  });
});

describe('a question that is over', () => {
  const end = (how: 'done' | 'denied' | 'unanswered' | 'withdrawn' | 'proceeded', by: string[] = [], reason = '') => ({
    how,
    at: at('03:13:52'),
    by,
    reason,
    line: '',
  });

  it('says who decided, as what, and what came of it', () => {
    const done = {
      ...freeze,
      filled: [{ role: 'security-on-call', person: 'sam', at: at('03:13:52') }],
      end: end('done', ['sam']),
    };
    const steps = [{ ...view.steps[0]!, state: 'done' as const, at: at('03:13:55') }];
    const contained = {
      at: at('03:14:07'),
      grade: 'refused' as const,
      line: 'the old one was refused 3 of 3 times over 12 s',
    };
    const draft = ask(done, { steps, contained });
    expect(read(draft)).toMatch(
      /^Frozen by decision of Sam 2026-11-24 03:13:52 UTC \(1 of 1, as security-on-call\)\. Done 2026-11-24 03:13:55 UTC, the old one was refused 3 of 3 times over 12 s\./,
    );
    expect(idsOf(draft)).toEqual([]);
  });

  it('says who said no, why, and what stays', () => {
    const draft = ask(
      { ...remove, end: end('denied', ['mia'], 'check with trading first') },
      { frozen: { at: 0, by: [], silent: false, byHand: false } },
    );
    expect(read(draft)).toMatch(/^Mia said no: "check with trading first"\. It stays frozen, nothing is deleted\./);
    expect(idsOf(draft)).toEqual(['ask_again']);
  });

  it('calls nothing done that is not done yet', () => {
    const filled = [{ role: 'security-on-call', person: 'sam', at: at('03:13:52') }];
    const done = { ...freeze, filled, end: end('done', ['sam']) };
    const running = [{ ...view.steps[0]!, state: 'running' as const }];
    expect(read(ask(done, { steps: running }))).toMatch(/^Yes, by decision of Sam .* Running now\./);
    const failed = [{ ...view.steps[0]!, state: 'failed' as const, line: 'grant iam:UpdateAccessKey' }];
    expect(read(ask(done, { steps: failed }))).toMatch(
      /^Yes, by decision of Sam .* But it failed: grant iam:UpdateAccessKey\./,
    );
  });

  it('does not offer to ask again about what has ended', () => {
    const closed = { as: 'dead', at: 0, remains: [], line: '' };
    expect(idsOf(ask({ ...remove, end: end('withdrawn') }, { closed }))).toEqual([]);
    expect(idsOf(ask({ ...remove, end: end('unanswered') }, { closed }))).toEqual([]);
  });
});

describe('the card', () => {
  const show = (over: Partial<IncidentView>) =>
    card({
      view: { ...view, ...over },
      names,
      handles: { incident: 'h', questions: new Map() },
      urls: { page: 'https://a.example', report: 'https://b.example' },
      cards: new Map(),
    });

  it('says the fact first', () => {
    expect(read(show({}))).toMatch(
      /^INC-142 · AWS key AKIA…QX7 \(svc-payouts\) is public {2}\[production · critical · sev1\]\nNot frozen yet: asked Sam and Raj until/,
    );
    const frozen = { at: at('03:11:09'), by: ['sam'], silent: false, byHand: false };
    expect(read(show({ frozen }))).toContain(
      'Frozen 2026-11-24 03:11:09 UTC by Sam, 9 s after the alert. Not proven yet.',
    );
    expect(read(show({}))).toContain(
      'Found by GitHub secret scanning: acme/payouts-tools, commit 3f2c1a9 · 2 more reports joined',
    );
    expect(read(show({}))).toContain('Owner: Payments (AWS tag team) · Lead: @U0SAM');
  });

  it('says that it was frozen by whoever opened it to freeze, and by policy where a system did', () => {
    const frozen = { at: at('03:11:09'), by: [], silent: false, byHand: false };
    const byPolicy = 'Frozen 2026-11-24 03:11:09 UTC at once, as policy says, 9 s after the alert.';
    expect(read(show({ frozen, requester: 'sam', openedBy: 'sam' }))).toContain(
      'Frozen 2026-11-24 03:11:09 UTC by Sam, 9 s after the alert.',
    );
    const { requester: _, ...opened } = { ...view, frozen, openedBy: 'github' };
    expect(plainText(stateLine(opened, names))).toContain(byPolicy);
    // what another incident found was frozen by nobody's button
    expect(read(show({ frozen, requester: 'sam', openedBy: 'INC-3' }))).toContain(byPolicy);
    expect(read(show({ frozen: { ...frozen, silent: true }, requester: 'sam', openedBy: 'sam' }))).toContain(
      'because nobody answered in time',
    );
  });

  it('says once where it was found', () => {
    const found = {
      source: 'github',
      summary: 'GitHub secret scanning: Amazon AWS Access Key ID in acme/payouts-tools',
      url: 'https://github.com/acme/payouts-tools/security/secret-scanning/1',
    };
    const text = read(show({ found }));
    expect(text).toContain('Found by GitHub secret scanning: ');
    expect(text).toContain('Amazon AWS Access Key ID in acme/payouts-tools');
    expect(text.match(/GitHub secret scanning/g)).toHaveLength(1);
  });

  it('names as asked only who may answer', () => {
    const asked = [{ roles: ['security-on-call'], people: ['leo', 'sam'], at: at('03:12:00') }];
    const showing = (mayAnswer: string[]) => read(show({ questions: [{ ...freeze, asked, mayAnswer }] }));
    expect(showing(['sam'])).toContain('Not frozen yet: asked Sam until');
    expect(showing([])).toContain('Not frozen yet: asked nobody who may decide until');
  });

  it('does not call frozen what could not be frozen', () => {
    const steps = [{ ...view.steps[0]!, state: 'failed' as const, line: 'grant iam:UpdateAccessKey', open: true }];
    expect(read(show({ steps, questions: [] }))).toContain('Not frozen: it failed, grant iam:UpdateAccessKey.');
  });

  it('says in observe mode what it would have done', () => {
    expect(read(show({ banner: 'SANDBOX OBSERVE', mode: 'observe' }))).toMatch(
      /^SANDBOX OBSERVE, would have frozen: INC-142/,
    );
  });

  it('has no buttons once it has ended, and Resume while it is held', () => {
    expect(idsOf(show({}))).toEqual(['hold', 'false_alarm', 'take_lead', 'more']);
    expect(idsOf(show({ held: 'sam pressed hold; resume goes on' }))).toEqual([
      'resume',
      'false_alarm',
      'take_lead',
      'more',
    ]);
    expect(idsOf(show({ closed: { as: 'dead', at: 0, remains: [], line: '' } }))).toEqual([]);
  });
});
