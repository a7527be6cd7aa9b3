/** What happens on the way: every control, silence, doubt, hands, proofs that fail. Told on a real server. */
import type { AskCall } from '../../activities/contract.js';
import type { Plan } from '../../playbooks/language/plan.js';
import type { AlertsJoined, Status } from '../../workflows/core/message.js';
import { planOfPage } from '../playbooks/language/kinds-for-tests.js';
import type { Outcome } from './outcomes.js';
import { act, ask, awsPlan, planOf, prove, task } from './plans.js';
import { Incident, isDown, refuses } from './shell.js';

const asks = (id: string) => (status: Status) => status.waiting.some((one) => one.id === id);
const isHeld = ({ held }: Status) => held.length > 0;
const joined = (alerts: number): AlertsJoined => ({ alerts, exposure: 'internal', secretHeld: false, at: Date.now() });

const contain = [act('contain.disable', 'contain'), prove('contain.contained', { needs: ['contain.disable'] })];

const found = (results: Record<string, number>) => ({ results, line: 'found' });

/** As the binder makes it of a page that follows what was found; two at most without asking. */
function followingPlan(): Plan {
  const page = `playbook: aws-access-key
summary: Freeze it, follow what it made, prove that it is dead.
contain:
  - do: disable
  - prove: contained
assess:
  - do: find_created
  - { respond_to_each: find_created, at_most: 2 }
close:
  - prove: dead
cases:
  - { name: found, given: { find_created.credentials: 3 }, expect: { incident: dead } }
`;
  return planOfPage(page);
}

/** An answer that does not come until it is given. */
function later(): { promise: Promise<void>; give(): void } {
  let give: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { promise, give: () => give() };
}

