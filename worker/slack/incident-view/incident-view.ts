/** One incident as people see it in a chat, from its records alone. Plain data; holds text from strangers, never a secret. */
import { Alert } from '../../../activities/alert.js';
import { bannerOf } from '../../../activities/banner.js';
import type { LogScan } from '../../../activities/logs/scan-cloudtrail.js';
import type { Plan, Step } from '../../../playbooks/language/plan.js';
import { credentialLabel } from '../../../playbooks/language/sentence.js';
import type { ClosedAs, EffectClass, Grade, Mode, Stage } from '../../../playbooks/language/words.js';
import { openMatters } from '../../../workflows/core/order.js';
import { allSteps, gateOf, isAct, isTask, type Run, runOf } from '../../../workflows/core/run.js';
import { type Severity, severityOf } from '../../settings/severity.js';
import type { HeldIncident } from './load-incident.js';
import { type QuestionView, questionsOf } from './question-view.js';
import { rebuildRun } from './rebuild-run.js';

export interface StepView {
  id: string;
  title: string;
  /** `disable`, `contained`: what a short word stands for. */
  does: string;
  kind: Step['kind'];
  class?: EffectClass;
  state: 'pending' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped' | 'denied' | 'unanswered' | 'undone';
  generation: number;
  line: string;
  /** ms since epoch: when it ended, or else when it began. */
  at?: number;
  /** Failed, and nobody and nothing has settled the matter: nothing closes over it. */
  open: boolean;
}

export interface IncidentView {
  incident: string;
  /** `SANDBOX`, `OBSERVE`, both, or ''. */
  banner: string;
  mode: Mode;
  credential: { kind: string; label: string; name: string; account: string };
  /** False until its provider has been asked. */
  identified: boolean;
  exposure: 'public' | 'internal' | 'unknown';
  environment: string;
  criticality: 'critical' | 'normal' | 'unknown';
  severity: Severity;
  openedAt: number;
  /** `sam`, `github`, `INC-3`. */
  openedBy: string;
  requester?: string;
  subject?: string;
  owner: { name: string; source: string };
  lead?: string;
  stage: Stage | string;
  held: string;
  waiting: string;
  closed?: { as: ClosedAs | string; at: number; joinedTo?: string; remains: string[]; line: string };
  /** The change that contains it, once it is made. `by`: who decided, or did it by hand; empty = policy, without asking. */
  frozen?: { at: number; by: string[]; silent: boolean; byHand: boolean };
  contained?: { at: number; grade: Grade; line: string };
  replaced?: { at: number; grade: Grade };
  dead?: { at: number; grade: Grade; line: string };
  scan: { state: 'none' | 'running' | 'done'; line: string; at?: number; complete?: boolean; misuse?: boolean };
  steps: StepView[];
  questions: QuestionView[];
  /** By which it was found: the alert's own words. */
  found: { source: string; summary: string; url?: string };
  alerts: number;
  ticket?: string;
  children: { incident: string; claim: string; state: string }[];
  parents: string[];
  /** Of steps that were skipped or denied by people, failed, or are still to come. */
  digest: string;
  /** Newest line of the timeline. */
  updatedAt: number;
}

/** `now`: for holds that end by themselves. */
export function incidentView(held: HeldIncident, now: number): IncidentView {
  const { row, timeline } = held;
  const plan = row.plan as Plan | undefined;
  const run = rebuildRun(held, now);
  const scan = scanOf(held);
  const facts = {
    environment: plan?.facts.environment.value ?? 'unknown',
    criticality: plan?.facts.criticality.value ?? ('unknown' as const),
    exposure: run?.exposure ?? alertOf(held)?.exposure ?? ('unknown' as const),
  };
  const lead = held.decisions.findLast(({ control, outcome }) => control === 'take' && outcome === 'counted')?.person;
  const ticket = timeline
    .map(({ kind, data }) =>
      kind === 'done' ? (data as { results?: { url?: unknown } } | undefined)?.results?.url : 0,
    )
    .findLast((url): url is string => typeof url === 'string' && url.startsWith('http'));
  const ended = endOf(held);
  return {
    incident: row.id,
    banner: bannerOf(installationOf(held), row),
    mode: plan?.mode ?? (row.observe ? 'observe' : 'act'),
    credential: credentialOf(held, plan),
    identified: plan !== undefined,
    ...facts,
    severity: severityOf({ ...facts, misused: scan.misuse === true }),
    openedAt: row.openedAt,
    openedBy: row.openedBy.replace(/^(person|source|incident):/, ''),
    ...(held.requester === undefined ? {} : { requester: held.requester }),
    ...(plan === undefined || plan.facts.subject.value === 'none' ? {} : { subject: plan.facts.subject.value }),
    owner: { name: plan?.facts.owner.value ?? 'unknown', source: plan?.facts.owner.source ?? '' },
    ...(lead === undefined ? {} : { lead }),
    stage: row.stage,
    held: row.held,
    waiting: row.waiting,
    ...(ended === undefined ? {} : { closed: ended }),
    ...(run === undefined ? {} : proofsOf(held, run)),
    scan,
    steps: run === undefined ? [] : stepsOf(run),
    questions: run === undefined ? [] : questionsOf(held, run),
    found: foundBy(held),
    alerts: row.alerts,
    ...(ticket === undefined ? {} : { ticket }),
    children: held.children.map(({ id, claim, closedAs, containedAt, stage }) => ({
      incident: id,
      claim,
      state: closedAs?.replaceAll('_', ' ') ?? (containedAt === undefined ? stage : 'contained'),
    })),
    parents: held.parents,
    digest: row.planDigest ?? '',
    updatedAt: Math.max(row.openedAt, ...timeline.map(({ at }) => at)),
  };
}

