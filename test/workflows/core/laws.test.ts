/** Laws of the core, tried on random plans, random providers and random people. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fills } from '../../../activities/covering-decision.js';
import type { Plan, Step } from '../../../playbooks/language/plan.js';
import type { EffectClass, FailureCode } from '../../../playbooks/language/words.js';
import { CONTROLS, type Control } from '../../../workflows/core/message.js';
import { filledPlaces, isFull } from '../../../workflows/core/questions.js';
import type { Call, Outcome, Run } from '../../../workflows/core/run.js';
import { act, ask, planOf, prove, task } from '../plans.js';
import { failed, MINUTE, PEOPLE, type Script, Story, works } from './story.js';

const PHASES = ['contain', 'assess', 'recover', 'close'] as const;
const CLASSES: Record<string, EffectClass[]> = {
  contain: ['contain', 'interrupt', 'burn'],
  assess: ['read'],
  recover: ['replace', 'read'],
  close: ['destroy', 'tell'],
};

interface Item {
  phase: number;
  kind: 'act' | 'proof' | 'task' | 'gated' | 'gatedTask';
  pick: number;
  /** Which of the earlier steps it needs besides the one before. */
  extra: number[];
  policy: { silent: 'hold' | 'proceed'; denied: 'hold' | 'skip'; two: boolean };
  beside: boolean;
}

const item = fc.record<Item>({
  phase: fc.nat(3),
  kind: fc.constantFrom('act', 'act', 'proof', 'task', 'gated', 'gatedTask'),
  pick: fc.nat(10),
  extra: fc.array(fc.nat(20), { maxLength: 2 }),
  policy: fc.record({
    silent: fc.constantFrom('hold', 'proceed'),
    denied: fc.constantFrom('hold', 'skip'),
    two: fc.boolean(),
  }),
  beside: fc.boolean(),
});

function planFrom(items: Item[]): Plan {
  const steps: Step[] = [];
  let last: string | undefined;
  [...items]
    .sort((a, b) => a.phase - b.phase)
    .forEach(({ phase, kind, pick, extra, policy, beside }, index) => {
      const classes = CLASSES[PHASES[phase]!]!;
      const effect = classes[pick % classes.length]!;
      const alongside = beside && kind === 'act';
      const id = `${alongside ? 'alongside' : PHASES[phase]}.s${index}`;
      const before = steps.filter((step) => step.kind !== 'ask').map((step) => step.id);
      const others = before.length === 0 ? [] : extra.map((n) => before[n % before.length]!);
      const needs = [...new Set([...(last === undefined || alongside ? [] : [last]), ...(alongside ? [] : others)])];
      const gate = `${id}.ask`;
      const asks = kind === 'gated' || kind === 'gatedTask' || (effect === 'destroy' && kind === 'act' && !alongside);
      if (asks) {
        const places: Record<string, number> = policy.two
          ? { 'security-on-call': 1, 'service-owner': 1 }
          : { 'security-on-call': 1 };
        const mayProceed = effect === 'contain' || effect === 'interrupt';
        steps.push(
          ask([id], {
            needs,
            places,
            ifSilent: mayProceed ? policy.silent : 'hold',
            ifDenied: policy.denied,
            tiers: pick % 2 ? [['ciso']] : [],
          }),
        );
      }
      const covered = asks ? { needs: [...needs, gate], gate } : { needs };
      if (kind === 'proof') steps.push({ ...prove(id, { needs }), proof: pick % 2 ? 'contained' : 'dead' });
      else if (kind === 'task' || kind === 'gatedTask')
        steps.push(task(id, { ...covered, class: effect, ...(pick % 3 ? {} : { doneWhen: 'dead' as const }) }));
      else steps.push(act(id, alongside ? 'read' : effect, covered));
      if (!alongside) last = id;
    });
  return planOf(steps);
}

const CODES: FailureCode[] = ['permission-denied', 'unavailable', 'too-late', 'alive', 'unknown-outcome'];
type Move =
  | { do: 'finish'; n: number; how: number }
  | { do: 'pass'; minutes: number }
  | { do: 'say'; who: number; control: Control; n: number; answer: number }
  | { do: 'alert' };

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('finish' as const), n: fc.nat(9), how: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.nat(30) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      who: fc.nat(5),
      control: fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(...CONTROLS) },
        { weight: 3, arbitrary: fc.constant('decide' as const) },
      ),
      n: fc.nat(30),
      answer: fc.nat(6),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'alert' as const }) },
);

const people = Object.keys(PEOPLE);

/** Only talk ends by itself; all else waits for its `finish`. */
const talks: Script = ({ purpose, ...call }) =>
  purpose === 'note' || purpose === 'ask' || purpose === 'close' ? works({ purpose, ...call } as Call) : undefined;

