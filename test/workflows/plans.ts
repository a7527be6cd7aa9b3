/** Small plans, written by hand: what the engine's tests run. */
import type { ActStep, AskStep, Plan, Step, TaskStep } from '../../playbooks/language/plan.js';
import type { EffectClass, Phase } from '../../playbooks/language/words.js';

/** `contain.disable` -> its phase and name. */
const cut = (id: string) => {
  const [phase, ...name] = id.split('.');
  return { id, phase: phase as Phase, name: name.join('.'), line: 1 };
};

const UNDO: Partial<Record<EffectClass, string>> = {
  contain: 'pre-image',
  interrupt: 'uncut_sessions',
  replace: 'remove',
  tell: 'correction',
};

export function act(id: string, effectClass: EffectClass, more: Partial<ActStep> = {}): ActStep {
  const undo = UNDO[effectClass];
  const base = cut(id);
  return {
    ...base,
    kind: 'act',
    verb: base.name,
    title: `Do ${base.name}`,
    class: effectClass,
    args: {},
    needs: [],
    permissions: [],
    timeLimitSeconds: 600,
    ...(undo === undefined ? {} : { undo }),
    ...more,
  };
}

export function prove(id: string, more: Partial<ActStep> = {}): ActStep {
  const base = cut(id);
  const { verb: _, ...step } = act(id, 'read', { timeLimitSeconds: 120, ...more });
  return { ...step, proof: base.name as ActStep['proof'] & string };
}

export function ask(covers: string[], more: Partial<AskStep> = {}): AskStep {
  const base = cut(`${covers[0]}.ask`);
  return {
    ...base,
    kind: 'ask',
    title: `May ${covers.join(' and ')} be done?`,
    question: `May ${covers.join(' and ')} be done to <credential>?`,
    needs: [],
    covers,
    places: { 'security-on-call': 1 },
    tiers: [],
    withinSeconds: 900,
    ifSilent: 'hold',
    ifDenied: 'hold',
    hours: 'any',
    because: [],
    ...more,
  };
}

export function task(id: string, more: Partial<TaskStep> = {}): TaskStep {
  return {
    ...cut(id),
    kind: 'task',
    title: `By hand: ${id}`,
    sentence: `Do ${id} by hand for <credential>.`,
    needs: [],
    class: 'contain',
    places: { 'security-on-call': 1 },
    tiers: [],
    withinSeconds: 900,
    ...more,
  };
}

export function planOf(steps: Step[], more: Partial<Plan> = {}): Plan {
  const fact = <T extends string>(value: T) => ({ value, source: 'test' });
  return {
    ir: 1,
    incident: 'INC-1',
    playbook: { name: 'test', summary: 'A test.', sha256: '0'.repeat(64) },
    mode: 'act',
    credential: {
      kind: 'aws-access-key',
      id: 'AKIAEXAMPLE',
      account: '111122223333',
      name: 'svc',
      principal: 'arn:svc',
    },
    facts: {
      environment: fact('production'),
      criticality: fact('normal'),
      exposure: fact('internal'),
      secret: fact('held'),
      owner: fact('payments'),
      subject: fact('none'),
      exposed_since: fact('2026-11-24T03:11:00Z'),
    },
    steps,
    digest: 'd'.repeat(64),
    ...more,
  };
}

/** The AWS page as the binder makes it, in small. */
export function awsPlan(more: { disable?: Partial<ActStep>; ask?: Partial<AskStep>; plan?: Partial<Plan> } = {}): Plan {
  return planOf(
    [
      act('contain.disable', 'contain', more.disable),
      act('contain.cut_sessions', 'interrupt', { needs: ['contain.disable'] }),
      prove('contain.contained', { needs: ['contain.cut_sessions'] }),
      act('alongside.open_ticket', 'tell'),
      act('alongside.scan_logs', 'read'),
      act('recover.rotate', 'replace', { needs: ['contain.contained'] }),
      prove('recover.replacement_works', { needs: ['recover.rotate'] }),
      ask(['close.revoke'], {
        places: { 'security-on-call': 1, 'service-owner': 1 },
        withinSeconds: 4 * 3600,
        needs: ['recover.replacement_works'],
        ...more.ask,
      }),
      act('close.revoke', 'destroy', {
        needs: ['recover.replacement_works', 'close.revoke.ask'],
        gate: 'close.revoke.ask',
      }),
      prove('close.dead', { needs: ['close.revoke'] }),
      act('close.resolve_alert', 'tell', { needs: ['close.dead'] }),
    ],
    more.plan,
  );
}
