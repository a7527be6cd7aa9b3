/** What `firebreak plan` prints: facts with their source, steps in order, gates and why, effects with undo and permissions. */
import type { KindSpec } from './kinds.js';
import { type ActStep, type AskStep, type EachStep, type Plan, phaseOnPage, type Step, type TaskStep } from './plan.js';
import { fill, knownTo, oneLine } from './sentence.js';
import { formatTime } from './time.js';

/** For a terminal; ends with a newline. With `kind` it also says what each effect does not stop. For programs, the plan itself is JSON. */
export function describePlan(plan: Plan, kind?: KindSpec): string {
  const { playbook, credential, facts, mode } = plan;
  const known = knownTo(plan);
  const lines = [
    `${plan.incident} · ${playbook.name} · mode ${mode}${mode === 'observe' ? ' (looks and tells, changes nothing)' : ''}`,
    fill(playbook.summary, known),
    '',
    'Credential',
    ...table((['kind', 'id', 'account', 'name', 'principal'] as const).map((key) => [key, oneLine(credential[key])])),
    '',
    'Facts',
    ...table(Object.entries(facts).map(([name, fact]) => [name, oneLine(fact.value), `from ${oneLine(fact.source)}`])),
  ];
  const position = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  let phase = '';
  for (const step of plan.steps) {
    if (phaseOnPage(step) !== phase) {
      phase = phaseOnPage(step);
      lines.push(
        '',
        `${phase[0]!.toUpperCase()}${phase.slice(1)}${phase === 'alongside' ? ' (starts at once, beside the phases)' : ''}`,
      );
    }
    lines.push(`${String(position.get(step.id)).padStart(3)}  ${oneLine(step.title)}  [${step.name}]`);
    lines.push(...detail(step, position, plan, kind).map((line) => `       ${line}`));
  }
  lines.push('', `Plan ${plan.digest}`, `Page ${playbook.sha256}`);
  return `${lines.join('\n')}\n`;
}

function detail(step: Step, position: ReadonlyMap<string, number>, plan: Plan, kind?: KindSpec): string[] {
  if (step.skip !== undefined) return [`will not run: ${oneLine(step.skip)}`];
  const lines = step.phase === phaseOnPage(step) ? [] : ['beside the phases'];
  if (step.kind === 'ask') lines.push(...questionLines(step, position));
  else if (step.kind === 'act') lines.push(...actLines(step, kind));
  else if (step.kind === 'task') lines.push(...taskLines(step));
  else lines.push(...eachLines(step, position));
  for (const [key, condition] of Object.entries({ 'only if': step.when, unless: step.unless })) {
    if (condition === undefined) continue;
    lines.push(
      `${key} ${Object.entries(condition)
        .map(([path, words]) => `${path} is ${words.join(' or ')}`)
        .join(', and ')}`,
    );
  }
  const needs = step.needs.map((need) => position.get(need)).filter((number) => number !== undefined);
  const before = plan.steps[position.get(step.id)! - 2];
  if (needs.length > 0 && !(needs.length === 1 && before?.id === step.needs[0])) {
    lines.push(`after ${needs.sort((a, b) => a - b).join(', ')}`);
  }
  return lines;
}

function questionLines(step: AskStep, position: ReadonlyMap<string, number>): string[] {
  const asked = step.because.map(({ source, row }) => (source === 'page' ? 'the page asks' : `${source} ${row}`));
  const silence = step.ifSilent === 'proceed' ? 'it runs' : 'it is held';
  return [
    `asks ${people(step)}${step.hours === 'office' ? ', in office hours' : ''}`,
    `on silence ${silence}; on a no it is ${step.ifDenied === 'skip' ? 'skipped' : 'held'}`,
    `covers ${step.covers.map((id) => position.get(id)).join(', ')}`,
    `because ${asked.join(' · ')}`,
  ];
}

function actLines(step: ActStep, kind?: KindSpec): string[] {
  const lines: string[] = [];
  const args = Object.entries(step.args).map(([name, value]) => `${name} ${oneLine(String(value))}`);
  if (args.length > 0) lines.push(`with ${args.join(', ')}`);
  const changes = step.class !== 'read' && step.class !== 'tell';
  if (changes) lines.push(`changes: ${step.class} · undo: ${undoOf(step)}`);
  lines.push(`${changes ? '' : `${step.class} · `}fails after ${formatTime(step.timeLimitSeconds)} without success`);
  if (step.permissions.length > 0) lines.push(`needs ${step.permissions.join(', ')}`);
  const { verb } = step;
  const spec =
    verb !== undefined && kind !== undefined && Object.hasOwn(kind.verbs, verb) ? kind.verbs[verb] : undefined;
  lines.push(...(spec?.doesNotStop ?? []).map((rest) => `does not stop ${rest}`));
  return lines;
}

function undoOf(step: ActStep): string {
  if (step.undo === undefined) return 'none, this is for good';
  return step.undo === 'pre-image' ? 'back to what was there before' : step.undo;
}

function taskLines(step: TaskStep): string[] {
  const lines = [`by hand: ${people(step)}`];
  if (step.does !== undefined) {
    const forGood = step.class === 'destroy' || step.class === 'burn';
    lines.push(`changes: ${step.class} · undo: ${forGood ? 'none, this is for good' : 'by hand, same people'}`);
  }
  if (step.doneWhen !== undefined) lines.push(`done when ${step.doneWhen} is seen`);
  if (step.proves !== undefined) lines.push(`proves ${step.proves}, graded unproven: a person's word`);
  if (step.notBy !== undefined && step.notBy.length > 0) lines.push(`not by whoever did ${step.notBy.join(', ')}`);
  return lines;
}

function eachLines(step: EachStep, position: ReadonlyMap<string, number>): string[] {
  if (step.part === 'contained') return ['looks until each of them is contained or closed; close waits for it'];
  const found = `of what ${position.get(step.of)} found`;
  const each = 'each is answered by its own page; one that is answered for already is linked';
  return step.part === 'open' ? [`the newest ${step.atMost} ${found}; ${each}`] : [`all others ${found}; ${each}`];
}

function people({ places, tiers, withinSeconds }: Pick<AskStep, 'places' | 'tiers' | 'withinSeconds'>): string {
  const asked = Object.entries(places).map(([role, count]) => `${count} of ${role}`);
  const then = tiers.map((tier) => `, then ${tier.join(' or ')}`).join('');
  return `${asked.join(' and ')}${then}, ${formatTime(withinSeconds)}${tiers.length > 0 ? ' each' : ''}`;
}

function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()}`,
  );
}
