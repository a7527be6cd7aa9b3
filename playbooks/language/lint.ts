/** What can only be seen when the whole page is read: proofs in their places, classes in their phases, no circles. */
import { CONDITION_FACTS } from './condition.js';
import type { KindSpec } from './kinds.js';
import { allNeedsOf, cycleIn, namedBy, needsOf, stepsOf } from './order.js';
import type { Page, PageStep } from './page.js';
import type { Place, Report } from './problem.js';
import { FACT_WORDS } from './references.js';
import { formatTime } from './time.js';
import { changes, TIME_LIMIT_SECONDS, WITHIN_SECONDS } from './verbs.js';
import type { Proof } from './words.js';

/**
 * Adds the problems of the page as a whole. `complete` = every step could be read; otherwise nothing is said about
 * what is missing, because it may be what could not be read.
 */
export function lintPage(
  page: Pick<Page, 'phases' | 'cases'>,
  kind: KindSpec,
  complete: boolean,
  at: Place,
  report: Report,
): void {
  const steps = stepsOf(page);
  for (const step of steps) {
    lintPlace(step, report);
    lintUnknown(step, report);
    lintQuestion(step, report);
  }
  const needs = needsOf(page);
  const cycle = cycleIn(needs);
  if (cycle !== undefined) {
    const first = steps.find((step) => step.name === cycle[0]);
    const path = cycle.join(' > ');
    report.add('FB23', first?.at ?? at, `${cycle[0]} waits for itself: ${path}`, 'name an earlier step');
  } else lintAlongside(steps, kind, report);
  if (complete) {
    lintProofs(page, steps, at, report);
    if (cycle === undefined) lintDestroy(steps, needs, report);
    if (cycle === undefined) lintFind(steps, needs, report);
  }
  const words = page.cases.flatMap(({ people }) => Object.values(people).flatMap(wordsOf));
  if (!words.includes('deny') && !words.includes('silent')) {
    report.add('W51', page.cases[0]?.at ?? at, 'no case says no or stays silent', 'add one');
  }
}

function wordsOf(answers: Page['cases'][number]['people'][string]): string[] {
  return answers.by === 'all' ? [answers.word] : Object.values(answers.words);
}

/** FB12, and the classes that belong to one phase. */
function lintPlace(step: PageStep, report: Report): void {
  if (step.phase === 'alongside') {
    if (step.head === 'prove') {
      report.add('FB12', step.at, `prove looks at what the phases did, so not alongside`, 'move it into a phase');
    } else if (changes(step.class)) {
      report.add('FB12', step.at, `${deedOf(step)} changes the credential, so not alongside`, 'move it into a phase');
    }
    return;
  }
  if (step.class === 'burn' && step.phase !== 'contain') {
    report.add('FB33', step.at, `${step.name} is the only way to contain, so it must stand in contain`, 'move it');
  }
  if (step.class === 'destroy' && step.phase !== 'close') {
    report.add('FB33', step.at, `${step.name} must stand after the proof of contained, in close`, 'move it');
  }
}

/** FB30: what contains or proves must run also when nobody knows. */
function lintUnknown(step: PageStep, report: Report): void {
  const contains = step.class === 'contain' || step.class === 'burn' || step.head === 'prove';
  const proves = step.head === 'task' && step.doneWhen !== undefined;
  if (!contains && !proves) return;
  const verb = step.head === 'prove' || !contains ? 'proves' : 'contains';
  for (const fact of CONDITION_FACTS) {
    if (!(fact in FACT_WORDS) || !FACT_WORDS[fact as keyof typeof FACT_WORDS].some((word) => word === 'unknown'))
      continue;
    const when = step.when?.[fact];
    const skipped =
      (when !== undefined && !when.includes('unknown')) || step.unless?.[fact]?.includes('unknown') === true;
    if (skipped) {
      const fix = when === undefined ? 'take `unknown` out' : 'add `unknown`, or use `unless`';
      report.add('FB30', step.at, `${step.name} ${verb}, but is skipped while ${fact} is unknown`, fix);
    }
  }
}

/** FB40, FB42. */
function lintQuestion(step: PageStep, report: Report): void {
  if (step.head !== 'do') return;
  if (step.ask !== undefined && !changes(step.class)) {
    report.add('FB40', step.at, `${step.verb} changes nothing`, 'drop the ask');
    return;
  }
  if (step.gate.ifSilent === 'proceed' && step.class !== 'contain' && step.class !== 'interrupt') {
    const why = step.class === 'replace' ? 'it breaks those who use the old one' : 'it cannot be undone';
    report.add('FB42', step.at, `silence may not ${step.verb}, ${why}`, '`if_silent: hold`');
  }
  if (step.gate.hours === 'office' && step.class !== 'replace' && step.class !== 'destroy') {
    report.add('FB42', step.at, `${step.verb} contains, that does not wait for the morning`, 'drop `hours`');
  }
}