function installationOf({ timeline }: HeldIncident): string {
  const said = timeline.map(({ data }) => (data as { banner?: unknown } | undefined)?.banner);
  return said.find((banner): banner is string => typeof banner === 'string' && banner !== '') ?? '';
}

function alertOf({ first }: HeldIncident): Alert | undefined {
  const parsed = Alert.safeParse(first?.body);
  return parsed.success ? parsed.data : undefined;
}

function credentialOf(held: HeldIncident, plan: Plan | undefined): IncidentView['credential'] {
  if (plan !== undefined) {
    const { kind, name, account } = plan.credential;
    return { kind, label: credentialLabel(plan.credential), name, account };
  }
  const alert = alertOf(held);
  const [kind = '', ...rest] = (held.row.credential ?? '').split(':');
  const id = alert?.credential?.id ?? rest.join(':');
  return {
    kind: alert?.credential?.kind ?? kind,
    label: id === '' ? '' : credentialLabel({ id }),
    name: '',
    account: alert?.credential?.account ?? 'unknown',
  };
}

function foundBy(held: HeldIncident): IncidentView['found'] {
  const alert = alertOf(held);
  return {
    source: alert?.source ?? 'unknown',
    summary: alert?.summary ?? '',
    ...(alert?.url === undefined ? {} : { url: alert.url }),
  };
}

function endOf({ row, timeline }: HeldIncident): IncidentView['closed'] {
  if (row.closedAt === undefined) return undefined;
  const entry = timeline.findLast(({ kind }) => kind === 'closed');
  const { remains = [] } = (entry?.data ?? {}) as { remains?: string[] };
  return {
    as: row.closedAs ?? 'closed',
    at: row.closedAt,
    ...(row.joinedTo === undefined ? {} : { joinedTo: row.joinedTo }),
    remains,
    line: entry?.line ?? '',
  };
}

function scanOf({ timeline }: HeldIncident): IncidentView['scan'] {
  const entry = timeline.findLast(({ kind }) => kind === 'scan');
  const scan = entry?.data as LogScan | undefined;
  if (entry !== undefined) {
    return {
      state: 'done',
      line: entry.line,
      at: scan?.until ?? entry.at,
      complete: scan?.coverage?.complete === true,
      misuse: scan?.verdict === 'misuse',
    };
  }
  const began = timeline.find(({ kind, line }) => kind === 'scanning' && line.includes('logs'));
  return began === undefined ? { state: 'none', line: '' } : { state: 'running', line: began.line, at: began.at };
}

/** What was changed and seen: from the changes themselves and the looks, not from what was meant to happen. */
function proofsOf({ effects, timeline }: HeldIncident, run: Run) {
  const step = run.plan.steps.find(
    (one) => (isAct(one) || isTask(one)) && (one.class === 'contain' || one.class === 'burn') && one.skip === undefined,
  );
  const state = step === undefined ? undefined : runOf(run, step.id);
  const changed = effects
    .filter(
      ({ key, state, undoneBy }) => key.startsWith(`${run.incident}/${step?.id}/`) && state === 'done' && !undoneBy,
    )
    .flatMap(({ finishedAt }) => finishedAt ?? []);
  const gate = step === undefined ? undefined : gateOf(step);
  const asked = gate === undefined ? undefined : runOf(run, gate);
  const isByHand = step !== undefined && isTask(step);
  const answers = isByHand ? state?.asking?.yes : asked?.asking?.yes;
  const by = (answers ?? []).map(({ person }) => person);
  // Only what has ended well: of several changes one alone freezes nothing.
  const isFrozen = state?.state === 'done' && run.undo[step?.id ?? '']?.state !== 'undone';
  const at = Math.max(...changed, changed.length === 0 ? (state?.endedAt ?? 0) : 0);
  const lineOf = (proof: string) =>
    timeline.findLast(({ kind, data }) => kind === 'done' && (data as { proof?: string } | undefined)?.proof === proof)
      ?.line ?? '';
  return {
    ...(isFrozen ? { frozen: { at, by, silent: asked !== undefined && by.length === 0, byHand: isByHand } } : {}),
    ...(run.contained === undefined ? {} : { contained: { ...run.contained, line: lineOf('contained') } }),
    ...(run.replaced === undefined ? {} : { replaced: run.replaced }),
    ...(run.dead === undefined ? {} : { dead: { ...run.dead, line: lineOf('dead') } }),
  };
}

function stepsOf(run: Run): StepView[] {
  const open = new Set(openMatters(run).map(({ id }) => id));
  return allSteps(run).map((step) => {
    const { state, generation, line = '', startedAt, endedAt } = runOf(run, step.id);
    const undo = run.undo[step.id];
    const at = undo?.at ?? endedAt ?? startedAt;
    const does = step.kind === 'act' ? (step.verb ?? step.proof ?? '') : step.kind === 'task' ? (step.does ?? '') : '';
    return {
      id: step.id,
      title: step.title,
      does,
      kind: step.kind,
      ...(step.kind === 'act' || step.kind === 'task' ? { class: step.class } : {}),
      state: undo?.state === 'undone' ? 'undone' : state,
      generation,
      line: undo?.line ?? line,
      ...(at === undefined ? {} : { at }),
      open: open.has(step.id),
    };
  });
}