export const TALES: Outcome[] = [
  {
    name: 'every-control',
    as: 'dead',
    async tell() {
      const incident = await Incident.start('every-control', awsPlan(), (name) => {
        if (name === 'rotate') refuses('permission-denied');
      });
      await incident.until(isHeld);
      await incident.says('sam', 'take');
      await incident.says('mia', 'note', { reason: 'the service is mine' });
      await incident.says('rob', 'skip', { step: 'rotate', reason: 'nobody uses it' });
      await incident.until(asks('close.revoke.ask'));
      await incident.says('rob', 'hold', { minutes: 30, reason: 'lunch' });
      await incident.says('sam', 'resume');
      await incident.says('sam', 'decide', { step: 'revoke', answer: 'not_yet', minutes: 10 });
      await incident.answers('sam', 'revoke', 'yes');
      await incident.answers('mia', 'revoke', 'yes');
      return incident;
    },
  },
  {
    name: 'silence',
    as: 'contained',
    async tell() {
      const plan = planOf([
        ask(['contain.disable'], { withinSeconds: 1, ifSilent: 'proceed' }),
        act('contain.disable', 'contain', { needs: ['contain.disable.ask'], gate: 'contain.disable.ask' }),
        ask(['contain.cut_sessions'], { needs: ['contain.disable'], withinSeconds: 2, tiers: [['ciso']] }),
        act('contain.cut_sessions', 'interrupt', {
          needs: ['contain.disable', 'contain.cut_sessions.ask'],
          gate: 'contain.cut_sessions.ask',
        }),
        prove('contain.contained', { needs: ['contain.cut_sessions'] }),
      ]);
      const incident = await Incident.start('silence', plan);
      await incident.until(isHeld);
      await incident.says('rob', 'retry', { step: 'cut_sessions' });
      await incident.answers('sam', 'cut_sessions', 'yes');
      return incident;
    },
  },
  {
    name: 'a-no-that-skips',
    as: 'contained',
    async tell() {
      const plan = planOf([
        ...contain,
        ask(['recover.rotate'], { needs: ['contain.contained'], ifDenied: 'skip' }),
        act('recover.rotate', 'replace', {
          needs: ['contain.contained', 'recover.rotate.ask'],
          gate: 'recover.rotate.ask',
        }),
      ]);
      const incident = await Incident.start('a-no-that-skips', plan);
      await incident.until(asks('recover.rotate.ask'));
      await incident.answers('sam', 'rotate', 'no');
      return incident;
    },
  },
  {
    name: 'a-proof-fails',
    as: 'contained',
    async tell() {
      const incident = await Incident.start('a-proof-fails', planOf(contain), (name, { generation }) => {
        if (name === 'prove' && generation === 1) refuses('alive');
      });
      await incident.until(isHeld);
      await incident.says('rob', 'retry', { step: 'contained' });
      return incident;
    },
  },
  {
    name: 'in-doubt',
    as: 'contained',
    async tell() {
      const plan = planOf([
        act('contain.disable', 'contain'),
        act('contain.cut_sessions', 'interrupt', { needs: ['contain.disable'], timeLimitSeconds: 1 }),
        prove('contain.contained', { needs: ['contain.cut_sessions'] }),
      ]);
      const { promise: itsAnswer, give } = later();
      return Incident.start('in-doubt', plan, (name, { step }) => {
        if (name === 'disable') refuses('unknown-outcome');
        if (name === 'cut_sessions') return itsAnswer;
        if (name !== 'settle') return undefined;
        if (step === 'contain.disable') return { state: 'done', line: 'the key is inactive' };
        give();
        return { state: 'not_applied', line: 'no session was cut' };
      });
    },
  },
  {
    name: 'by-hand-after-a-refusal',
    as: 'dead',
    async tell() {
      const hand = task('close.revoke_by_hand', {
        does: 'revoke',
        class: 'destroy',
        when: { 'revoke.state': ['failed'] },
        needs: ['close.revoke'],
        doneWhen: 'dead',
      });
      const plan = planOf([
        ...contain,
        act('close.revoke', 'destroy', { needs: ['contain.contained'] }),
        hand,
        prove('close.dead', { needs: ['close.revoke_by_hand'] }),
      ]);
      const incident = await Incident.start('by-hand-after-a-refusal', plan, (name, { step }, attempt) => {
        if (name === 'revoke') refuses('permission-denied');
        if (name === 'prove' && step === hand.id && attempt < 3) refuses('alive');
      });
      await incident.until(asks(hand.id));
      await incident.answers('sam', 'revoke_by_hand', 'done');
      await incident.hears((line) => line.includes('was not seen'));
      await incident.answers('sam', 'revoke_by_hand', 'done');
      return incident;
    },
  },
  {
    name: 'people-alone',
    as: 'contained',
    async tell() {
      const plan = planOf([
        task('contain.disable', { does: 'disable', places: { 'service-owner': 1 }, tiers: [['security-on-call']] }),
        task('contain.contained', {
          class: 'read',
          needs: ['contain.disable'],
          proves: 'contained',
          notBy: ['disable'],
        }),
      ]);
      const incident = await Incident.start('people-alone', plan);
      await incident.until(asks('contain.disable'));
      await incident.answers('both', 'disable', 'done');
      await incident.until(asks('contain.contained'));
      await incident.answers('sam', 'contained', 'no');
      await incident.says('rob', 'retry', { step: 'contained' });
      await incident.answers('sam', 'contained', 'done');
      return incident;
    },
  },
  {
    name: 'taken-back-by-hand',
    as: 'false_alarm',
    async tell() {
      const plan = planOf([
        task('contain.disable', { does: 'disable' }),
        prove('contain.contained', { needs: ['contain.disable'] }),
        act('recover.rotate', 'replace', { needs: ['contain.contained'] }),
        ask(['close.revoke'], { needs: ['recover.rotate'] }),
        act('close.revoke', 'destroy', { needs: ['recover.rotate', 'close.revoke.ask'], gate: 'close.revoke.ask' }),
      ]);
      const incident = await Incident.start('taken-back-by-hand', plan, (name) => {
        if (name === 'prove_restored') refuses('unexpected-answer');
      });
      await incident.until(asks('contain.disable'));
      await incident.answers('sam', 'disable', 'done');
      await incident.until(asks('close.revoke.ask'));
      await incident.says('rob', 'false_alarm', { reason: 'our own test' });
      await incident.handle.signal('alerts_joined', joined(2));
      await incident.until(({ held }) => held.some((line) => line.includes('another alert')));
      await incident.says('sam', 'resume');
      await incident.answers('sam', 'undo.contain.disable', 'done');
      await incident.until(asks('undo.replacement'));
      await incident.answers('sam', 'undo.restored', 'done');
      await incident.answers('mia', 'undo.replacement', 'done');
      return incident;
    },
  },
  {
    name: 'no-plan-at-first',
    as: 'contained',
    async tell() {
      const incident = await Incident.start('no-plan-at-first', planOf(contain), (name, _, attempt) => {
        if (name === 'prepare' && attempt === 1) refuses('invalid');
      });
      await incident.hears((line) => line.startsWith('no plan yet'));
      await incident.handle.signal('alerts_joined', joined(2));
      await incident.says('rob', 'retry');
      return incident;
    },
  },
  {
    name: 'cancelled-without-a-plan',
    as: 'cancelled',
    async tell() {
      const incident = await Incident.start('cancelled-without-a-plan', planOf(contain), (name) => {
        if (name === 'prepare') refuses('invalid');
      });
      await incident.hears((line) => line.startsWith('no plan yet'));
      await incident.says('rob', 'cancel', { reason: 'opened by mistake' });
      return incident;
    },
  },
  {
    name: 'left-as-it-is',
    as: 'cancelled',
    async tell() {
      const incident = await Incident.start('left-as-it-is', awsPlan());
      await incident.until(asks('close.revoke.ask'));
      await incident.says('rob', 'cancel', { reason: 'the account is gone' });
      return incident;
    },
  },
  {
    name: 'answered-before-told',
    as: 'dead',
    async tell() {
      const { promise: mail, give } = later();
      const incident = await Incident.start('answered-before-told', awsPlan(), (name) =>
        name === 'ask_people' ? mail : undefined,
      );
      await incident.until(asks('close.revoke.ask'));
      await incident.answers('sam', 'revoke', 'yes');
      await incident.answers('mia', 'revoke', 'yes');
      await incident.handle.result();
      give();
      return incident;
    },
  },
  {
    name: 'asked-further',
    as: 'contained',
    async tell() {
      const gate = ask(['contain.disable'], { places: { 'security-on-call': 1 }, tiers: [['ciso'], ['responder']] });
      const plan = planOf([gate, { ...contain[0]!, gate: gate.id }, contain[1]!]);
      // The first two cannot be read; whoever is reached answers.
      const incident = await Incident.start('asked-further', plan, (name, call) => {
        if (name === 'ask_people') return { reached: (call as unknown as AskCall).tier === 2 };
        return undefined;
      });
      await incident.until((status) => status.waiting.some(({ tier }) => tier === 2));
      await incident.answers('sam', 'contain.disable', 'yes');
      return incident;
    },
  },
  {
    name: 'each-that-was-found',
    as: 'dead',
    async tell() {
      const incident = await Incident.start('each-that-was-found', followingPlan(), (name, { step }) => {
        if (name === 'find_created') return found({ credentials: 3, others: 1 });
        if (name !== 'respond_to_each') return undefined;
        const isFirst = step === 'assess.respond_to_each';
        return found({ opened: isFirst ? 2 : 1, linked: 0, refused: 0, left: isFirst ? 1 : 0 });
      });
      await incident.until((status) => status.waiting.length === 2);
      await incident.answers('sam', 'assess.respond_to_each.more.ask', 'yes');
      await incident.answers('sam', 'assess.respond_to_each.rest', 'done');
      return incident;
    },
  },
  {
    name: 'a-slow-containment',
    as: 'contained',
    onlyRecorded: true,
    async tell() {
      const incident = await Incident.start('a-slow-containment', planOf(contain), (name, _, attempt) => {
        // Tried at 0, 0.25, 0.75, 1.75, 3.75, 7.75 s and every 5 s from there on: 20 attempts are more than a minute.
        if (name === 'disable' && attempt < 20) isDown();
      });
      await incident.hears((line) => line.includes('has not worked yet'), 90);
      return incident;
    },
  },
];