/** Every move that the state allows is made; whatever it refuses changes nothing. `begins` sees each call as it begins. */
function play(plan: Plan, moves: Move[], begins: (call: Call, run: Run) => void = () => undefined): Story {
  const story = new Story(plan, (call, run) => {
    begins(call, run);
    return talks(call, run);
  });
  for (const next of moves) {
    if (next.do === 'pass') story.pass(next.minutes * MINUTE);
    else if (next.do === 'alert') story.alert();
    else if (next.do === 'finish') finishOne(story, next.n, next.how);
    else {
      // Answers mostly go where somebody waits for one.
      const { steps, waiting } = story.status;
      const targets = next.control === 'decide' && waiting.length > 0 && next.n < 25 ? waiting : steps;
      const step = targets[next.n % targets.length]!.id;
      const answer = (['yes', 'yes', 'done', 'done', 'yes', 'not_yet', 'no'] as const)[next.answer]!;
      story.says(people[next.who]!, next.control, { step, answer, minutes: 10, reason: 'because' });
    }
  }
  return story;
}

function finishOne(story: Story, n: number, how: number): void {
  const open = Object.values(story.run.calls).filter(({ endedAt }) => endedAt === undefined);
  if (open.length === 0) return;
  const { call } = open[n % open.length]!;
  story.finish(call.key, how < 6 ? success(call) : failed(CODES[how % CODES.length]!));
}

function success(call: Call): Outcome {
  return call.purpose === 'look' ? { ok: true, value: { results: {}, line: 'seen', grade: 'refused' } } : works(call)!;
}

/** Everybody says yes and does what is asked, everything works: it must come to an end. */
function bringToAnEnd(story: Story): void {
  story.says('sam', 'resume');
  for (let turns = 0; turns < 200 && story.run.closed === undefined; turns += 1) {
    for (const { call, endedAt } of Object.values(story.run.calls))
      if (endedAt === undefined) story.finish(call.key, success(call));
    for (const { id, kind } of story.status.waiting) {
      const answer = kind === 'question' ? 'yes' : 'done';
      for (const person of ['sam', 'mia', 'both']) story.answers(person, id, answer);
    }
    for (const { id, state } of story.status.steps) {
      if (['failed', 'denied', 'unanswered'].includes(state)) story.says('rob', 'retry', { step: id });
    }
    story.pass(MINUTE);
  }
}

const plans = fc.array(item, { minLength: 1, maxLength: 8 }).map(planFrom);
const runs = fc.tuple(plans, fc.array(move, { maxLength: 60, size: 'max' }));