/** FB31: contain ends proven, a replacement is proven, death is proven. */
function lintProofs(page: Pick<Page, 'phases'>, steps: PageStep[], at: Place, report: Report): void {
  const last = page.phases.contain.at(-1)?.steps ?? [];
  const proven =
    last.length === 1 && unconditional(last[0]!) && ['contained', 'dead'].includes(proofOf(last[0]!) ?? '');
  if (!proven) report.add('FB31', last[0]?.at ?? at, 'contain ends without its proof', 'add `prove: contained`');
  const works = steps.findLastIndex((step) => proofOf(step) === 'replacement_works');
  const rotate = steps.findLast((step) => step.class === 'replace');
  if (rotate !== undefined && works < steps.indexOf(rotate)) {
    report.add('FB31', rotate.at, `${rotate.phase} ends without its proof`, 'add `prove: replacement_works`');
  }
  if (!steps.some((step) => proofOf(step) === 'dead')) {
    report.add('FB31', at, 'death is never proven', 'add `prove: dead`');
  }
}

/** FB33: nothing is destroyed before what replaces it is known to work. */
function lintDestroy(steps: PageStep[], needs: ReadonlyMap<string, string[]>, report: Report): void {
  const rotates = steps.filter((step) => step.class === 'replace');
  for (const step of steps) {
    if (step.class !== 'destroy' || step.phase !== 'close') continue;
    const before = allNeedsOf(step.name, needs);
    const unproven = rotates.find(
      (rotate) => !steps.some((proof) => before.has(proof.name) && provesWork(proof, rotate)),
    );
    if (unproven !== undefined) {
      const what = `${step.name} must stand after the proof of replacement_works, in close`;
      report.add('FB33', step.at, what, 'move it');
    }
  }
}

/** FB33: whoever holds a live credential makes more while we look. */
function lintFind(steps: PageStep[], needs: ReadonlyMap<string, string[]>, report: Report): void {
  for (const step of steps) {
    if (step.head !== 'do' || step.verb !== 'find_created') continue;
    const before = allNeedsOf(step.name, needs);
    const isCut = steps.some(
      (proof) => before.has(proof.name) && unconditional(proof) && ['contained', 'dead'].includes(proofOf(proof) ?? ''),
    );
    if (isCut) continue;
    const what = `${step.name} must stand after the proof of contained, in assess`;
    report.add('FB33', step.at, what, 'move it');
  }
}

/** A proof counts if it is looked for whenever the replacement was made. */
function provesWork(proof: PageStep, rotate: PageStep): boolean {
  if (proofOf(proof) !== 'replacement_works') return false;
  return proof === rotate || unconditional(proof) || sameConditions(proof, rotate);
}

function sameConditions(a: PageStep, b: PageStep): boolean {
  return JSON.stringify([a.when, a.unless]) === JSON.stringify([b.when, b.unless]);
}

function unconditional(step: PageStep): boolean {
  return step.when === undefined && step.unless === undefined;
}

function proofOf(step: PageStep): Proof | undefined {
  return step.head === 'prove' ? step.proof : step.head === 'task' ? step.doneWhen : undefined;
}

function deedOf(step: PageStep): string {
  if (step.head === 'do') return step.verb;
  return step.head === 'task' ? (step.does ?? step.name) : step.name;
}

/** W60: a phase that waits for something beside it waits as long as that may take. */
function lintAlongside(steps: PageStep[], kind: KindSpec, report: Report): void {
  for (const step of steps) {
    if (step.phase === 'alongside') continue;
    for (const name of namedBy(step)) {
      const other = steps.find((candidate) => candidate.name === name);
      if (other?.phase !== 'alongside') continue;
      const time = formatTime(longest(other, kind));
      report.add('W60', step.at, `${step.name} waits for ${name} in alongside, up to ${time}`, 'fine if meant');
    }
  }
}

function longest(step: PageStep, kind: KindSpec): number {
  if (step.head !== 'task') {
    const own = step.head === 'do' ? kind.verbs[step.verb]?.timeLimitSeconds : undefined;
    return own ?? TIME_LIMIT_SECONDS[step.class];
  }
  return (step.people.withinSeconds ?? WITHIN_SECONDS) * (1 + (step.people.tiers?.length ?? 0));
}
