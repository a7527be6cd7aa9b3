import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BindError, type BindInput, bind } from '../../../playbooks/language/bind.js';
import { type Page, readPage } from '../../../playbooks/language/page.js';
import type { ActStep, AskStep, Plan, TaskStep } from '../../../playbooks/language/plan.js';
import { CATALOGUE, CREDENTIAL, facts } from './kinds-for-tests.js';

function load(name: string): Page {
  const file = new URL(`../../../playbooks/${name}.yaml`, import.meta.url);
  return readPage(readFileSync(file), `${name}.yaml`, CATALOGUE).page!;
}
function pageOf(phases: string, kind = 'aws-access-key'): Page {
  const text = `playbook: ${kind}\nsummary: Freeze it.\n${phases}\ncases:\n  - { name: a no, people: { dead: deny }, expect: { incident: held } }\n`;
  const { page, problems } = readPage(text, 'page', CATALOGUE);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return page!;
}
function plan(page: Page, some: Partial<BindInput> = {}): Plan {
  const input = {
    incident: 'INC-1',
    credential: CREDENTIAL,
    facts: facts(),
    mode: 'act' as const,
    policy: {},
    catalogue: CATALOGUE,
  };
  return bind(page, { ...input, ...some });
}
const ids = (bound: Plan) => bound.steps.map(({ id }) => id);
const ask = (bound: Plan, id: string) => bound.steps.find((step) => step.id === id) as AskStep;
const act = (bound: Plan, id: string) => bound.steps.find((step) => step.id === id) as ActStep;

describe('the order of a plan', () => {
  it('begins with containment, and needs what is written before', () => {
    const bound = plan(load('aws-access-key'));
    expect(bound.steps.map(({ id, needs }) => `${id} < ${needs.join(' ')}`)).toEqual([
      'contain.disable < ',
      'contain.cut_sessions < contain.disable',
      'contain.contained < contain.cut_sessions',
      'alongside.open_ticket < ',
      'alongside.scan_logs < ',
      'assess.find_created < contain.contained',
      'assess.respond_to_each < assess.find_created',
      'assess.respond_to_each.more.ask < assess.respond_to_each',
      'assess.respond_to_each.more < assess.respond_to_each assess.respond_to_each.more.ask',
      'assess.respond_to_each.rest < assess.find_created',
      'assess.respond_to_each.contained < assess.respond_to_each',
      'recover.rotate < assess.respond_to_each',
      'recover.replacement_works < recover.rotate',
      'close.revoke.ask < recover.replacement_works assess.respond_to_each.contained',
      'close.revoke < recover.replacement_works assess.respond_to_each.contained close.revoke.ask',
      'close.dead < close.revoke',
      'close.resolve_alert < close.dead',
    ]);
  });

  it('lets a together run side by side, and makes the next item wait for all of it', () => {
    const bound = plan(
      pageOf(
        'contain:\n  - together: [ { do: disable }, { do: cut_sessions } ]\n  - prove: contained\nclose:\n  - prove: dead',
      ),
    );
    expect(act(bound, 'contain.cut_sessions').needs).toEqual([]);
    expect(act(bound, 'contain.contained').needs).toEqual(['contain.disable', 'contain.cut_sessions']);
  });

  it('adds needs for conditions, across phases too', () => {
    const bound = plan(
      pageOf(
        'alongside:\n  - { task: Look., id: look, when: { contained.state: done } }\n  - do: scan_logs\ncontain:\n  - do: disable\n  - prove: contained\nclose:\n  - { do: notify, audience: owner, say: Hello., unless: { scan_logs.verdict: [misuse, suspicious] } }\n  - prove: dead',
      ),
    );
    expect(act(bound, 'alongside.look').needs).toEqual(['contain.contained']);
    expect(act(bound, 'close.notify')).toMatchObject({
      needs: ['contain.contained', 'alongside.scan_logs'],
      unless: { 'scan_logs.verdict': ['misuse', 'suspicious'] },
    });
  });
});

