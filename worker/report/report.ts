import { Alert } from '../../activities/alert.js';
import { effectName } from '../../activities/effect-key.js';
import type { LogScan } from '../../activities/logs/scan-cloudtrail.js';
import type { Plan, Step } from '../../playbooks/language/plan.js';
import { credentialLabel } from '../../playbooks/language/sentence.js';
import type { Grade } from '../../playbooks/language/words.js';
import type { ChainReport, DecisionRow, EffectRow, InboxRow, TimelineEntry } from '../../records/records.js';
import { UNTOLD } from '../../workflows/core/apply.js';
import { type FoundLine, foundLines } from './found-lines.js';
import type { RecordsView } from './load-report.js';

/** A time of the incident, and how long after the alert. */
export interface Milestone {
  what: string;
  at: number;
  afterSeconds: number;
}

export interface AlertLine {
  receivedAt: number;
  source: string;
  key: string;
  event: string;
  exposure: string;
  summary: string;
  url: string;
}

export interface EffectLine {
  key: string;
  step: string;
  verb: string;
  target: string;
  class: string;
  state: EffectRow['state'];
  attempts: number;
  begunAt: number;
  finishedAt?: number;
  args: unknown;
  /** What was there before us. `sure`: seen when none of our own requests could still arrive. */
  before: unknown;
  sure: boolean;
  outcome: string;
  evidence: Record<string, unknown>;
  /** Key of the effect that undid it, or closed it before it began. */
  undoneBy?: string;
}

export interface ProofLine {
  step: string;
  proof: string;
  generation: number;
  looks: { at: number; seen: string; grade: Grade; line: string }[];
  /** How many of the last looks in a row saw it, and over how long. */
  run: number;
  spreadSeconds: number;
  /** Grade of the weakest look of that run; absent when the last look did not see it. */
  grade?: Grade;
}

/** An incident as its records tell it. Plain JSON; holds text from strangers, never a secret. */
export interface Report {
  v: 1;
  incident: string;
  headline: string;
  state: { stage: string; closedAs?: string; waiting: string; held: string };
  openedBy: string;
  credential: string;
  facts: { name: string; value: string; source: string }[];
  playbook: { name: string; sha256: string; planDigest: string; mode: string } | null;
  milestones: Milestone[];
  alerts: AlertLine[];
  decisions: DecisionRow[];
  effects: EffectLine[];
  proofs: ProofLine[];
  scan: LogScan | null;
  found: FoundLine[];
  /** Incidents that found this one's credential. */
  parents: string[];
  timeline: Pick<TimelineEntry, 'at' | 'kind' | 'step' | 'generation' | 'line'>[];
  /** What is still true and open. */
  remains: string[];
  /** What nobody has seen proven; said, so that nobody takes silence for a proof. */
  notProven: string[];
  chain: ChainReport;
}

/** Works out the report; pure, and the same for the same records. */
export function reportOf(view: RecordsView): Report {
  const { incident, timeline } = view;
  const plan = incident.plan as Plan | undefined;
  const proofs = [...proofsOf(timeline), ...proofsByWord(plan, view.decisions)];
  const effects = view.effects.map(effectLine).sort((a, b) => a.begunAt - b.begunAt || (a.key < b.key ? -1 : 1));
  const scan = (timeline.findLast(({ kind }) => kind === 'scan')?.data as LogScan | undefined) ?? null;
  const credential =
    plan === undefined
      ? (incident.credential ?? 'a credential that is not identified yet')
      : `${plan.credential.kind} ${plan.credential.id} (${plan.credential.name}), account ${plan.credential.account}`;
  return {
    v: 1,
    incident: incident.id,
    headline: headlineOf(view, plan, proofs),
    state: {
      stage: incident.stage,
      ...(incident.closedAs === undefined ? {} : { closedAs: incident.closedAs }),
      waiting: incident.waiting,
      held: incident.held,
    },
    openedBy: incident.openedBy,
    credential,
    facts:
      plan === undefined
        ? []
        : Object.entries(plan.facts).map(([name, { value, source }]) => ({ name, value, source })),
    playbook:
      plan === undefined
        ? null
        : { name: plan.playbook.name, sha256: plan.playbook.sha256, planDigest: plan.digest, mode: plan.mode },
    milestones: milestonesOf(view, plan, proofs),
    alerts: view.inbox.filter(({ kind }) => kind === 'alert').map(alertLine),
    decisions: view.decisions,
    effects,
    proofs,
    scan,
    found: foundLines(view),
    parents: view.parents,
    timeline: timeline.map(({ at, kind, step, generation, line }) => ({ at, kind, step, generation, line })),
    remains: remainsOf(view, effects, scan),
    notProven: notProvenOf(view, plan, proofs, scan),
    chain: view.chain,
  };
}

