/**
 * Tells people of the moments of an incident, from the records, outside the workflow: a mail server or a tracker that is
 * down touches no incident, and what could not be told is told later. Each message is an effect of its own, sent once.
 */

import { tell } from '../activities/act.js';
import { ALERT_STORM } from '../activities/alert.js';
import { Later, StepFailed } from '../activities/contract.js';
import { ended, ticketNumber } from '../activities/house-verbs.js';
import { intentionOf } from '../activities/intention.js';
import { ringing } from '../activities/page-role.js';
import type { Moment, Seams } from '../activities/seams.js';
import { sendMail } from '../activities/send-mail.js';
import { commentChange } from '../activities/tickets/ticket-change.js';
import type { Plan } from '../playbooks/language/plan.js';
import { credentialLabel } from '../playbooks/language/sentence.js';
import { ON_CALL } from '../playbooks/language/verbs.js';
import type { TimelineEntry } from '../records/records.js';
import { askLeads } from './ask-leads.js';
import { createLane } from './dispatcher/lane.js';
import { settleAll } from './dispatcher/settle-all.js';
import type { Log } from './log.js';

export interface Teller {
  run(): Promise<void>;
  /** Does once all that can be done now. */
  tick(): Promise<void>;
  /** Resolves when the message under way has ended. */
  stop(): Promise<void>;
}

const BATCH = 100;
/** Incidents that are told of at once: a mail server that takes its time with one keeps no other waiting. */
const AT_ONCE = 8;
/** After an error that nobody foresaw. */
const AGAIN_MS = 10_000;