describe('conditions that facts decide', () => {
  const conditional = () =>
    pageOf(
      'contain:\n  - { do: disable, unless: { exposure: internal } }\n  - { do: cut_sessions, when: { environment: [staging, production], disable.state: done } }\n  - prove: contained\nclose:\n  - prove: dead',
    );

  it('are decided when binding, with the reason', () => {
    const bound = plan(conditional(), { facts: facts({ exposure: 'internal', environment: 'default' }) });
    expect(act(bound, 'contain.disable')).toMatchObject({ skip: 'exposure is internal (alert)' });
    expect(act(bound, 'contain.cut_sessions').skip).toBe(
      'environment is default (firebreak.yaml:31 aws_account), not staging or production',
    );
  });

  it('leave what only results can decide', () => {
    const bound = plan(conditional());
    expect(act(bound, 'contain.disable')).not.toHaveProperty('unless');
    expect(act(bound, 'contain.cut_sessions').when).toEqual({ 'disable.state': ['done'] });
  });

  it('ask nobody about a step that will not run', () => {
    const critical = facts({ criticality: 'critical', exposure: 'internal' });
    expect(ids(plan(conditional(), { facts: critical }))).not.toContain('contain.disable.ask');
  });
});

describe('questions', () => {
  it('are not asked where neither page, policy nor class asks', () => {
    const bound = plan(load('aws-access-key'), { policy: { destroy: { any: 'now' } } });
    expect(bound.steps.filter(({ kind }) => kind === 'ask').map(({ id }) => id)).toEqual([
      'assess.respond_to_each.more.ask',
      'close.revoke.ask',
    ]);
  });

  it('that the page writes ask in spite of a policy that says now', () => {
    const bound = plan(load('aws-access-key'), { policy: { destroy: { any: 'now' } } });
    expect(ask(bound, 'close.revoke.ask')).toMatchObject({
      question: 'Delete <credential> for good? This cannot be undone.',
      title: 'Delete AKIA…PLE for good? This cannot be undone.',
      places: { 'security-on-call': 1 },
      withinSeconds: 900,
      ifSilent: 'hold',
      ifDenied: 'hold',
      hours: 'any',
      covers: ['close.revoke'],
      because: [{ source: 'page', row: 'ask' }],
    });
    expect(act(bound, 'close.revoke').gate).toBe('close.revoke.ask');
  });

  it('take the class’s own gate where no row of settings matches', () => {
    const bound = plan(load('aws-access-key'), {
      facts: facts({ criticality: 'unknown' }),
      policy: { destroy: { staging: 'now' } },
    });
    expect(ask(bound, 'contain.disable.ask')).toMatchObject({
      question: 'Freeze <credential>?',
      places: { 'security-on-call': 1 },
      withinSeconds: 180,
      ifSilent: 'proceed',
      because: [{ source: 'policy', row: 'contain: critical (default)' }],
    });
    expect(ask(bound, 'close.revoke.ask')).toMatchObject({
      places: { 'security-on-call': 1, 'service-owner': 1 },
      withinSeconds: 4 * 3600,
      hours: 'office',
    });
  });

  it('ask before a one-way containment unless the leak is public', () => {
    const page = pageOf('contain:\n  - do: revoke\n  - prove: dead', 'github-token');
    expect(ids(plan(page))).toEqual(['contain.revoke', 'contain.dead']);
    for (const exposure of ['internal', 'unknown']) {
      const bound = plan(page, { facts: facts({ exposure }) });
      expect(ask(bound, 'contain.revoke.ask')).toMatchObject({ withinSeconds: 900, ifSilent: 'hold' });
    }
  });

  it('merge all rows that match with the page’s keys, the strictest winning', () => {
    const page = pageOf(
      'contain:\n  - do: disable\n    ask: Freeze it?\n    from: { ciso: 1, treasury: 1 }\n    within: 5m\n    then: [ciso]\n  - prove: contained\nclose:\n  - prove: dead',
    );
    const policy = {
      contain: {
        any: {
          from: { 'security-on-call': 1 },
          withinSeconds: 600,
          ifSilent: 'proceed' as const,
          // biome-ignore lint/suspicious/noThenProperty: the word of the language
          then: [['treasury']],
        },
        production: { from: { ciso: 2 }, ifDenied: 'skip' as const },
        critical: { withinSeconds: 1200, hours: 'office' as const },
        staging: { from: { board: 5 } },
      },
    };
    expect(ask(plan(page, { policy, facts: facts({ criticality: 'critical' }) }), 'contain.disable.ask')).toMatchObject(
      {
        places: { 'security-on-call': 1, ciso: 2, treasury: 1 },
        tiers: [['ciso'], ['treasury']],
        withinSeconds: 1200, // the longest, because silence proceeds
        ifSilent: 'proceed',
        ifDenied: 'skip',
        hours: 'any', // containment does not wait for the morning
        because: [
          { source: 'page', row: 'ask' },
          { source: 'policy', row: 'contain: any' },
          { source: 'policy', row: 'contain: production' },
          { source: 'policy', row: 'contain: critical' },
        ],
      },
    );
    const held = plan(page, { policy, mode: 'ask' });
    expect(ask(held, 'contain.disable.ask')).toMatchObject({ ifSilent: 'hold', withinSeconds: 300 }); // the shortest
  });

  it('never let silence destroy, whatever settings say', () => {
    const policy = { destroy: { any: { ifSilent: 'proceed' as const } } };
    expect(ask(plan(load('aws-access-key'), { policy }), 'close.revoke.ask').ifSilent).toBe('hold');
  });

  it('are shared by steps of one phase with equal gates', () => {
    const policy = { contain: { any: { from: { ciso: 1 } } }, interrupt: { any: { from: { ciso: 1 } } } };
    const both = plan(load('aws-access-key'), { policy });
    expect(ask(both, 'contain.disable.ask')).toMatchObject({
      covers: ['contain.disable', 'contain.cut_sessions'],
      because: [
        { source: 'policy', row: 'contain: any' },
        { source: 'policy', row: 'interrupt: any' },
      ],
    });
    const page = pageOf(
      'contain:\n  - { do: restrict, remove: [withdraw] }\n  - together: [ { do: hold_payouts }, { do: disable } ]\n  - { do: cut_sessions, ask: Cut?, from: { ciso: 1 } }\n  - prove: contained\nclose:\n  - prove: dead',
      'api-key',
    );
    const shared = plan(page, { policy: { contain: { any: { from: { ciso: 1 } } } } });
    expect(ask(shared, 'contain.restrict.ask')).toMatchObject({
      covers: ['contain.restrict', 'contain.hold_payouts', 'contain.disable'],
      question: 'Restrict <credential>, hold payouts of <credential> and disable <credential>?',
      needs: [],
    });
    expect(act(shared, 'contain.disable')).toMatchObject({
      gate: 'contain.restrict.ask',
      needs: ['contain.restrict', 'contain.restrict.ask'],
    });
    expect(ids(shared)[0]).toBe('contain.restrict.ask');
    expect(ask(shared, 'contain.cut_sessions.ask').covers).toEqual(['contain.cut_sessions']);
  });

  it('are not shared by steps that run under different conditions', () => {
    const page = pageOf(
      'contain:\n  - do: disable\n  - { do: hold_payouts, when: { disable.state: failed } }\n  - prove: contained\nclose:\n  - prove: dead',
      'api-key',
    );
    const bound = plan(page, { policy: { contain: { any: { from: { ciso: 1 } } } } });
    expect(ask(bound, 'contain.hold_payouts.ask')).toMatchObject({
      when: { 'disable.state': ['failed'] },
      needs: ['contain.disable'],
    });
  });

  it('ask on-call for the owner’s place too where nobody knows the owner', () => {
    const bound = plan(load('aws-access-key'), { facts: facts({ owner: 'unknown' }) });
    expect(ask(bound, 'close.revoke.ask').places).toEqual({ 'security-on-call': 2 });
    const byHand = plan(load('manual'), { facts: facts({ owner: 'unknown' }) });
    expect(byHand.steps.find(({ id }) => id === 'contain.disable')).toMatchObject({
      places: { 'security-on-call': 1 },
      tiers: [['security-on-call']],
    });
  });
});

