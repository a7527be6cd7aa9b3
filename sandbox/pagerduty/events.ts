import { randomBytes } from 'node:crypto';

export interface PagerIncident {
  dedupKey: string;
  service: string;
  summary: string;
  severity: string;
  source: string;
  details: unknown;
  links: unknown[];
  state: 'triggered' | 'acknowledged' | 'resolved';
  triggeredAt: number;
  /** How often it was triggered while it was open. */
  triggers: number;
}

/** Somebody's phone rang. */
export interface PagerCall {
  at: number;
  user: string;
  dedupKey: string;
  summary: string;
}

const ACTIONS = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'error', 'warning', 'info'];
const KEY_LENGTH = 32;

/** What is wrong with an event, in PagerDuty's words. */
export function eventProblems(event: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const { routing_key, event_action, dedup_key, payload } = event;
  if (typeof routing_key !== 'string') problems.push("'routing_key' is missing or blank");
  else if (routing_key.length !== KEY_LENGTH) {
    problems.push(`Length of 'routing_key' is incorrect (should be ${KEY_LENGTH} characters)`);
  }
  if (!ACTIONS.includes(event_action as string)) problems.push("'event_action' is missing or invalid");
  if (dedup_key !== undefined && (typeof dedup_key !== 'string' || dedup_key.length > 255)) {
    problems.push("'dedup_key' is invalid (must be a string with at most 255 characters)");
  }
  if (event_action !== 'trigger') {
    if (dedup_key === undefined) problems.push("'dedup_key' is missing or blank");
    return problems;
  }
  const { summary, source, severity } = (payload ?? {}) as Record<string, unknown>;
  if (typeof summary !== 'string' || summary === '') problems.push("'payload.summary' is missing or blank");
  else if (summary.length > 1024) problems.push("'payload.summary' is too long (must be at most 1024 characters)");
  if (typeof source !== 'string' || source === '') problems.push("'payload.source' is missing or blank");
  if (!SEVERITIES.includes(severity as string)) problems.push("'payload.severity' is missing or invalid");
  return problems;
}

/** The incidents of one service, by deduplication key, and whom they woke. */
export class Pager {
  readonly incidents: PagerIncident[] = [];
  readonly calls: PagerCall[] = [];

  /** Takes a checked event; the key that stands for the incident from now on. */
  take(event: Record<string, unknown>, service: string, onCall: string[], now: number): string {
    const dedupKey = String(event.dedup_key ?? randomBytes(16).toString('hex'));
    const open = this.incidents.find((one) => one.dedupKey === dedupKey && one.state !== 'resolved');
    if (event.event_action !== 'trigger') {
      if (open) open.state = event.event_action === 'resolve' ? 'resolved' : 'acknowledged';
      return dedupKey;
    }
    if (open !== undefined) {
      open.triggers += 1; // joins what is open; wakes nobody again
      return dedupKey;
    }
    const { summary, severity, source, custom_details } = event.payload as Record<string, unknown>;
    this.incidents.push({
      dedupKey,
      service,
      summary: String(summary),
      severity: String(severity),
      source: String(source),
      details: custom_details ?? null,
      links: (event.links ?? []) as unknown[],
      state: 'triggered',
      triggeredAt: now,
      triggers: 1,
    });
    for (const user of onCall) this.calls.push({ at: now, user, dedupKey, summary: String(summary) });
    return dedupKey;
  }
}
