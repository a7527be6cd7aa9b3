export interface EffectName {
  incident: string;
  /** Id of the step in the plan: `contain.disable`. */
  step: string;
  verb: string;
  /** What is serialised at the provider; may hold slashes. */
  target: string;
  /** 1, and one more for each retry by a person. */
  generation: number;
}

const PART = /^[^/\s]+$/;

/**
 * The one name of an effect: `INC-142/contain.disable/disable/<target>/1`. It has no run id, so that an effect meets its
 * own row after a Temporal reset, and has the generation, so that a deliberate repeat is a new effect. Injective.
 */
export function effectKey({ incident, step, verb, target, generation }: EffectName): string {
  if (
    ![incident, step, verb].every((part) => PART.test(part)) ||
    target === '' ||
    !Number.isInteger(generation) ||
    generation < 1
  ) {
    throw new TypeError(`no effect can be called ${[incident, step, verb, target, generation].join('/')}`);
  }
  return `${incident}/${step}/${verb}/${target}/${generation}`;
}

/** The key under which an effect is undone. */
export const undoKey = (key: string): string => `${key}/undo`;

/** The name that `effectKey` made a key of; also of the key of its undo. */
export function effectName(key: string): EffectName {
  const match = /^([^/\s]+)\/([^/\s]+)\/([^/\s]+)\/(.+)\/([1-9]\d*)(?:\/undo)?$/.exec(key);
  if (match === null) throw new TypeError(`${key} is not the key of an effect`);
  const [incident, step, verb, target, generation] = match.slice(1) as [string, string, string, string, string];
  return { incident, step, verb, target, generation: Number(generation) };
}