/** `sheds`: alerts come in a storm, so that whatever is not about it is told a little later. */
export function createTeller(seams: Seams, log: Log, sheds: () => boolean = () => false): Teller {
  const { records, clock } = seams;
  /** Below this row everything is told. */
  let cursor = 0;
  /** Until when a mail server or tracker asked us to wait, by the key of the moment. */
  const notBefore = new Map<string, number>();

  async function tellAll(): Promise<void> {
    const isShedding = sheds();
    const waiting = await records.timeline.untold(cursor, BATCH, isShedding ? ALERT_STORM : undefined);
    const told = new Set<number>();
    // of one incident in the order of its moments
    const incidents = [...new Set(waiting.map(({ entry }) => entry.incident))];
    const work = async (): Promise<void> => {
      for (let incident = incidents.shift(); incident !== undefined; incident = incidents.shift()) {
        for (const { row, entry } of waiting.filter((one) => one.entry.incident === incident)) {
          if (await tellOf(entry)) told.add(row);
        }
      }
    };
    await settleAll(Array.from({ length: AT_ONCE }, work));
    // What is put off lies between.
    if (isShedding) return;
    for (const { row } of waiting) {
      if (!told.has(row)) break;
      cursor = row;
    }
  }

  /** False = not yet; it is tried again, not before the time that whoever refused it asked for. */
  async function tellOf(entry: TimelineEntry): Promise<boolean> {
    const id = `${entry.incident}/${entry.key}`;
    if (clock.now() < (notBefore.get(id) ?? 0)) return false;
    const problems: string[] = [];
    let later: Later | undefined;
    try {
      for (const work of await messagesOf(entry)) {
        try {
          await work();
        } catch (error) {
          // one who is told later keeps nobody else from being told now
          if (error instanceof Later) later = later === undefined || error.until < later.until ? error : later;
          else if (error instanceof StepFailed) problems.push(error.message);
          else throw error;
        }
      }
    } catch (error) {
      notBefore.set(id, clock.now() + AGAIN_MS);
      log.warn(
        { incident: entry.incident, error: error instanceof Error ? error.name : 'unknown' },
        'a moment is not told yet',
      );
      return false;
    }
    if (later !== undefined) {
      notBefore.set(id, later.until);
      log.warn(
        { incident: entry.incident, moment: momentOf(entry), reason: later.message },
        'a moment is not told yet',
      );
      return false;
    }
    notBefore.delete(id);
    await records.timeline.append({
      incident: entry.incident,
      at: clock.now(),
      kind: 'told',
      step: entry.step,
      generation: entry.generation,
      line: problems.length === 0 ? `told: ${momentOf(entry)}` : `told: ${momentOf(entry)}, but ${problems.join('; ')}`,
      key: `told/${entry.key}`,
    });
    return true;
  }

  async function messagesOf(entry: TimelineEntry): Promise<(() => Promise<void>)[]> {
    const row = await records.incidents.get(entry.incident);
    const plan = row?.plan as Plan | undefined;
    if (row === undefined) return [];
    const moment = momentOf(entry);
    const call = { incident: entry.incident, digest: plan?.digest ?? '', step: 'incident', generation: 1 };
    // Who was joined tells of it. What was found to be nobody's may be somebody's after all, so that is told.
    if (plan === undefined && row.closedAs === 'joined') return [];
    const about = plan === undefined ? entry.line : `${credentialLabel(plan.credential)} (${plan.credential.name})`;
    const owner = plan?.facts.owner.value ?? 'unknown';
    const lines = [
      entry.line,
      '',
      ...(plan === undefined ? [] : [`${plan.facts.environment.value}, owner ${owner}. ${intentionOf(plan)}`]),
      `firebreak status ${entry.incident}`,
      `${seams.publicUrl}/api/v1/incidents/${entry.incident}`,
    ];
    const audiences = await Promise.all([
      ...(moment === 'unfinished' ? [seams.people.ofRole(ON_CALL, owner)] : []),
      ...seams.tellRules
        .filter(({ at, by }) => at.includes(moment) && by.includes('mail'))
        .map(({ audience }) => seams.people.ofAudience(audience, owner)),
    ]);
    const people = audiences.flatMap((holders) => ('people' in holders ? holders.people : []));
    const subject = `${entry.incident} ${moment}: ${about}`;
    const mails = [...new Map(people.map((person) => [person.mail, person])).values()].map(
      (person) => () => sendMail(seams, call, { verb: 'tell', person, subject, lines, part: partOf(entry) }),
    );
    // whom nobody can name now is told later, and keeps nobody else waiting
    for (const holders of audiences) {
      if ('unreachable' in holders)
        mails.push(() => Promise.reject(new Later(clock.now() + AGAIN_MS, holders.unreachable)));
    }
    if (moment !== 'closed') return mails;
    return [
      ...mails,
      ...(await ringing(seams, entry.incident)).map(({ resolve }) => resolve),
      ...closing(entry, row.closedAs ?? '', call),
      ...(await askLeads(seams, row)),
    ];
  }

  /** At the end the ticket says how it ended. */
  function closing(
    entry: TimelineEntry,
    as: string,
    call: { incident: string; digest: string; step: string; generation: number },
  ): (() => Promise<void>)[] {
    const work: (() => Promise<void>)[] = [];
    const { tickets } = seams;
    if (tickets !== undefined) {
      work.push(async () => {
        const number = await ticketNumber(records, entry.incident);
        if (number === undefined) return;
        const body = `${entry.incident} closed as ${as.replaceAll('_', ' ')}. Root cause and lessons above are still to be written by people.\n\nEvidence: \`firebreak audit ${entry.incident}\``;
        const change = commentChange(tickets.octokit, tickets, number, {
          marker: `firebreak ${entry.incident} closed`,
          body,
        });
        ended(await tell(seams, { ...call, verb: 'comment', change }));
      });
    }
    return work;
  }

  return createLane('tell', tellAll, { clock, log });
}

/** Two moments of one name are two mails. */
function partOf(entry: TimelineEntry): string {
  return entry.key.slice('moment/'.length).replaceAll('/', '-');
}

function momentOf(entry: TimelineEntry): Moment {
  return (entry.data as { moment: Moment }).moment;
}