describe('modes', () => {
  it('ask before every change, of a person’s hand too, and before nothing else', () => {
    for (const name of ['aws-access-key', 'manual']) {
      const bound = plan(load(name), { mode: 'ask' });
      for (const step of bound.steps) {
        if (step.kind === 'ask' || step.kind === 'each') continue;
        const changes = !['read', 'tell'].includes(step.class);
        expect(step.gate !== undefined, step.id).toBe(changes);
      }
    }
  });

  it('observe by looking and telling, and say so on everything else', () => {
    const bound = plan(load('aws-access-key'), { mode: 'observe' });
    expect(bound.steps.filter(({ skip }) => skip === undefined).map(({ name }) => name)).toEqual([
      'open_ticket',
      'scan_logs',
      'find_created',
      'resolve_alert',
    ]);
    expect(act(bound, 'contain.contained').skip).toBe('mode observe only looks and tells');
  });
});

describe('steps of a plan', () => {
  it('carry what undoes them, what they need, how long they may take and who asked for them', () => {
    const bound = plan(load('aws-access-key'));
    expect(act(bound, 'contain.disable')).toEqual({
      id: 'contain.disable',
      name: 'disable',
      phase: 'contain',
      needs: [],
      line: 7,
      kind: 'act',
      title: 'Disable AKIA…PLE',
      verb: 'disable',
      class: 'contain',
      args: {},
      undo: 'pre-image',
      permissions: ['iam:ListAccessKeys', 'iam:UpdateAccessKey'],
      timeLimitSeconds: 600,
    });
    expect(act(bound, 'alongside.scan_logs')).toMatchObject({ args: { since: '30d' }, timeLimitSeconds: 4 * 3600 });
    expect(act(bound, 'close.revoke')).not.toHaveProperty('undo');
    expect(act(bound, 'contain.contained').timeLimitSeconds).toBe(120);
  });

  it('let a proof look as long as the connector’s window', () => {
    const catalogue = { ...CATALOGUE, 'aws-access-key': { ...CATALOGUE['aws-access-key']!, proofSeconds: 300 } };
    expect(act(plan(load('aws-access-key'), { catalogue }), 'close.dead').timeLimitSeconds).toBe(300);
  });

  it('make a proof that only a person can give a task of another person', () => {
    const bound = plan(load('manual'));
    const proof = bound.steps.find(({ id }) => id === 'close.dead') as TaskStep;
    expect(proof).toMatchObject({ kind: 'task', proves: 'dead', places: { 'security-on-call': 1 }, notBy: ['revoke'] });
    expect(proof.sentence).toContain('<credential>');
    expect(bound.steps.find(({ id }) => id === 'close.revoke')).toMatchObject({
      class: 'destroy',
      gate: 'close.revoke.ask',
    });
  });

  it('never read a value again: a name that looks like a placeholder stays a name', () => {
    const credential = { ...CREDENTIAL, id: '<owner>' };
    expect(act(plan(load('aws-access-key'), { credential }), 'contain.disable').title).toBe('Disable <owner>');
  });
});

describe('a plan that cannot be', () => {
  it('is refused with a code', () => {
    const page = load('aws-access-key');
    const code = (run: () => Plan) => {
      try {
        run();
      } catch (error) {
        return error instanceof BindError ? error.code : error;
      }
      return 'bound';
    };
    expect(code(() => plan({ ...page, kind: 'toString' }))).toBe('unknown-kind');
    const many = pageOf(
      `contain:\n${Array.from({ length: 33 }, (_, i) => `  - { do: disable, id: off_${i}, ask: Freeze it? }`).join('\n')}\n  - prove: contained\nclose:\n  - prove: dead`,
    );
    expect(code(() => plan(many))).toBe('too-many-steps');
    const long = { ...facts(), owner: { value: 'x'.repeat(128 * 1024), source: 'csv' } };
    expect(code(() => plan(page, { facts: long }))).toBe('plan-too-large');
  });
});
