/** Laws of who decides: nothing is destroyed without the right people, a no wins, and time runs whatever is held. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fills } from '../../../activities/covering-decision.js';
import type { AskStep } from '../../../playbooks/language/plan.js';
import { isFull } from '../../../workflows/core/questions.js';
import { ask } from '../plans.js';
import { anyLife, asksIn, type Heard, isPeople, type Life, Lived, type Move, stepIn } from './any-life.js';
import { MINUTE } from './story.js';

/** More of them: FIREBREAK_RUNS=2000 npx vitest run test/workflows/core/laws */
const RUNS = { numRuns: Number(process.env.FIREBREAK_RUNS ?? 150) };

/** Whatever would end it early is an answer here, so that many questions are reached. */
const peaceful = (life: Life): Life => ({
  ...life,
  moves: life.moves.map(
    (next): Move =>
      next.do === 'say' && ['false_alarm', 'cancel', 'close', 'skip'].includes(next.control)
        ? { ...next, control: 'decide' }
        : next,
  ),
});

const answersTo = (heard: Heard[], ask: AskStep, generation: number, answer: 'yes' | 'no') =>
  heard.filter(
    (one) =>
      one.message.control === 'decide' &&
      one.step === ask.id &&
      one.generation === generation &&
      one.message.answer === answer,
  );

/** Different people fill all places; those of a later tier any of them. */
function areFilled(ask: AskStep, yes: Heard[]): boolean {
  const later = ask.tiers.flat();
  const places = Object.keys(ask.places);
  return fills(
    ask.places,
    yes.map(({ message: { person, roles } }) => ({
      person,
      roles: roles.some((role) => later.includes(role)) ? [...roles, ...places] : roles,
    })),
  );
}

