/** Laws of the core, tried on any graph, any facts, any answers of providers, and anything that people say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, Plan, Step } from '../../../playbooks/language/plan.js';
import { apply } from '../../../workflows/core/apply.js';
import { ready } from '../../../workflows/core/ready.js';
import { open, type Run } from '../../../workflows/core/run.js';
import { status } from '../../../workflows/core/status.js';
import { anyLife, Lived, success } from './any-life.js';
import { failed } from './story.js';

/** More of them: FIREBREAK_RUNS=2000 npx vitest run test/workflows/core/laws */
const RUNS = { numRuns: Number(process.env.FIREBREAK_RUNS ?? 100) };

describe('for any graph, any facts and whatever happens', { timeout: 120_000 }, () => {
  it('a step begins once in a generation, is wanted, and comes after all that it needs', () => {
    let seen = 0;
    fc.assert(
      fc.property(anyLife, (life) => {
        const { story } = new Lived(life, (call, run) => {
          const step = run.plan.steps.find(({ id }) => id === call.step);
          // A task begins when people are told of it.
          if (step === undefined || (call.purpose !== 'step' && !(call.purpose === 'ask' && step.kind === 'task')))
            return;
          seen += 1;
          expect(step.skip).toBeUndefined();
          expect(call.generation).toBe(run.steps[step.id]!.generation);
          if (call.purpose === 'step') expectNeedsEnded(run, step);
          if (call.purpose === 'step') expect(isWanted(run, step), `${step.id} is not wanted`).toBe(true);
        });
        expect(new Set(story.began).size).toBe(story.began.length);
      }),
      RUNS,
    );
    expect(seen).toBeGreaterThan(100);
  });

  it('nothing of the phases begins while it is held, proofs aside', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        new Lived(life, (call, run) => {
          const step = run.plan.steps.find(({ id }) => id === call.step);
          if (call.purpose !== 'step' || step === undefined || step.phase === 'alongside') return;
          if (step.kind === 'act' && step.proof !== undefined) return;
          expect(status(run).held).toEqual([]);
        });
      }),
      RUNS,
    );
  });

  it('nothing closes over what runs, over an open matter, or as better than was proven', () => {
    const ends = new Map<string, number>();
    fc.assert(
      fc.property(anyLife, (life) => {
        const lived = new Lived(life, (call, run) => {
          if (call.purpose !== 'close') return;
          const states = Object.values(run.steps).map(({ state }) => state);
          expect(states).not.toContain('running');
          expect(states).not.toContain('waiting');
          expect(Object.values(run.calls).filter(({ endedAt }) => endedAt === undefined)).toHaveLength(1);
          const as = (call.input as { as: string }).as;
          ends.set(as, (ends.get(as) ?? 0) + 1);
          if (as === 'dead') expect(run.dead).toBeDefined();
          if (as === 'contained') expect(run.contained).toBeDefined();
          if (run.ending === undefined) expect(openMatters(run)).toEqual([]);
        });
        lived.bringToAnEnd();
        const { story } = lived;
        if (story.run.closed !== undefined) expect(ready(story.run, story.now)).toEqual({ calls: [], unwanted: [] });
      }),
      RUNS,
    );
    for (const as of ['cancelled', 'contained', 'dead', 'false_alarm']) expect(ends.get(as), as).toBeGreaterThan(0);
  });

  it('undo runs in reverse, once each, only over what was done, and only after a false alarm', () => {
    let undone = 0;
    fc.assert(
      fc.property(anyLife, fc.boolean(), fc.boolean(), (life, isFalse, worksAgain) => {
        let calledAt: number | undefined;
        const lived = new Lived(life, ({ purpose, key }) => {
          // No new step once it is a false alarm; what is in doubt is still settled.
          if (calledAt !== undefined) expect(purpose, key).not.toBe('step');
        });
        const { story } = lived;
        if (isFalse && lived.tell('rob', 'false_alarm', { reason: 'a canary' }) === undefined)
          calledAt = story.began.length;
        lived.bringToAnEnd((call) => (call.purpose === 'restored' && !worksAgain ? failed('alive') : success(call)));
        const called = lived.heard.some(({ message }) => message.control === 'false_alarm');
        const undos = story.began.filter((key) => key.endsWith('/undo')).map((key) => key.replace(/\/undo$/, ''));
        undone += undos.length;
        if (!called) expect(undos).toEqual([]);
        expect(new Set(undos).size).toBe(undos.length);
        // The place of its newest begin.
        const begunAt = (id: string) =>
          story.began.findLastIndex((key) => key.startsWith(`${id}/`) && /^\d+$/.test(key.slice(id.length + 1)));
        for (const id of undos) {
          // An alert is resolved as a false positive even if nobody had resolved it yet.
          const step = life.plan.steps.find((one) => one.id === id)!;
          if (step.kind === 'act' && step.verb === 'resolve_alert') continue;
          expect(begunAt(id), `${id} was never begun`).toBeGreaterThanOrEqual(0);
        }
        const locks = undos.filter((id) => ['contain', 'interrupt'].includes(classOf(life.plan, id)));
        expect(locks.map(begunAt)).toEqual(locks.map(begunAt).sort((a, b) => b - a));
        const place = (key: string) => story.began.indexOf(key);
        const proof = place('restored');
        for (const id of locks) if (proof >= 0) expect(place(`${id}/undo`)).toBeLessThan(proof);
        for (const id of undos.filter((one) => classOf(life.plan, one) === 'replace')) {
          if (proof >= 0) expect(place(`${id}/undo`)).toBeGreaterThan(proof);
          expect(story.run.undo.restored?.state).not.toBe('failed');
        }
      }),
      RUNS,
    );
    expect(undone).toBeGreaterThan(10);
  });

  it('left alone it ends, or says whom it waits for', () => {
    let waits = 0;
    fc.assert(
      fc.property(anyLife, fc.boolean(), (life, works) => {
        const lived = new Lived(life);
        lived.leaveAlone(works ? success : () => failed('unavailable'));
        const { stage, waitingFor, waiting, held } = lived.story.status;
        if (stage === 'closed' || lived.open().some(({ purpose }) => purpose === 'close')) return;
        waits += 1;
        const why = JSON.stringify(lived.story.status, null, 1);
        expect(waitingFor, why).toMatch(/security-on-call|service-owner|ciso|responder/);
        // Whoever is asked has an end of time; after months only what is held is still open.
        for (const { until, asked } of waiting) {
          expect(until).toBeGreaterThan(0);
          expect(asked.length).toBeGreaterThan(0);
        }
        expect(held.length, why).toBeGreaterThan(0);
      }),
      RUNS,
    );
    expect(waits).toBeGreaterThan(10);
  });

  it('at every moment it is closed, at work, or waits for somebody by name and until when', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const lived = new Lived({ ...life, moves: [] });
        for (const next of life.moves) {
          lived.make(next);
          const { stage, waitingFor, waiting } = lived.story.status;
          const working = lived.open().some(({ purpose }) => purpose !== 'look');
          if (stage !== 'closed' && !working) expect(waitingFor).not.toBe('');
          for (const { until } of waiting) expect(waitingFor).toContain(new Date(until).toISOString().slice(0, 10));
        }
      }),
      RUNS,
    );
  });

  it('when everybody answers and on-call leaves out what nobody can do, it ends', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const lived = new Lived(life);
        lived.bringToAnEnd();
        expect(lived.story.status.stage, JSON.stringify(lived.story.status, null, 1)).toBe('closed');
      }),
      RUNS,
    );
  });

  it('whenever it is called a false alarm, even over a step that is being tried again, it ends', () => {
    let retried = 0;
    fc.assert(
      fc.property(anyLife, fc.nat(40), fc.boolean(), (life, at, worksAgain) => {
        const lived = new Lived(life, () => undefined, life.moves.slice(0, at));
        const failedFirst = lived.story.status.steps.find(({ state }) => state === 'failed');
        if (failedFirst && lived.tell('rob', 'retry', { step: failedFirst.id }) === undefined) retried += 1;
        lived.tell('rob', 'false_alarm', { reason: 'a canary' });
        for (const next of life.moves.slice(at)) lived.make(next);
        lived.bringToAnEnd((call) => (call.purpose === 'restored' && !worksAgain ? failed('alive') : success(call)));
        expect(lived.story.status.stage, JSON.stringify(lived.story.status, null, 1)).toBe('closed');
      }),
      RUNS,
    );
    expect(retried).toBeGreaterThan(5);
  });

  it('its state is plain JSON, and the same facts told again make the same state', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const { story } = new Lived(life);
        const [first] = story.facts;
        let again = openedLike(story.run, first!.at);
        for (const fact of story.facts) {
          apply(again, fact);
          again = JSON.parse(JSON.stringify(again)) as Run;
        }
        expect(again).toEqual(story.run);
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 3) },
    );
  });

  it('an answer that comes twice, or of a call that was never made, changes nothing but the clock', () => {
    fc.assert(
      fc.property(anyLife, (life) => {
        const { story } = new Lived(life);
        const before = structuredClone(story.run);
        for (const fact of story.facts) if (fact.kind === 'ended') apply(story.run, { ...fact, at: story.now });
        apply(story.run, { kind: 'ended', key: 'contain.nothing/1', outcome: failed('alive'), at: story.now });
        expect(story.run).toEqual(before);
      }),
      RUNS,
    );
  });
});