describe('for every plan and whatever happens', () => {
  it('a step begins once in a generation, and only when what it needs has ended', () => {
    fc.assert(
      fc.property(runs, ([plan, moves]) => {
        const story = play(plan, moves, (call, run) => {
          if (call.purpose === 'step') expectNeedsEnded(run, call.step);
        });
        expect(new Set(story.began).size).toBe(story.began.length);
      }),
      { numRuns: 500 },
    );
  });

  it('nothing behind a question begins without its places filled by different people, or the silence that it allows', () => {
    let seen = 0;
    fc.assert(
      fc.property(runs, ([plan, moves]) => {
        // Whatever would end it early is an answer here, so that many questions are reached.
        const peaceful = moves.map((next) => (next.do === 'say' ? { ...next, control: 'decide' as const } : next));
        play(plan, peaceful, (call, run) => {
          const step = plan.steps.find(({ id }) => id === call.step);
          if (call.purpose !== 'step' || step?.kind !== 'act') return;
          const gate = plan.steps.find(({ id }) => id === step.gate);
          if (gate?.kind !== 'ask') {
            expect(step.class).not.toBe('destroy');
            return;
          }
          seen += 1;
          const state = run.steps[gate.id]!;
          expect(state).toMatchObject({ state: 'done', generation: call.generation });
          if (state.passedBy === 'silence') {
            expect(gate.ifSilent).toBe('proceed');
            return;
          }
          const filled = filledPlaces(gate, state.asking!);
          expect(filled).toHaveLength(Object.values(gate.places).reduce((sum, count) => sum + count, 0));
          expect(new Set(filled.map(({ person }) => person)).size).toBe(filled.length);
        });
      }),
      { numRuns: 500 },
    );
    expect(seen).toBeGreaterThan(10);
  });

  it('a no is final in its generation: what has not begun by then does not begin', () => {
    fc.assert(
      fc.property(runs, fc.nat(), ([plan, moves], when) => {
        const asks = plan.steps.filter((step) => step.kind === 'ask');
        fc.pre(asks.length > 0);
        const story = play(plan, moves.slice(0, when % (moves.length + 1)));
        const target = asks[when % asks.length]!;
        const state = story.run.steps[target.id]!;
        const generation = state.generation;
        const refusal = story.says('sam', 'decide', { step: target.id, answer: 'no', reason: 'stop' });
        fc.pre(refusal === undefined);
        const before = new Set(story.began);
        for (const next of moves) if (next.do === 'finish') finishOne(story, next.n, next.how);
        story.pass(60 * MINUTE);
        for (const id of target.covers) {
          const key = `${id}/${generation}`;
          expect(story.began.includes(key) && !before.has(key)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('undo runs in reverse, once each, and only over what had begun', () => {
    fc.assert(
      fc.property(runs, ([plan, moves]) => {
        const story = play(plan, moves);
        fc.pre(story.says('sam', 'false_alarm') === undefined);
        const orderOf = (key: string) => story.began.indexOf(key);
        bringToAnEnd(story);
        const undos = story.began.filter((key) => key.endsWith('/undo')).map((key) => key.replace(/\/undo$/, ''));
        const locks = undos.filter((id) => ['contain', 'interrupt'].includes(classOf(plan, id)));
        for (const id of undos)
          expect(story.began.some((key) => key.startsWith(`${id}/`) && /\/\d+$/.test(key))).toBe(true);
        const begun = locks.map((id) =>
          Math.max(...story.began.filter((key) => /\/\d+$/.test(key) && key.startsWith(`${id}/`)).map(orderOf)),
        );
        expect(begun).toEqual([...begun].sort((a, b) => b - a));
        expect(new Set(undos).size).toBe(undos.length);
        const lastLock = Math.max(-1, ...locks.map((id) => orderOf(`${id}/undo`)));
        for (const id of undos.filter((one) => classOf(plan, one) === 'replace'))
          expect(orderOf(`${id}/undo`)).toBeGreaterThan(lastLock);
        expect(story.status.closedAs).toBe('false_alarm');
      }),
      { numRuns: 300 },
    );
  });

  it('it ends, or says whom it waits for', () => {
    fc.assert(
      fc.property(runs, ([plan, moves]) => {
        const story = play(plan, moves);
        const { stage, waitingFor, held } = story.status;
        const underWay = Object.values(story.run.calls).some(({ endedAt }) => endedAt === undefined);
        expect(stage === 'closed' || underWay || waitingFor !== '' || held.length > 0).toBe(true);
        bringToAnEnd(story);
        expect(story.status.stage, JSON.stringify(story.status, null, 1)).toBe('closed');
      }),
      { numRuns: 300 },
    );
  });

  it('its state is plain JSON', () => {
    fc.assert(
      fc.property(runs, ([plan, moves]) => {
        const { run } = play(plan, moves);
        expect(JSON.parse(JSON.stringify(run))).toEqual(run);
      }),
      { numRuns: 50 },
    );
  });
});

describe('places', () => {
  it('are full for the engine exactly when they are for whoever checks the decisions before it acts', () => {
    const roles = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
    const answers = fc.array(roles, { maxLength: 5 });
    const places = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 2 }), { minKeys: 1 });
    fc.assert(
      fc.property(places, answers, (needed, given) => {
        const yes = given.map((held, n) => ({ person: `p${n}`, roles: held, at: n }));
        const step = ask(['contain.x'], { places: needed });
        const asking = { openedAt: 0, tier: 0, askAt: 0, until: 1, yes, postponedMinutes: 0, looks: 0 };
        expect(isFull(step, asking)).toBe(fills(needed, yes));
        expect(isFull(step, { ...asking, yes: [...yes].reverse() })).toBe(isFull(step, asking));
      }),
    );
  });
});

function classOf(plan: Plan, id: string): EffectClass {
  const step = plan.steps.find((candidate) => candidate.id === id)!;
  return step.kind === 'act' ? step.class : 'read';
}

/** What stood before it has ended, and what stood before a skipped step too; between steps of close it ended well. */
function expectNeedsEnded(run: Run, id: string): void {
  const step = run.plan.steps.find((candidate) => candidate.id === id)!;
  const check = (needs: string[]): void => {
    for (const need of needs) {
      const before = run.plan.steps.find((candidate) => candidate.id === need)!;
      const { state, settled } = run.steps[need]!;
      expect(['done', 'skipped', 'failed'], `${need} before ${id}`).toContain(state);
      if (state === 'skipped') check(before.needs.filter((one) => !one.endsWith('.ask')));
      const mustBeWell = step.phase === 'close' && before.phase === 'close' && classOf(run.plan, need) !== 'tell';
      if (state === 'failed' && mustBeWell) expect(settled).toBe(true);
    }
  };
  check(step.needs);
}
