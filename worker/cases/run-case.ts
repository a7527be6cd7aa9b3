/**
 * Runs one case of a page (language.md section 5): the real binder, core, activities and connectors against twins in
 * process, people and clock scripted, no Temporal. Days pass in milliseconds.
 */
import type { Case, CaseEvent } from '../../playbooks/language/cases.js';
import type { Catalogue } from '../../playbooks/language/kinds.js';
import type { Page } from '../../playbooks/language/page.js';
import type { TimelineEntry } from '../../records/records.js';
import { joinedAlerts } from '../dispatcher/joined-alerts.js';
import { Agenda } from './agenda.js';
import { findLeaks, findViolations } from './always.js';
import { type CaseSite, openSite, type Spoil } from './case-site.js';
import type { CaseTeam } from './case-team.js';
import { differences, observed } from './expectations.js';
import { LiveIncident } from './live-incident.js';
import { momentOf } from './moment-of.js';
import { nameOnPage } from './script.js';

export interface CaseResult {
  page: string;
  name: string;
  line: number;
  passed: boolean;
  /** Where it went differently: expected and seen, or which promise was broken. */
  differences: string[];
  /** What the case had to give directly, because no twin can play it. */
  givenDirectly: string[];
  /** Virtual time from the alert to the last thing that happened. */
  lastedMs: number;
  timeline: { at: number; line: string }[];
}

export interface CaseOptions {
  page: Page;
  one: Case;
  team: CaseTeam;
  catalogue: Catalogue;
  spoil?: Spoil;
  /** Looks at what has become of it, each time before the clock moves and at the end. */
  watch?(incidents: readonly LiveIncident[]): Promise<void>;
}

/** Far more than any story of 64 steps needs. */
const MOST_EVENTS = 20_000;

