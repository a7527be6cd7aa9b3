import type { Status, WaitingStatus } from '../../workflows/core/message.js';
import type { Answer, Person, Site } from '../system/site.js';
import type { Subject } from './cell.js';

type Detail = Answer['body'];

/** Who answers for a role. Different people, since nobody fills two places. */
const PERSON_OF: Record<string, Person> = { 'security-on-call': 'leo', 'service-owner': 'mia', ciso: 'ana' };

/** Between two rounds; one that answered somebody is followed by the next at once. */
const PAUSE_MS = 700;
const AT_ONCE = 4;
/** An incident in which nothing has moved for so long, and nothing runs, is at rest. */
const REST_MS = 15_000;

interface Watched {
  subject: Subject;
  detail?: Detail;
  /** The question before the effect is not answered, or only but for its last place. */
  isAtGate: boolean;
  /** Its gate is open: answered at once. */
  isFree: boolean;
  /** What was last seen, and since when. */
  seen: string;
  since: number;
}

/** The people of the company: they look at every incident again and again and say yes, except where a cell wants to stop. */
export class Crowd {
  readonly #site: Site;
  readonly #watched = new Map<Subject, Watched>();
  #stopping = false;
  #loop: Promise<void> | undefined;

  constructor(site: Site) {
    this.#site = site;
  }

  /** From now on this incident is looked after. */
  watch(subject: Subject): void {
    this.#watched.set(subject, { subject, isAtGate: false, isFree: false, seen: '', since: Date.now() });
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
  }

  /** It stands before the question of its cell, and only one answer is missing. */
  isAtGate(subject: Subject): boolean {
    return this.#of(subject).isAtGate;
  }

  /** As the API last told of it. */
  detail(subject: Subject): Detail | undefined {
    return this.#of(subject).detail;
  }

  /** Gives the answer that was missing; later questions are answered as they come. */
  async open(subject: Subject): Promise<void> {
    const watched = this.#of(subject);
    watched.isFree = true;
    await this.#look(watched);
  }

  /** All gates are open; what a cell did not let pass by itself passes now. */
  openAll(): void {
    for (const watched of this.#watched.values()) watched.isFree = true;
  }

  /** Withdraws the incident: the person who may. */
  async falseAlarm(subject: Subject): Promise<void> {
    const said = await this.#site.api('leo', 'POST', `/incidents/${subject.incident}/controls`, {
      control: 'false_alarm',
      reason: 'the lab tries it',
    });
    // said before, to a Firebreak that died before it answered
    const isHeard = said.status === 409 && said.body.error?.code === 'not-possible';
    if (said.status >= 300 && !isHeard)
      throw new Error(`${subject.incident} takes no false alarm: ${JSON.stringify(said.body)}`);
    this.#of(subject).isFree = true;
  }

  /** It has ended, or waits for somebody and nothing of it runs. */
  isAtRest(subject: Subject): boolean {
    const { detail, since } = this.#of(subject);
    if (detail === undefined || isUnderWay(detail)) return false;
    if (typeof detail.closedAt === 'number') return true;
    const { live } = detail;
    if (live === null || live === undefined || live.steps.some(({ state }) => state === 'running')) return false;
    const waits = live.held.length > 0 || live.waiting.length > 0;
    return waits && Date.now() - since > REST_MS;
  }

  /** What it does or waits for, in a line. */
  lineOf(subject: Subject): string {
    const { detail } = this.#of(subject);
    const live = detail?.live;
    const open = live?.steps.filter(({ state }) => state === 'running' || state === 'waiting' || state === 'failed');
    return [
      `${subject.incident} (${subject.cell.effect.name}, ${subject.cell.point})`,
      detail?.closedAs ?? live?.stage ?? 'no status',
      ...(live?.held ?? []),
      live?.waitingFor ?? '',
      ...(open ?? []).map(({ name, state, line = '' }) => `${name} ${state} ${line}`),
    ]
      .filter((part) => part !== '')
      .join(' · ');
  }

  /** Nothing will move by itself: it stands at its gate, or has ended and told of it. */
  #isIdle({ subject, detail, isAtGate, isFree }: Watched): boolean {
    return (isAtGate && !isFree) || (typeof detail?.closedAt === 'number' && this.isAtRest(subject));
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const open = [...this.#watched.values()].filter((watched) => !this.#isIdle(watched));
      await inTurns(open, AT_ONCE, (watched) => this.#look(watched).catch(() => undefined)); // Firebreak may be dead
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #look(watched: Watched): Promise<void> {
    const { subject } = watched;
    if (subject.incident === '') return;
    const detail = await this.#site.incident(subject.incident);
    const live = detail.live;
    watched.detail = detail;
    const seen = JSON.stringify([detail.closedAs, live?.stage, live?.held, live?.waiting, live?.steps, detail.effects]);
    if (seen !== watched.seen) Object.assign(watched, { seen, since: Date.now() });
    if (live === null || live === undefined) return;
    for (const question of live.waiting) if (question.kind === 'question') await this.#answer(watched, live, question);
  }

  async #answer(watched: Watched, live: Status, question: WaitingStatus): Promise<void> {
    const { subject, isFree } = watched;
    const missing = Object.entries(question.places).flatMap(([role, count]) => {
      const filled = question.filled.filter((one) => one.role === role).length;
      return Array.from({ length: Math.max(0, count - filled) }, () => role);
    });
    const isGate =
      !isFree && subject.cell.effect.gate !== undefined && asksAbout(question.id, subject.cell.effect.gate);
    const asked = isGate ? missing.slice(0, -1) : missing;
    for (const role of asked) {
      const person = PERSON_OF[role] ?? 'leo';
      const answer = { answer: 'yes', step: question.id, generation: question.generation, digest: live.digest };
      await this.#site.api(person, 'POST', `/incidents/${subject.incident}/decisions`, answer);
    }
    watched.isAtGate = isGate && missing.length <= 1;
  }

  #of(subject: Subject): Watched {
    const watched = this.#watched.get(subject);
    if (watched === undefined) throw new Error(`${subject.user} is not watched`);
    return watched;
  }
}

/** A change that has begun and not ended, or a moment of which not everybody is told yet. */
function isUnderWay({ effects = [], timeline = [] }: Detail): boolean {
  const count = (wanted: string) => timeline.filter(({ kind }) => kind === wanted).length;
  return effects.some(({ state }) => state === 'intent') || count('moment') > count('told');
}

/** `contain.disable.ask` asks about `disable`. */
const asksAbout = (question: string, step: string): boolean => question.split('.').includes(step);

/** At most so many at once. */
export async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<unknown>): Promise<void> {
  const queue = [...all];
  await Promise.all(
    Array.from({ length: Math.min(atOnce, queue.length) }, async () => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
    }),
  );
}
