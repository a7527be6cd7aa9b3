/** The home tab of everybody who opened theirs, kept up to date. */
import { createHash } from 'node:crypto';
import type { Plan } from '../../../playbooks/language/plan.js';
import type { IncidentView } from '../incident-view/incident-view.js';
import { type Names, questionKey } from '../rendering/draft.js';
import { decidedKey, home, MOST_DECIDED, MOST_OPEN, MOST_WAITING } from '../rendering/home.js';
import type { PosterDoors } from './poster-doors.js';
import { troubleOf } from './slack-trouble.js';
import { permalinkOf, questionHandle } from './wanted.js';

export interface Homes {
  opened(user: string): Promise<void>;
  /** An incident as it is now. */
  saw(view: IncidentView): void;
  /** Incidents that are open, as far as we saw. */
  open(): string[];
  /** What has changed for somebody, at most once in five seconds each. */
  publish(names: Names, links: ReadonlyMap<string, string>): Promise<void>;
}

/** Rows of posts that are no messages: who opened their home. */
const HOME = 'home';
const PACE_MS = 5_000;
/** In one go: a thousand people may have opened theirs, and what is asked must not wait for their homes. */
const MOST_AT_ONCE = 10;

export function createHomes(doors: PosterDoors): Homes {
  const { records, clock, log, web } = doors;
  /** Open incidents, no more of them than homes show. */
  const open = new Map<string, IncidentView>();
  const digests = new Map<string, string>();
  const notBefore = new Map<string, number>();
  let isChanged = true;
  let known: string[] | undefined;
  /** Whose may have changed since it was published; who comes first is first. */
  let behind = new Set<string>();

  async function render(user: string, person: string | undefined, names: Names) {
    const views = [...open.values()].sort((a, b) => b.openedAt - a.openedAt);
    const asked = person === undefined ? [] : views.flatMap((view) => waitingFor(view, person));
    const cards = new Map<string, string>();
    const decided = person === undefined ? [] : await records.decisions.ofPerson(person, MOST_DECIDED);
    for (const id of new Set([
      ...views.slice(0, MOST_OPEN).map(({ incident }) => incident),
      ...decided.map(({ incident }) => incident),
    ])) {
      const url = permalinkOf(await records.posts.get(id, 'card'));
      if (url !== undefined) cards.set(id, url);
    }
    const titles = new Map<string, string>();
    for (const id of new Set(decided.map(({ incident }) => incident))) {
      const plan = (await records.incidents.get(id))?.plan as Plan | undefined;
      for (const { id: step, title } of plan?.steps ?? []) titles.set(decidedKey({ incident: id, step }), title);
    }
    return home({
      banner: doors.banner,
      ...(person === undefined ? {} : { person }),
      open: views.slice(0, MOST_OPEN),
      openInAll: views.length,
      waiting: await Promise.all(
        asked.slice(0, MOST_WAITING).map(async ({ view, question }) => {
          const post = await records.posts.get(view.incident, `question/${questionKey(question)}`);
          const url = permalinkOf(post);
          return {
            view,
            question,
            handle: await questionHandle(doors, view, question),
            ...(url === undefined ? {} : { url }),
          };
        }),
      ),
      waitingInAll: asked.length,
      decided,
      titles,
      names,
      cards,
      ...(person === undefined
        ? { linkHandle: await records.handles.give(`link/${user}`, { of: 'link', user }, clock.now()) }
        : {}),
    });
  }

  return {
    async opened(user) {
      await records.posts.put({
        incident: HOME,
        part: user,
        channel: user,
        message: HOME,
        digest: '',
        at: clock.now(),
      });
      known = undefined;
      digests.delete(user);
      notBefore.delete(user);
      behind = new Set([user, ...behind]);
    },

    saw(view) {
      isChanged = true;
      if (view.closed !== undefined) open.delete(view.incident);
      else open.set(view.incident, shownOf(view));
    },

    open: () => [...open.keys()],

    async publish(names, links) {
      known ??= (await records.posts.ofIncident(HOME)).map(({ part }) => part);
      if (isChanged) for (const user of known) behind.add(user);
      isChanged = false;
      const people = new Map([...links].map(([person, account]) => [account, person]));
      const due = [...behind].filter((user) => clock.now() >= (notBefore.get(user) ?? 0)).slice(0, MOST_AT_ONCE);
      for (const user of due) {
        behind.delete(user);
        const view = await render(user, people.get(user), names);
        const digest = createHash('sha256').update(JSON.stringify(view)).digest('hex');
        if (digests.get(user) === digest) continue;
        notBefore.set(user, clock.now() + PACE_MS);
        try {
          await web.views.publish({ user_id: user, view });
          digests.set(user, digest);
        } catch (error) {
          const trouble = troubleOf(error);
          log.warn({ user, reason: trouble }, 'a home was not published');
          if (trouble.is === 'limited') notBefore.set(user, clock.now() + trouble.waitMs);
          if (trouble.is === 'refused') digests.set(user, digest);
          else behind.add(user);
          // a limit, or no answer, is about all of them
          if (trouble.is !== 'refused') return;
        }
      }
    },
  };
}

/** No more than homes show of it: there may be a thousand. */
function shownOf(view: IncidentView): IncidentView {
  return {
    ...view,
    steps: view.steps.filter(({ class: kind }) => kind === 'contain' || kind === 'burn'),
    questions: view.questions.filter(({ end }) => end === undefined),
  };
}

/** What this person is asked and may still answer. */
function waitingFor(view: IncidentView, person: string) {
  return view.questions
    .filter(({ mayAnswer, filled }) => mayAnswer.includes(person) && !filled.some((place) => place.person === person))
    .sort((a, b) => a.until - b.until)
    .map((question) => ({ view, question }));
}
