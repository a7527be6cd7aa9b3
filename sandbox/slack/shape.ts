/** Says what is wrong with a value, each with the place where it stands, as Slack words it. */
export type Rule = (value: unknown, at: string, problems: string[]) => void;

interface Field {
  rule: Rule;
  required: boolean;
}

export const need = (rule: Rule): Field => ({ rule, required: true });
export const may = (rule: Rule): Field => ({ rule, required: false });

const problem = (problems: string[], what: string, at: string) => problems.push(`[ERROR] ${what} [json-pointer:${at}]`);

export const anything: Rule = () => {};

export const flag: Rule = (value, at, problems) => {
  if (typeof value !== 'boolean') problem(problems, 'must be a boolean', at);
};

export const number: Rule = (value, at, problems) => {
  if (typeof value !== 'number') problem(problems, 'must be a number', at);
};

/** At least `min` and at most `max` characters. */
export function string(max: number, min = 0): Rule {
  return (value, at, problems) => {
    if (typeof value !== 'string') problem(problems, 'must be a string', at);
    else if (value.length > max) problem(problems, `must be less than ${max + 1} characters`, at);
    else if (value.length < min) problem(problems, `must be more than ${min - 1} characters`, at);
  };
}

export function oneOf(...values: string[]): Rule {
  return (value, at, problems) => {
    if (!values.includes(value as string)) problem(problems, `must be one of: ${values.join(', ')}`, at);
  };
}

export function list(max: number, item: Rule, min = 1): Rule {
  return (value, at, problems) => {
    if (!Array.isArray(value)) {
      problem(problems, 'must be an array', at);
      return;
    }
    if (value.length > max) problem(problems, `no more than ${max} items allowed`, at);
    if (value.length < min) problem(problems, `must have at least ${min} items`, at);
    value.forEach((one: unknown, index) => {
      item(one, `${at}/${index}`, problems);
    });
  };
}

/** Only these fields, apart from `type`. */
export function object(fields: Record<string, Field>): Rule {
  return (value, at, problems) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      problem(problems, 'must be an object', at);
      return;
    }
    const given = value as Record<string, unknown>;
    for (const [name, { rule, required }] of Object.entries(fields)) {
      if (given[name] === undefined || given[name] === null) {
        if (required) problem(problems, `missing required field: ${name}`, at);
      } else rule(given[name], `${at}/${name}`, problems);
    }
    for (const name of Object.keys(given)) {
      if (name !== 'type' && !Object.hasOwn(fields, name))
        problem(problems, `invalid additional property: ${name}`, at);
    }
  };
}

/** The rule of its `type`. */
export function typed(rules: Record<string, Rule>): Rule {
  return (value, at, problems) => {
    const type = (value as { type?: unknown } | null)?.type;
    if (typeof type !== 'string') problem(problems, 'missing required field: type', at);
    else if (!Object.hasOwn(rules, type)) problem(problems, `unsupported type: ${type}`, `${at}/type`);
    else rules[type]!(value, at, problems);
  };
}

/** Both. */
export const and =
  (...rules: Rule[]): Rule =>
  (value, at, problems) => {
    for (const rule of rules) rule(value, at, problems);
  };

/** A rule of our own words. */
export const check =
  (what: string, holds: (value: never) => boolean): Rule =>
  (value, at, problems) => {
    if (!holds(value as never)) problem(problems, what, at);
  };
