/** The people of a case: a minute after they were asked they do what the script says, by the door that the API uses. */
import { randomUUID } from 'node:crypto';
import type { PeopleWord } from '../../playbooks/language/cases.js';
import type { Decision } from '../../records/records.js';
import type { Control, Message, Refusal } from '../../workflows/core/message.js';
import { filledPlaces, type PeopleStep, tiersOf } from '../../workflows/core/questions.js';
import { refuse } from '../../workflows/core/refuse.js';
import { allSteps, isAsk, isTask, type Run, runOf } from '../../workflows/core/run.js';
import { messageOf } from '../dispatcher/message-of.js';
import type { LiveIncident } from './live-incident.js';
import { scriptOf } from './script.js';

const messageAs = (decision: Decision): Message => messageOf({ ...decision, outcome: 'given', refusal: '' });

const AFTER_MS = 60_000;

type Saying = Pick<Decision, 'control' | 'step' | 'answer' | 'reason'> & { person: string };

export class Answerers {
  readonly #incident: LiveIncident;
  readonly #asked = new Set<string>();

  constructor(incident: LiveIncident) {
    this.#incident = incident;
  }

  /** Whoever has just been asked will answer. */
  listen(): void {
    const run = this.#incident.run!;
    const { agenda } = this.#incident.site;
    for (const step of allSteps(run)) {
      if (!isAsk(step) && !isTask(step)) continue;
      const { state, asking, generation } = runOf(run, step.id);
      if (state !== 'waiting' || asking === undefined) continue;
      const key = `${step.id}/${generation}/${asking.tier}`;
      if (this.#asked.has(key)) continue;
      this.#asked.add(key);
      const { tier, askAt, until } = asking;
      const at = askAt + Math.min(AFTER_MS, Math.floor((until - askAt) / 2));
      agenda.add(at, () => this.#answer(step, generation, tier));
    }
  }

  async #answer(step: PeopleStep, generation: number, tier: number): Promise<void> {
    const run = this.#incident.run!;
    const script = scriptOf(this.#incident.one.people, run.plan, step);
    const isOpen = () => {
      const { state, generation: now, asking } = runOf(run, step.id);
      return state === 'waiting' && now === generation && asking?.tier === tier && run.closed === undefined;
    };
    for (const { role, seats } of this.#seats(run, step, tier)) {
      for (let seat = 0; seat < seats && isOpen(); seat += 1) {
        const word = script(tier, role);
        if (word === 'silent') break;
        await this.#one(run, step, role, word);
      }
    }
  }

  /** The first tier fills its own places; whoever comes later fills what is empty. */
  #seats(run: Run, step: PeopleStep, tier: number): { role: string; seats: number }[] {
    if (tier === 0) return Object.entries(step.places).map(([role, seats]) => ({ role, seats }));
    const { asking } = runOf(run, step.id);
    const empty =
      Object.values(step.places).reduce((sum, count) => sum + count, 0) - filledPlaces(step, asking!).length;
    return (tiersOf(step)[tier] ?? []).map((role) => ({ role, seats: empty }));
  }

  async #one(run: Run, step: PeopleStep, role: string, word: PeopleWord): Promise<void> {
    const { team, owner } = this.#incident.site;
    const answer = word === 'deny' ? 'no' : step.kind === 'task' ? 'done' : 'yes';
    const reason = word === 'deny' ? 'the case says no' : '';
    for (const { name } of team.ofRole(role, owner)) {
      const saying = { person: name, control: 'decide', step: step.id, answer, reason };
      if (this.#refusal(run, saying) !== undefined) continue;
      if (answer === 'done' && word !== 'claims') await this.#do(run, step);
      await this.say(saying);
      return;
    }
  }

  /** The hand does it at the provider, then says so. */
  async #do(run: Run, step: PeopleStep): Promise<void> {
    if (step.kind !== 'task') return;
    const { provider } = this.#incident.site;
    const { id } = run.plan.credential;
    if (step.does !== undefined) await provider.byHand(step.does, id);
    const undone = run.plan.steps.find((one) => step.id === `undo.${one.id}`);
    if (undone?.kind === 'task' && undone.does !== undefined) await provider.backByHand(undone.does, id);
  }

  #refusal(run: Run, saying: Saying): Refusal | undefined {
    return refuse(run, messageAs(this.#decision(run, saying)), this.#incident.site.agenda.now());
  }

  #decision(run: Run, { person, control, step, answer, reason }: Saying): Decision {
    const { team, owner, agenda } = this.#incident.site;
    return {
      id: randomUUID(),
      incident: run.incident,
      at: agenda.now(),
      person,
      roles: team.rolesOf(person, owner).map((role) => ({ role, source: 'case' })),
      channel: 'api',
      control,
      step,
      answer,
      reason,
      generation: control === 'decide' ? runOf(run, step).generation : 0,
      planDigest: run.plan.digest,
    };
  }

  /** Written first, then told to the core, then settled. */
  async say(saying: Saying): Promise<Refusal | undefined> {
    const run = this.#incident.run!;
    const { records, agenda } = this.#incident.site;
    const decision = this.#decision(run, saying);
    await records.decisions.give(decision);
    const message = messageAs(decision);
    const refusal = refuse(run, message, agenda.now());
    if (refusal === undefined) await this.#incident.tell({ kind: 'said', message, at: agenda.now() });
    await records.decisions.settle(
      decision.id,
      refusal === undefined ? 'counted' : 'refused',
      refusal?.message ?? '',
      agenda.now(),
    );
    return refusal;
  }

  /** One of on-call presses a control. */
  async press(control: Control, step = ''): Promise<Refusal | undefined> {
    const { team, owner } = this.#incident.site;
    const { subject } = this.#incident.one.given.facts;
    const person = team.ofRole('security-on-call', owner).find(({ name }) => name !== subject)?.name ?? 'sam';
    return this.say({ person, control, step, answer: '', reason: `the case says ${control}` });
  }
}
