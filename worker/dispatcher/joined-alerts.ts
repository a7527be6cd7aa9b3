import { Alert, claimsOf, leakedName, opensIncident, worse, worstOf } from '../../activities/alert.js';
import { noteMoment } from '../../activities/moments.js';
import { openingBy } from '../../activities/respond-to-each.js';
import type { InboxRow, IncidentRow, Records, Untold } from '../../records/records.js';
import type { AlertsJoined } from '../../workflows/core/message.js';
import type { Log } from '../log.js';
import { closeAbandoned } from './abandoned.js';
import type { TemporalPort } from './port.js';
import { settleAll } from './settle-all.js';

export interface JoinedAlertsDoors {
  records: Records;
  temporal: TemporalPort;
  clock: { now(): number };
  log: Log;
  /** For metrics: from the arrival of the oldest alert that is news to Temporal's yes, ms. */
  told?(how: 'joined', lagMs: number): void;
}

/** What this process last told an incident's workflow. */
interface Word extends AlertsJoined {
  stage: string;
  /** Repeats alone are told of after so long, and after twice as long the next time. */
  waitMs: number;
}

/**
 * A run of Temporal takes 10,000 signals in its life. Repeats are told of after 1, 2, 4 … seconds, at most every ten minutes
 * (3,000 in three weeks), and start at one second again only after an hour of silence (4,000 in three weeks at the worst).
 */
const REPEATS = { firstMs: 1_000, capMs: 600_000, forgottenAfterMs: 3_600_000 };
const PAGE = 500;

/**
 * Tells workflows of the alerts that joined their incidents: counts, so that telling it twice does no harm. News is told
 * within a second: a worse exposure, a secret, anything after the incident came to another stage. Repeats are counted and
 * told ever more rarely. What it costs depends on what came since the last look, never on what joined before.
 */
export function createJoinedAlerts(doors: JoinedAlertsDoors): () => Promise<void> {
  const { records, temporal, clock, log } = doors;
  const words = new Map<string, Word>();

  async function look(news: Untold, now: number): Promise<void> {
    if (news.closed) return takeAnew(news.incident, now);
    // Not started yet: it is told once it is.
    if (!news.started) return;
    const last = words.get(news.incident);
    if (last !== undefined && now - last.at < REPEATS.firstMs) return;
    const word = await wordOf(news, last, now);
    if (last !== undefined && !isDue(word, last)) {
      if (news.upTo > 0) await records.inbox.looked(news, { result: 'counted' }, now);
      return;
    }
    const { stage: _, waitMs: __, ...joined } = word;
    const result = await temporal.joined(news.incident, joined);
    if (result === 'not-running') return withoutWorkflow(news, now);
    // Not before Temporal's yes: what it did not hear is news still.
    words.set(news.incident, word);
    await records.inbox.looked({ ...news, told: news.alerts }, { result }, now);
    if (news.since !== undefined) doors.told?.('joined', clock.now() - news.since);
  }

  async function wordOf(news: Untold, last: Word | undefined, now: number): Promise<Word> {
    const { incident, alerts, exposures, stage } = news;
    const said = last === undefined ? await records.inbox.exposures(incident) : [last.exposure, ...exposures];
    const moved = last === undefined || last.stage !== stage;
    return {
      ...(await alertsJoined(records, incident, alerts, said, now)),
      stage,
      waitMs: moved ? REPEATS.firstMs : Math.min(last.waitMs * 2, REPEATS.capMs),
    };
  }

  /** Temporal does not run it although it started: it closed just now, or its workflow is gone. */
  async function withoutWorkflow(news: Untold, now: number): Promise<void> {
    const row = await records.incidents.get(news.incident);
    if (row === undefined) return;
    if (row.closedAt === undefined) {
      // Every alert of it was counted as a repeat for a workflow that is gone: the last one speaks for them. It joins once
      // more before the end, so that whoever dies in between leaves it to be looked at.
      const last = news.upTo === 0 ? await records.inbox.lastAlert(row.id) : undefined;
      if (last !== undefined) await openAgain(row, last);
      await giveUp(row, now);
    }
    await takeAnew(news.incident, now);
  }

  /** Started, open, and Temporal does not run it: terminated there, or its data lost. It must not swallow alerts. */
  async function giveUp({ id }: IncidentRow, at: number): Promise<void> {
    log.error({ incident: id }, 'its workflow is gone from Temporal; it is closed, and its alert is taken anew');
    const line = 'closed as cancelled: its workflow is gone from Temporal; what was done stays, look at its effects';
    await noteMoment(records, { incident: id, moment: 'unfinished', at, line, part: 'closed' });
    await closeAbandoned(records, id, at, line);
  }

  /** What joined in the moment in which its incident ended, so that nobody has looked at it. */
  async function takeAnew(incident: string, now: number): Promise<void> {
    words.delete(incident);
    const closed = await records.incidents.get(incident);
    for (let page: InboxRow[] | undefined; page === undefined || page.length === PAGE; ) {
      page = (await records.inbox.unsettled(PAGE, incident)).filter(({ kind }) => kind === 'alert');
      if (closed !== undefined) for (const alert of page) await openAgain(closed, alert);
      await records.inbox.settle(
        page.map(({ id }) => id),
        { result: 'not-running' },
        now,
      );
    }
  }

  async function openAgain(closed: IncidentRow, { id, source, receivedAt, body }: InboxRow): Promise<void> {
    const alert = Alert.parse(body);
    const claim = claimsOf(alert)[0] ?? closed.credential;
    if (claim === undefined) return;
    const { incident } = await records.receive(
      {
        source: closed.id,
        key: String(id),
        kind: 'alert',
        receivedAt,
        body: alert,
        claims: [claim],
        exposure: alert.exposure,
      },
      alert.incident === undefined
        ? {
            // Whoever asked may not decide about it this time either.
            by: alert.person === undefined ? `source:${source}` : `person:${alert.person}`,
            observe: closed.observe,
            joinOnly: !opensIncident(alert),
            ...(closed.playbook === undefined ? {} : { playbook: closed.playbook }),
          }
        : openingBy(alert.incident),
    );
    if (incident !== '')
      log.info({ incident, after: closed.id }, 'an alert that came while its incident closed was taken anew');
  }

  return async () => {
    const now = clock.now();
    for (const [incident, { at }] of words) if (now - at >= REPEATS.forgottenAfterMs) words.delete(incident);
    await settleAll((await records.inbox.untold()).map((news) => look(news, now)));
  };
}

/** What a workflow is told of all alerts of its incident so far. */
export async function joinedAlerts(records: Records, incident: string, now: number): Promise<AlertsJoined> {
  const row = await records.incidents.get(incident);
  return alertsJoined(records, incident, row?.alerts ?? 0, await records.inbox.exposures(incident), now);
}

async function alertsJoined(
  records: Records,
  incident: string,
  alerts: number,
  exposures: readonly string[],
  at: number,
): Promise<AlertsJoined> {
  const sealed = await records.sealed.names(incident, at);
  return {
    alerts,
    exposure: worstOf(exposures),
    secretHeld: sealed.some((name) => name.startsWith(leakedName(''))),
    at,
  };
}

function isDue(word: Word, last: Word): boolean {
  return (
    word.at - last.at >= last.waitMs ||
    worse(word.exposure, last.exposure) !== last.exposure ||
    (word.secretHeld && !last.secretHeld) ||
    word.stage !== last.stage
  );
}