describe('for any graph, any facts and whatever people say', { timeout: 120_000 }, () => {
  it('nothing behind a question begins without its people, by different ones and for this very generation and plan', () => {
    const seen = { yes: 0, silence: 0, destroy: 0 };
    fc.assert(
      fc.property(anyLife.map(peaceful), fc.boolean(), (life, silent) => {
        const { plan, requester } = life;
        const lived = new Lived(life, (call, run, { heard, story }) => {
          const step = plan.steps.find(({ id }) => id === call.step);
          const begins = call.purpose === 'step' || (call.purpose === 'ask' && step?.kind === 'task');
          if (step === undefined || step.kind === 'ask' || !begins) return;
          const destroys = step.kind !== 'each' && step.class === 'destroy' && step.phase === 'close';
          if (step.gate === undefined) {
            if (destroys && step.kind === 'act') expect.fail(`${step.id} destroys and nobody is asked`);
            return;
          }
          const gate = stepIn(plan, step.gate) as AskStep;
          expect(gate.covers).toContain(step.id);
          expect(answersTo(heard, gate, call.generation, 'no')).toEqual([]);
          const yes = answersTo(heard, gate, call.generation, 'yes');
          expect(new Set(yes.map(({ message }) => message.person)).size).toBe(yes.length);
          for (const { message } of yes) {
            expect([plan.facts.subject.value, requester?.replace('person:', '')]).not.toContain(message.person);
            expect([undefined, plan.digest]).toContain(message.digest);
          }
          if (destroys) seen.destroy += 1;
          if (areFilled(gate, yes)) {
            seen.yes += 1;
            return;
          }
          seen.silence += 1;
          expect(gate.ifSilent, `${step.id} began on ${yes.length} yes`).toBe('proceed');
          expect(step.kind === 'each' ? '' : step.class).toMatch(/^(contain|interrupt)$/);
          const { openedAt } = run.steps[gate.id]!.asking!;
          expect(story.now - openedAt).toBeGreaterThanOrEqual(gate.withinSeconds * 1000);
        });
        if (silent) lived.leaveAlone();
        lived.bringToAnEnd();
      }),
      { numRuns: Math.ceil(RUNS.numRuns / 2) },
    );
    expect(seen.yes).toBeGreaterThan(3);
    expect(seen.silence).toBeGreaterThan(0);
    expect(seen.destroy).toBeGreaterThan(0);
  });

  it('an answer counts only for the generation and the plan that its person saw, and only of somebody who is asked', () => {
    let counted = 0;
    fc.assert(
      fc.property(anyLife.map(peaceful), (life) => {
        const lived = new Lived(life);
        const { heard, story } = lived;
        // Of what is asked now, nobody's answer to an older question or to another plan counts.
        for (const { id, generation, kind } of story.status.waiting) {
          const answer = kind === 'question' ? 'yes' : 'done';
          for (const person of ['sam', 'mia', 'ana', 'both', 'rob']) {
            for (const old of [{ digest: 'another' }, { generation: generation - 1 }, { generation: generation + 1 }]) {
              expect(lived.tell(person, 'decide', { step: id, answer, ...old })).toBeDefined();
            }
          }
        }
        for (const { message, step: id, generation } of heard) {
          if (message.control !== 'decide') continue;
          counted += 1;
          const step = [...life.plan.steps, ...story.run.extra].find((one) => one.id === id)!;
          expect(isPeople(step)).toBe(true);
          if (!isPeople(step)) continue;
          expect(message.digest).toBe(life.plan.digest);
          expect(message.generation).toBe(generation);
          const may = [...Object.keys(step.places), ...step.tiers.flat()];
          expect(message.roles.some((role) => may.includes(role))).toBe(true);
          if (step.kind === 'task' && step.proves === undefined) continue;
          expect(message.person).not.toBe(life.plan.facts.subject.value);
          expect(message.person).not.toBe(life.requester?.replace('person:', ''));
        }
      }),
      RUNS,
    );
    expect(counted).toBeGreaterThan(30);
  });

  it('a no is final in its generation, and beats a full yes for all that has not begun', () => {
    let after = 0;
    let overYes = 0;
    fc.assert(
      fc.property(anyLife.map(peaceful), fc.nat(), (life, when) => {
        const asks = asksIn(life.plan);
        fc.pre(asks.length > 0);
        const half = when % (life.moves.length + 1);
        const lived = new Lived(life, undefined, life.moves.slice(0, half));
        // One that is open, where there is any: an answer to another says nothing here.
        const open = asks.filter(({ id }) => lived.story.run.steps[id]!.state === 'waiting');
        const among = open.length > 0 ? open : asks;
        const target = among[when % among.length]!;
        // With the phases held, a full yes stands there and nothing that it covers has begun.
        if (when % 2) lived.tell('ana', 'hold');
        const everybody = when % 2 && when % 8 !== 3 ? ['both', 'sam', 'mia', 'ana'] : [];
        for (const person of everybody) lived.tell(person, 'decide', { step: target.id, answer: 'yes' });
        const { generation, state } = lived.story.run.steps[target.id]!;
        if (lived.tell('sam', 'decide', { step: target.id, answer: 'no', reason: 'stop' }) !== undefined) return;
        after += 1;
        if (state === 'done') overYes += 1;
        const before = new Set(lived.story.began);
        for (const next of life.moves.slice(half)) lived.make(next);
        lived.tell('ana', 'resume');
        lived.story.pass(60 * MINUTE);
        for (const id of target.covers) {
          const begun = lived.story.began.filter((key) => key === `${id}/${generation}` && !before.has(key));
          expect(begun).toEqual([]);
        }
      }),
      // A full yes that nothing has followed yet is met in one life of thirty.
      { numRuns: 2 * RUNS.numRuns },
    );
    expect(after).toBeGreaterThan(5);
    expect(overYes).toBeGreaterThan(0);
  });

  it('deadlines are moments: holding and waiting move none, and at its moment a question is over, held or not', () => {
    let over = 0;
    fc.assert(
      fc.property(anyLife.map(peaceful), fc.integer({ min: 1, max: 600 }), (life, minutes) => {
        const lived = new Lived(life);
        const { story } = lived;
        const before = story.status.waiting;
        lived.tell('ana', 'hold', { reason: 'wait' });
        for (const step of [...life.plan.steps, ...story.run.extra].filter(isPeople)) {
          const { asking } = story.run.steps[step.id]!;
          // Each tier has its whole time from when it is asked.
          if (asking !== undefined)
            expect(asking.until - asking.askAt).toBeGreaterThanOrEqual(step.withinSeconds * 1000);
        }
        story.pass(minutes * MINUTE);
        for (const { id, tier, until, generation, onSilence } of before) {
          const now = story.status.waiting.find((one) => one.id === id);
          const state = story.run.steps[id]!;
          if (now !== undefined && now.tier === tier && now.generation === generation) expect(now.until).toBe(until);
          const step = [...life.plan.steps, ...story.run.extra].find((one) => one.id === id)!;
          if (!isPeople(step) || tier < step.tiers.length || story.now < until || state.state === 'skipped') continue;
          over += 1;
          if (onSilence === 'proceed' && story.status.held.length > 0) expect(state.state).toBe('waiting');
          else if (onSilence === 'hold') expect(state).toMatchObject({ state: 'unanswered', endedAt: until });
          else if (onSilence === 'fail')
            expect(state).toMatchObject({ state: 'failed', code: 'nobody', endedAt: until });
        }
      }),
      RUNS,
    );
    expect(over).toBeGreaterThan(5);
  });

  it('the end of a tier is the begin of the next, to the millisecond, whoever looks when', () => {
    fc.assert(
      fc.property(
        anyLife.map(peaceful),
        fc.array(fc.integer({ min: 1, max: 40 * MINUTE }), { minLength: 1, maxLength: 30 }),
        (life, looks) => {
          const often = new Lived(life).story;
          const once = new Lived(life).story;
          for (const ms of looks) often.pass(ms);
          once.pass(looks.reduce((sum, ms) => sum + ms, 0));
          expect({ ...often.status, updatedAt: 0 }).toEqual({ ...once.status, updatedAt: 0 });
        },
      ),
      RUNS,
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