function headlineOf({ incident }: RecordsView, plan: Plan | undefined, proofs: ProofLine[]): string {
  const what =
    plan === undefined
      ? (incident.credential ?? 'its credential')
      : `${plan.credential.kind} ${credentialLabel(plan.credential)}`;
  const { id, closedAs } = incident;
  const dead = proofs.findLast(({ proof, grade }) => proof === 'dead' && grade !== undefined);
  const looked = (line: ProofLine | undefined) => (line === undefined ? '' : ` (${sentence(line)})`);
  switch (closedAs) {
    case undefined:
      return `${id} is open (${incident.stage}) · ${what}`;
    case 'dead':
      return `${id} closed · ${what} is dead${looked(dead)}`;
    case 'contained':
      return `${id} closed · ${what} is contained; its death is not proven`;
    case 'false_alarm':
      return `${id} closed · false alarm: ${what}${looked(proofs.findLast(({ proof }) => proof === 'restored'))}`;
    case 'joined':
      return `${id} closed · joined ${incident.joinedTo ?? 'another incident'}`;
    default:
      return `${id} closed as ${closedAs.replaceAll('_', ' ')} · ${what}`;
  }
}

const GRADE_WORDS: Record<Grade, string> = {
  refused: 'tried with the secret itself',
  'provider-state': "by its provider's own state; the secret was not tried",
  unproven: "a person's word",
};

/** `seen 3 times in a row over 12 s, tried with the secret itself`. */
export function sentence({ run, spreadSeconds, grade, looks }: ProofLine): string {
  if (grade === 'unproven') return `not proven: ${GRADE_WORDS.unproven}`;
  if (grade === undefined) return `not seen at the last of ${looks.length} looks`;
  return `seen ${run === 1 ? 'once' : `${run} times in a row over ${spreadSeconds} s`}, ${GRADE_WORDS[grade]}`;
}

function milestonesOf(view: RecordsView, plan: Plan | undefined, proofs: ProofLine[]): Milestone[] {
  const { incident, timeline, effects } = view;
  const at = (what: string, time: number | undefined) =>
    time === undefined
      ? []
      : [{ what, at: time, afterSeconds: Math.max(0, Math.round((time - incident.openedAt) / 1000)) }];
  const moment = (name: string) =>
    timeline.find(({ kind, data }) => kind === 'moment' && (data as { moment?: string } | undefined)?.moment === name)
      ?.at;
  const containing = new Set(
    (plan?.steps ?? [])
      .filter((step) => step.kind === 'act' && ['contain', 'burn'].includes(step.class))
      .map(({ id }) => id),
  );
  const firstChange = effects
    .filter(({ key, state, finishedAt }) => state === 'done' && finishedAt !== undefined && containing.has(stepOf(key)))
    .map(({ finishedAt }) => finishedAt as number);
  const dead = proofs.findLast(({ proof, grade }) => proof === 'dead' && grade !== undefined);
  return [
    ...at('alert taken', incident.openedAt),
    ...at('people asked', timeline.find(({ kind }) => kind === 'asked')?.at),
    ...at('changed at the provider', firstChange.length === 0 ? undefined : Math.min(...firstChange)),
    ...at('contained, proven', moment('contained')),
    ...at('replacement works, proven', moment('replaced')),
    ...at(dead?.grade === 'unproven' ? 'dead, by word' : 'dead, last look', dead?.looks.at(-1)?.at),
    ...at('closed', incident.closedAt),
  ];
}