function openedLike(run: Run, at: number): Run {
  const { plan, requester, emptyRoles, office } = run;
  return open(
    {
      result: 'planned',
      plan,
      alerts: 1,
      emptyRoles,
      ...(requester === undefined ? {} : { requester }),
      ...(office === undefined ? {} : { office }),
    },
    at,
  );
}

const classOf = (plan: Plan, id: string) => {
  const step = plan.steps.find((one) => one.id === id)!;
  return step.kind === 'act' || step.kind === 'task' ? step.class : 'read';
};

/** Failed, and neither settled by a proof nor of a kind that is only reported. */
function openMatters(run: Run): string[] {
  return Object.entries(run.steps)
    .filter(([id, { state, settled }]) => {
      const step = run.plan.steps.find((one) => one.id === id);
      const isReported =
        step?.kind === 'act' && (step.class === 'tell' || (step.class === 'read' && step.phase === 'alongside'));
      return state === 'failed' && settled !== true && !isReported;
    })
    .map(([id]) => id);
}

const isNamed = (step: Step, need: Step) =>
  Object.keys({ ...step.when, ...step.unless }).some((path) => path.startsWith(`${need.name}.`));

/** What stood before it has ended, and what stood before a skipped step too; between steps of close it ended well. */
function expectNeedsEnded(run: Run, step: Step): void {
  const find = (id: string) => run.plan.steps.find((one) => one.id === id)!;
  const check = (needs: string[], over: string | undefined): void => {
    for (const need of needs.filter((one) => one !== over)) {
      const before = find(need);
      const { state, settled } = run.steps[need]!;
      const may = ['done', 'skipped', 'failed', ...(isNamed(step, before) ? ['denied', 'unanswered'] : [])];
      expect(may, `${need} before ${step.id}`).toContain(state);
      if (state === 'skipped') check(before.needs, before.kind === 'ask' ? undefined : before.gate);
      const isReported =
        before.kind === 'act' && (before.class === 'tell' || (before.class === 'read' && before.phase === 'alongside'));
      const mustBeWell = step.phase === 'close' && before.phase === 'close' && !isReported && !isNamed(step, before);
      if (state === 'failed' && mustBeWell) expect(settled).toBe(true);
    }
  };
  check(step.needs, step.kind === 'ask' ? undefined : step.gate);
}

/** Reads the conditions of a step a second time. */
function isWanted(run: Run, step: Step): boolean {
  const words = (path: string): string[] => {
    const fact = Object.entries(run.plan.facts).find(([name]) => name === path);
    if (fact !== undefined) return [fact[1].value];
    const [name, result = ''] = path.split('.');
    const named = run.plan.steps.find((one) => one.name === name);
    const state = named === undefined ? undefined : run.steps[named.id]!;
    if (result === 'state') return [state?.state ?? 'none'];
    const value = state?.state !== 'done' ? undefined : result === 'grade' ? state.grade : state.results?.[result];
    return value === undefined || value === '' ? ['none'] : value === 0 ? ['none', '0'] : [String(value)];
  };
  const holds = (condition: Condition) => (path: string) => words(path).some((word) => condition[path]!.includes(word));
  const { when = {}, unless = {} } = step;
  return Object.keys(when).every(holds(when)) && !Object.keys(unless).some(holds(unless));
}