/** Never throws for what the page or the house does: a story that breaks is a case that failed. */
export async function runCase({ page, one, team, catalogue, spoil, watch }: CaseOptions): Promise<CaseResult> {
  const start = momentOf(one.now, team.office.zone);
  const agenda = new Agenda(start);
  const site = await openSite({ page, one, team, catalogue, agenda, ...(spoil === undefined ? {} : { spoil }) });
  const found: string[] = [];
  const timeline: CaseResult['timeline'] = [];
  const story = new Story(site, one);
  if (watch !== undefined) agenda.beforeMove = () => watch(story.incidents);
  try {
    try {
      await story.play();
      found.push(...differences(one.expect, await observed(story.incidents, site)));
    } catch (error) {
      found.push(`the story broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    for (const incident of story.incidents) {
      found.push(...(await findViolations(incident)));
      timeline.push(...(await linesOf(incident)));
    }
    const texts = await textsOf(site, story.incidents);
    await site.closeRecords();
    found.push(...findLeaks(site.secrets(), [...texts, ...site.files()]));
  } finally {
    await site.close();
  }
  return {
    page: page.name,
    name: one.name,
    line: one.at.line,
    passed: found.length === 0,
    differences: found,
    givenDirectly: story.incidents.flatMap(({ givenDirectly }) => [...givenDirectly]),
    // deadlines that nobody needed any more may lie far behind it
    lastedMs: Math.max(start, ...timeline.map(({ at }) => at)) - start,
    timeline: timeline.map(({ at, line }) => ({ at: at - start, line })),
  };
}

/** The alert, what happens after which step, and the incidents that come of it. */
class Story {
  readonly incidents: LiveIncident[] = [];
  readonly #fired = new Set<string>();
  #alerts = 0;

  constructor(
    readonly site: CaseSite,
    readonly one: Case,
  ) {}

  async play(): Promise<void> {
    const leak = await this.site.provider.leak();
    const receipt = await this.site.alert(leak);
    await this.#open(receipt.incident, async (name, incident) => {
      for (const event of this.one.after[name] ?? []) {
        const key = `${name}/${event}`;
        if (this.#fired.has(key)) continue;
        this.#fired.add(key);
        await this.#happen(event, name, incident, leak);
      }
    });
    await this.site.agenda.play(MOST_EVENTS);
  }

  async #open(id: string, onEnded: (name: string, incident: LiveIncident) => Promise<void>): Promise<void> {
    this.#live(new LiveIncident(id, this.site, this.one), onEnded);
  }

  #live(incident: LiveIncident, onEnded: (name: string, incident: LiveIncident) => Promise<void>): void {
    incident.onEnded = async (name) => {
      await onEnded(name, incident);
      if (nameOnPage(name) !== 'respond_to_each') return;
      for (const id of await this.#unstarted())
        this.#live(new LiveIncident(id, this.site, quiet(this.one)), async () => {});
    };
    this.incidents.push(incident);
    this.site.agenda.add(this.site.agenda.now(), () => incident.start());
  }

  /** As the dispatcher finds them. */
  async #unstarted(): Promise<string[]> {
    const all = await this.site.records.incidents.list({ state: 'all', limit: 200 });
    return all.filter(({ id }) => !this.incidents.some((known) => known.id === id)).map(({ id }) => id);
  }

  async #happen(event: CaseEvent, step: string, incident: LiveIncident, leak: { id: string; secret: string }) {
    const { site } = this;
    this.#alerts += 1;
    switch (event) {
      case 'second_alert': {
        const receipt = await site.alert(leak);
        if (receipt.incident !== incident.id) return this.#open(receipt.incident, async () => {});
        const joined = await joinedAlerts(site.records, incident.id, site.agenda.now());
        return incident.tell({ kind: 'alerts', joined, at: site.agenda.now() });
      }
      case 'wrong_key': {
        await this.#press(incident, 'false_alarm', '');
        const { incident: id } = await site.alert(await site.provider.leak());
        return this.#open(id, async () => {});
      }
      case 'retry':
      case 'skip':
        return this.#press(incident, event, incident.run!.plan.steps.find(({ name }) => name === step)!.id);
      default:
        return this.#press(incident, event, '');
    }
  }

  async #press(incident: LiveIncident, control: Exclude<CaseEvent, 'second_alert' | 'wrong_key'>, step: string) {
    const refusal = await incident.answerers.press(control, step);
    if (refusal !== undefined) throw new Error(`${control} was refused: ${refusal.message}`);
  }
}

/** An incident that was opened for what was found: people answer it, and nothing goes wrong. */
function quiet(one: Case): Case {
  return { ...one, given: { ...one.given, results: {}, provider: {} }, people: {}, after: {} };
}

async function linesOf({ id, site }: LiveIncident): Promise<CaseResult['timeline']> {
  const entries = await site.records.timeline.ofIncident(id);
  const answers = await site.records.decisions.ofIncident(id);
  const told = (entry: TimelineEntry) => [id, entry.kind, entry.step, entry.line].filter((word) => word !== '');
  return [
    ...entries.map((entry) => ({ at: entry.at, line: told(entry).join(' · ') })),
    ...answers.map(({ at, person, control, step, answer, outcome, refusal }) => ({
      at,
      line: [id, outcome, step, `${person}: ${control} ${answer}`.trim(), refusal]
        .filter((word) => word !== '')
        .join(' · '),
    })),
  ].sort((a, b) => a.at - b.at);
}

/** Everything that people or trackers got to read, and what the records hold as text. */
async function textsOf({ records, mail, github }: CaseSite, incidents: LiveIncident[]) {
  const texts: { name: string; value: unknown }[] = [
    { name: 'mails', value: mail.mails() },
    { name: 'tickets', value: github.issues('acme/incidents') },
  ];
  for (const { id } of incidents) {
    texts.push(
      { name: `timeline of ${id}`, value: await records.timeline.ofIncident(id) },
      { name: `decisions of ${id}`, value: await records.decisions.ofIncident(id) },
      { name: `effects of ${id}`, value: await records.effects.ofIncident(id) },
      { name: `deliveries of ${id}`, value: await records.inbox.ofIncident(id) },
      { name: `incident ${id}`, value: await records.incidents.get(id) },
    );
  }
  return texts.map(({ name, value }) => ({ name, content: Buffer.from(JSON.stringify(value)) }));
}