function alertLine(row: InboxRow): AlertLine {
  const parsed = Alert.safeParse(row.body);
  const alert = parsed.success ? parsed.data : undefined;
  return {
    receivedAt: row.receivedAt,
    source: row.source,
    key: row.key,
    event: alert?.event ?? 'not readable',
    exposure: alert?.exposure ?? 'unknown',
    summary: alert?.summary ?? '',
    url: alert?.url ?? '',
  };
}

function effectLine(row: EffectRow): EffectLine {
  const { line, evidence, ...more } = (row.outcome ?? {}) as { line?: unknown; evidence?: Record<string, unknown> };
  const name = nameOf(row.key);
  return {
    key: row.key,
    step: name.step,
    verb: row.key.endsWith('/undo') ? `undo ${name.verb}` : name.verb,
    target: row.target,
    class: row.class,
    state: row.state,
    attempts: row.attempts,
    begunAt: row.begunAt,
    ...(row.finishedAt === undefined ? {} : { finishedAt: row.finishedAt }),
    args: row.args,
    before: row.before,
    sure: row.sure,
    outcome: typeof line === 'string' ? line : row.state,
    evidence: { ...more, ...evidence },
    ...(row.undoneBy === undefined ? {} : { undoneBy: row.undoneBy }),
  };
}

/** A key that is not of today's form is still evidence. */
function nameOf(key: string): { step: string; verb: string } {
  try {
    return effectName(key);
  } catch {
    const [, step = '', verb = ''] = key.split('/');
    return { step, verb };
  }
}

const stepOf = (key: string): string => nameOf(key).step;

function proofsOf(timeline: TimelineEntry[]): ProofLine[] {
  const groups = new Map<string, ProofLine>();
  for (const entry of timeline) {
    if (entry.kind !== 'observation') continue;
    const data = (entry.data ?? {}) as { proof?: string; seen?: string; grade?: Grade };
    const proof = data.proof ?? entry.step;
    const key = `${entry.step}/${entry.generation}/${proof}`;
    const line = groups.get(key) ?? {
      step: entry.step,
      proof,
      generation: entry.generation,
      looks: [],
      run: 0,
      spreadSeconds: 0,
    };
    line.looks.push({ at: entry.at, seen: data.seen ?? 'unknown', grade: data.grade ?? 'unproven', line: entry.line });
    groups.set(key, line);
  }
  return [...groups.values()].map((line) => {
    const run = line.looks.slice(line.looks.findLastIndex(({ seen }) => seen !== 'yes') + 1);
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return line;
    return {
      ...line,
      run: run.length,
      spreadSeconds: Math.round((last.at - first.at) / 1000),
      grade: weakest(run.map(({ grade }) => grade)),
    };
  });
}

/** Where only people can look, who said `done` last is all there is: no observation, and graded as just that. */
function proofsByWord(plan: Plan | undefined, decisions: DecisionRow[]): ProofLine[] {
  return (plan?.steps ?? []).flatMap((step): ProofLine[] => {
    if (step.kind !== 'task' || step.proves === undefined) return [];
    const said = decisions.findLast(
      (row) => row.step === step.id && row.answer === 'done' && row.outcome === 'counted',
    );
    if (said === undefined) return [];
    const line = `${said.person} says so: ${step.title}${said.reason === '' ? '' : ` (${said.reason})`}`;
    return [
      {
        step: step.id,
        proof: step.proves,
        generation: said.generation,
        looks: [{ at: said.at, seen: 'yes', grade: 'unproven', line }],
        run: 1,
        spreadSeconds: 0,
        grade: 'unproven',
      },
    ];
  });
}

