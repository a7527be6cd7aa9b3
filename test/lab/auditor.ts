/**
 * Judges how incidents ended, by the twins (what is there, and what was written when) and the records (which intents,
 * which outcomes, who decided). It asks neither Firebreak nor Temporal. Run it when Firebreak has stopped.
 */
import { join } from 'node:path';
import { effectName } from '../../activities/effect-key.js';
import type { Plan } from '../../playbooks/language/plan.js';
import { openRecords } from '../../records/open-records.js';
import type { EffectRow } from '../../records/records.js';
import type { Write } from '../../sandbox/twin/ledger.js';
import { loadReport, type RecordsView } from '../../worker/report/load-report.js';
import type { Site } from '../system/site.js';
import { judgeDestroy, judgeReplace, judgeSettings, judgeStore } from './judge-changes.js';
import { judgeTold } from './judge-told.js';

/** What the twins hold, and all that was ever written there. */
export interface World {
  aws: {
    users: {
      name: string;
      keys: { id: string; status: string; createdAt: number }[];
      policies: Record<string, string>;
    }[];
    writes: Write[];
    /** Whose writes are Firebreak's. */
    responder: string;
  };
  vault: { values: Record<string, string>; writes: Write[] };
  github: { issues: { number: number; body: string; comments: string[] }[]; writes: Write[] };
  /** Copies by Message-ID. */
  mails: Record<string, number>;
}

/** One incident as twins and records have it. */
export interface Case {
  view: RecordsView;
  world: World;
  plan: Plan | undefined;
  user: string;
  key: string;
}

export interface Verdict {
  /** `dead`, `false_alarm`, …, or who is waited for. */
  ended: string;
  /** A sentence for each promise that is broken. */
  findings: string[];
  /** Extra copies of messages, of which `tell` allows one each. */
  duplicates: number;
}

/** Everything that the twins know. */
export async function lookAtTwins(site: Site): Promise<World> {
  const [aws, awsWrites, vault, vaultWrites, github, githubWrites, mails] = await Promise.all([
    site.aws.state() as Promise<Pick<World['aws'], 'users'>>,
    site.aws.writes(),
    site.vault.do('ids') as Promise<Record<string, string>>,
    site.vault.writes(),
    site.github.state() as Promise<
      Record<string, { issues: { number: number; body: string; comments: { body: string }[] }[] }>
    >,
    site.github.writes(),
    site.mail.do('by-message-id') as Promise<Record<string, unknown[]>>,
  ]);
  const tickets = github[site.addresses.github.tickets]?.issues ?? [];
  return {
    aws: { users: aws.users, writes: awsWrites, responder: site.addresses.aws.responder.id },
    vault: { values: vault, writes: vaultWrites },
    github: {
      issues: tickets.map(({ number, body, comments }) => ({
        number,
        body,
        comments: comments.map((one) => one.body),
      })),
      writes: githubWrites,
    },
    mails: Object.fromEntries(Object.entries(mails).map(([id, copies]) => [id, copies.length])),
  };
}

/** Opens the records of a site whose Firebreak has ended, and hands them out by incident. */
export async function lookAtRecords(site: Site, incidents: string[]): Promise<Map<string, RecordsView>> {
  const records = await openRecords({ file: join(site.data, 'records.db') });
  try {
    const views = new Map<string, RecordsView>();
    for (const incident of incidents) views.set(incident, await loadReport(records, incident));
    return views;
  } finally {
    await records.close();
  }
}

/** Every promise, by class. Empty findings = all hold. */
export function judge(found: Case): Verdict {
  const told = judgeTold(found);
  return {
    ended: endOf(found),
    findings: [
      ...judgeEnd(found),
      ...judgeRecords(found),
      ...judgeSettings(found),
      ...judgeReplace(found),
      ...judgeStore(found),
      ...judgeDestroy(found),
      ...told.findings,
    ],
    duplicates: told.duplicates,
  };
}

function endOf({ view: { incident } }: Case): string {
  return incident.closedAs ?? `waits: ${[incident.waiting, incident.held].filter((line) => line !== '').join(' · ')}`;
}

/** It has ended, or it waits for somebody who is named; and of what it planned no step is lost. */
function judgeEnd({ view: { incident, timeline }, plan }: Case): string[] {
  if (incident.closedAs === undefined) {
    return incident.waiting === '' ? [`it neither ended nor waits for anybody (${incident.stage})`] : [];
  }
  if (incident.closedAs !== 'dead' || plan === undefined) return [];
  const ended = new Set(timeline.filter(({ kind }) => STEP_ENDS.has(kind)).map(({ step }) => step));
  return plan.steps
    .filter((step) => step.kind === 'act' && step.skip === undefined && !ended.has(step.id))
    .map((step) => `step ${step.id} is lost: records say nothing of its end`);
}

const STEP_ENDS = new Set(['done', 'failed', 'skipped']);

/** No open row at the end, one row a key, an unbroken chain. */
function judgeRecords({ view: { incident, effects, decisions, chain } }: Case): string[] {
  return [
    ...(chain.ok ? [] : [`the chain is broken: ${chain.broken?.reason}`]),
    ...effects
      .filter(({ state, class: kind }) => state === 'intent' && kind !== 'closed')
      .map(({ key, attempts }) => `${key} is still open after ${attempts} attempts`),
    ...effects
      .filter(({ key }) => incident.id !== effectName(key).incident)
      .map(({ key }) => `${key} is recorded under ${incident.id}`),
    ...decisions
      .filter(({ outcome }) => outcome === 'given')
      .map(({ id, person }) => `a decision of ${person} was never settled: ${id}`),
  ];
}

/** Writes of Firebreak's at AWS that change this incident's credential or its user. */
export function awsWrites({ world: { aws }, user }: Case, method: string): Write[] {
  return aws.writes.filter(
    (write) =>
      write.method === method &&
      write.by === aws.responder &&
      (write.detail.user === user || write.target === `user/${user}` || write.target.startsWith(`user/${user}/`)),
  );
}

/** More writes than attempts means that somebody wrote without an intent. */
export function unintended(what: string, writes: Write[], rows: EffectRow[]): string[] {
  const attempts = rows.reduce((sum, row) => sum + row.attempts, 0);
  const early = rows.length > 0 && writes.some(({ at }) => at < Math.min(...rows.map(firstBegun)));
  return [
    ...(writes.length > attempts
      ? [`${what} was written ${writes.length} times on ${attempts} recorded attempts`]
      : []),
    ...(early ? [`${what} was written before any intent was recorded`] : []),
  ];
}

/** A row keeps when its latest attempt began; of one attempt that is the first. */
const firstBegun = ({ attempts, begunAt, lookedAt }: EffectRow): number =>
  attempts > 1 ? Number.NEGATIVE_INFINITY : Math.min(begunAt, lookedAt);