const RANK: Record<Grade, number> = { refused: 0, 'provider-state': 1, unproven: 2 };
function weakest(grades: Grade[]): Grade {
  return grades.reduce((worst, grade) => (RANK[grade] > RANK[worst] ? grade : worst));
}

const QUESTION_ENDS: ReadonlySet<string> = new Set(['done', 'denied', 'unanswered', 'proceeded', 'skipped', 'failed']);

/** The mail of a question that was over while it was sent: whether it arrived is no matter of the incident any more. */
function asksNobody({ incident, timeline }: RecordsView, { verb, step, begunAt }: EffectLine): boolean {
  if (verb !== 'ask_people') return false;
  const isEnd = ({ kind, line }: TimelineEntry) => QUESTION_ENDS.has(kind) && !line.startsWith(UNTOLD);
  return (
    incident.closedAt !== undefined ||
    timeline.some((entry) => entry.step === step && entry.at >= begunAt && isEnd(entry))
  );
}

function remainsOf(view: RecordsView, effects: EffectLine[], scan: LogScan | null): string[] {
  const { timeline, decisions, children } = view;
  const closed = timeline.findLast(({ kind }) => kind === 'closed')?.data as { remains?: string[] } | undefined;
  return [
    ...(closed?.remains ?? []),
    ...effects
      .filter(({ state }) => state === 'needs_human')
      .map(({ key, outcome }) => `a person has to look: ${key}: ${outcome}`),
    ...effects
      .filter((row) => row.state === 'intent' && row.undoneBy === undefined && !asksNobody(view, row))
      .map(({ key }) => `begun, and its end is not recorded: ${key}`),
    ...children
      .filter(({ closedAt, containedAt }) => closedAt === undefined && containedAt === undefined)
      .map(({ id, claim }) => `${id} answers for ${claim}, and has not contained it yet`),
    ...(scan?.keysMade ?? [])
      .filter((id) => !children.some(({ claim }) => claim.endsWith(`:${id}`)))
      .map((id) => `made with the leaked key, and alive as far as we know: ${id}`),
    ...decisions
      .filter(({ outcome }) => outcome === 'given')
      .map(({ id, person }) => `a decision of ${person} was never settled: ${id}`),
  ];
}

function notProvenOf(view: RecordsView, plan: Plan | undefined, proofs: ProofLine[], scan: LogScan | null): string[] {
  const looked = new Set(proofs.filter(({ grade }) => grade !== undefined).map(({ step }) => step));
  const undone = view.incident.closedAs === 'false_alarm';
  const missing = (plan?.steps ?? [])
    .filter((step) => proofOf(step) !== undefined && !looked.has(step.id))
    .map((step) => `${proofOf(step)} (${step.id}): ${undone ? 'withdrawn as a false alarm' : 'nobody has seen it'}`);
  const weak = proofs
    .filter(({ grade }) => grade === 'provider-state' || grade === 'unproven')
    .map((line) => `${line.proof} (${line.step}): ${GRADE_WORDS[line.grade as Grade]}`);
  const logs =
    scan === null
      ? ['what was done with it: Firebreak scanned no log']
      : [...scan.coverage.reasons, ...scan.coverage.neverLogged].map((line) => `in the logs: ${line}`);
  const { chain } = view;
  const broken = chain.ok
    ? []
    : [`that records were not changed: ${chain.broken?.reason ?? 'the hash chain is broken'}`];
  return [...missing, ...weak, ...logs, ...broken];
}

function proofOf(step: Step): string | undefined {
  if (step.kind === 'act') return step.skip === undefined ? step.proof : undefined;
  return step.kind === 'task' ? (step.doneWhen ?? step.proves) : undefined;
}
