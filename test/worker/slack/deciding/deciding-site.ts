/** Deciding in Slack over the twin, real Bolt, real records, and the real core in the place of Temporal. */

import { createDecisionDoor, type DecisionDoor } from '../../../../worker/dispatcher/decision-door.js';
import { type ControlOutcome, type TemporalPort, TemporalUnavailable } from '../../../../worker/dispatcher/port.js';
import { createDirectory } from '../../../../worker/people/directory.js';
import { OutOfReach } from '../../../../worker/people/membership.js';
import type { Settings } from '../../../../worker/settings/settings.js';
import type { Handle } from '../../../../worker/slack/contract.js';
import { decidingHandlers } from '../../../../worker/slack/deciding/deciding-handlers.js';
import { incidentView } from '../../../../worker/slack/incident-view/incident-view.js';
import { loadIncident } from '../../../../worker/slack/incident-view/load-incident.js';
import { cutToFit } from '../../../../worker/slack/rendering/budget.js';
import { card } from '../../../../worker/slack/rendering/card.js';
import { type Names, questionKey } from '../../../../worker/slack/rendering/draft.js';
import { question } from '../../../../worker/slack/rendering/question.js';
import type { Message, Status } from '../../../../workflows/core/message.js';
import { status } from '../../../../workflows/core/status.js';
import { HOUR, Story } from '../../../workflows/core/story.js';
import { act, ask, planOf, prove, task } from '../../../workflows/plans.js';
import { type Mode, type SlackSite, startSlack } from '../start-slack.js';

export const CONTAIN = 'contain.disable.ask';
export const REVOKE = 'close.revoke.ask';
export const TASK = 'recover.load_new';
const SOURCE = 'slack/T0ACME';
/** Rows of calls that change something. */
const EFFECTS = new Set<string>(['contain', 'interrupt', 'burn', 'replace', 'destroy', 'undo', 'settle']);

/** Who holds what, by name; `zoe` is the person whose key it is, `leo` had it opened. */
const ROLES: Record<string, string[]> = {
  'security-on-call': ['sam', 'ana', 'zoe', 'leo'],
  responder: ['rob'],
  ciso: ['raj'],
};
const NAMES = ['sam', 'ana', 'zoe', 'leo', 'rob', 'raj', 'mia', 'eve'];
export const accountOf = (person: string): string => `U0${person.toUpperCase()}`;

export const planned = (sealed: { digest?: string } = {}) =>
  planOf(
    [
      ask(['contain.disable'], { tiers: [['ciso']] }),
      act('contain.disable', 'contain', {
        needs: [CONTAIN],
        gate: CONTAIN,
        title: 'Disable AKIAEXAMPLE',
        verb: 'disable',
      }),
      prove('contain.contained', { needs: ['contain.disable'] }),
      ask(['close.revoke'], { places: { 'security-on-call': 2 }, withinSeconds: 4 * 3600 }),
      act('close.revoke', 'destroy', { needs: [REVOKE], gate: REVOKE, title: 'Delete AKIAEXAMPLE' }),
      task(TASK, { places: { 'service-owner': 1 }, class: 'replace' }),
    ],
    {
      facts: { ...planOf([]).facts, subject: { value: 'zoe', source: 'test' } },
      ...sealed,
    },
  );

/** Incidents as the engine runs them: each the pure core, by the clock of the machine. */
export class CoreAsTemporal implements TemporalPort {
  down = false;
  readonly stories = new Map<string, Story>();
  readonly #answered = new Map<string, ControlOutcome>();
  /** Called before an answer is given. */
  onControl: (message: Message) => void = () => {};

  #story(incident: string): Story | undefined {
    if (this.down) throw new TemporalUnavailable('control');
    return this.stories.get(incident);
  }
  async control(incident: string, message: Message): Promise<ControlOutcome> {
    const story = this.#story(incident);
    const before = this.#answered.get(message.id);
    if (before !== undefined) return before;
    if (story === undefined || story.run.closed !== undefined) return { outcome: 'not-running' };
    this.onControl(message);
    const { id: _, control, person, ...rest } = message;
    story.now = Math.max(story.now, Date.now());
    const refusal = story.says(person, control, rest);
    const outcome: ControlOutcome = refusal === undefined ? { outcome: 'counted' } : { outcome: 'refused', refusal };
    this.#answered.set(message.id, outcome);
    return outcome;
  }
  async status(incident: string): Promise<Status | 'not-running'> {
    const story = this.#story(incident);
    return story === undefined ? 'not-running' : status(story.run);
  }
  async reachable() {
    return !this.down;
  }
  start = unasked;
  joined = unasked;
  runningIds = unasked;
  fate = unasked;
  isUnderWay = unasked;
  revive = unasked;
}

async function unasked(): Promise<never> {
  throw new Error('nobody asks this of Temporal here');
}

export interface DecidingSite extends SlackSite {
  temporal: CoreAsTemporal;
  decisions: DecisionDoor;
  /** Opens an incident that asks, and posts its card and its questions; answers its id. */
  open(): Promise<string>;
  story(incident: string): Story;
  /** Posts the card or a question as it is now; answers `ts`. */
  post(incident: string, what: 'card' | string, of?: Partial<Extract<Handle, { of: 'question' }>>): Promise<string>;
  /** Effects that have begun, of all incidents. */
  begun(): string[];
}

export async function startDeciding(
  mode: Mode,
  { groupDown = false, patienceMs }: { groupDown?: boolean; patienceMs?: number } = {},
): Promise<DecidingSite> {
  const temporal = new CoreAsTemporal();
  let decisions: DecisionDoor | undefined;
  const where = () => 'firebreak.yaml:1';
  const settings = {
    file: 'firebreak.yaml',
    where,
    company: 'Acme',
    tell: [],
    slack: { workspace: 'T0ACME' },
    people: NAMES.map((name) => ({
      name,
      mail: `${name}@acme.example`,
      teams: name === 'mia' ? ['payments'] : [],
      knownAs: [],
      delegates: [],
    })),
    roles: [
      ...Object.entries(ROLES).map(([name, people]) =>
        name === 'ciso' && groupDown
          ? { name, where: 'firebreak.yaml:3', slackGroup: 'S0CISO' }
          : { name, where: 'firebreak.yaml:2', people },
      ),
      { name: 'service-owner', where: 'firebreak.yaml:4', of: 'owner' },
    ],
  } as unknown as Settings;

  const site = await startSlack(
    mode,
    ({ web, records, log, clock }) => {
      const people = createDirectory(settings, {
        slack: () => Promise.reject(new OutOfReach('Slack does not answer')),
        links: records.links,
        clock,
        log,
      });
      decisions = createDecisionDoor({ records, temporal, clock, log });
      return decidingHandlers({
        records,
        decisions,
        people,
        web,
        source: SOURCE,
        banner: '',
        everybody: NAMES,
        clock,
        log,
      });
    },
    patienceMs === undefined ? {} : { patienceMs },
  );
  const { records, twin, channel, slack } = site;
  for (const name of NAMES) {
    const account = accountOf(name);
    twin.workspace.addUser({ id: account, name });
    twin.workspace.channels.get(channel)?.members.add(account);
    await records.links.put({ source: SOURCE, account, person: name, at: Date.now(), by: 'cli' });
  }
  twin.workspace.addUser({ id: 'U0NIK', name: 'nik' });
  twin.workspace.channels.get(channel)?.members.add('U0NIK');

  const names: Names = { mention: (person) => `<@${accountOf(person)}>`, plain: (person) => person };
  const story = (incident: string): Story => {
    const there = temporal.stories.get(incident);
    if (there === undefined) throw new Error(`no story of ${incident}`);
    return there;
  };

  async function post(incident: string, what: string, of: Partial<Extract<Handle, { of: 'question' }>> = {}) {
    const held = (await loadIncident(records, incident))!;
    const view = incidentView(held, Date.now());
    const handle: Handle =
      what === 'card'
        ? { of: 'incident', incident }
        : {
            of: 'question',
            incident,
            step: what,
            generation: 1,
            digest: held.row.planDigest ?? '',
            kind: what === TASK ? 'task' : 'question',
            ...of,
          };
    const id = await records.handles.give(JSON.stringify(handle), handle, Date.now());
    const asked = view.questions.find((one) => one.id === what)!;
    const draft =
      what === 'card'
        ? card({
            view,
            names,
            handles: { incident: id, questions: new Map() },
            urls: { page: 'https://firebreak.acme.example/p', report: 'https://firebreak.acme.example/r' },
            cards: new Map(),
          })
        : question({ view, question: { ...asked, end: undefined } as never, names, handle: id });
    const { ts } = await slack.web.chat.postMessage({ channel, ...cutToFit(draft).message });
    await records.posts.put({
      incident,
      part: what === 'card' ? 'card' : `question/${questionKey({ id: what, generation: 1 })}`,
      channel,
      message: ts as string,
      digest: '',
      at: Date.now(),
      data: { permalink: `https://acme.slack.com/archives/${channel}/${what}` },
    });
    return ts as string;
  }

  let opened = 0;
  return Object.assign(site, {
    temporal,
    decisions: decisions as unknown as DecisionDoor,
    story,
    post,
    async open() {
      opened += 1;
      const at = Date.now() - 2_000;
      const claim = `aws-access-key:AKIAEXAMPLE${opened}`;
      const alert = {
        v: 1,
        source: 'slack',
        event: 'opened',
        credential: { kind: 'aws-access-key', id: 'AKIAEXAMPLE' },
        exposure: 'internal',
        person: 'leo',
        secret: 'held',
      };
      const { incident } = await records.receive(
        { source: 'slack', key: claim, kind: 'alert', receivedAt: at, body: alert, claims: [claim] },
        { by: 'person:leo', observe: false },
      );
      const plan = { ...planned(), incident };
      await records.incidents.pin(incident, plan, plan.digest, claim);
      await records.incidents.started(incident, at);
      temporal.stories.set(incident, new Story(plan, undefined, { requester: 'person:leo', at }));
      let line = 0;
      const write = (kind: string, step: string, data?: unknown) =>
        records.timeline.append({
          incident,
          at: at + 1,
          kind,
          step,
          generation: 1,
          line: kind,
          key: `${kind}/${step}/${++line}`,
          ...(data === undefined ? {} : { data }),
        });
      await write('identified', '');
      const asks: [string, string[], string[]][] = [
        [CONTAIN, ['security-on-call'], ['sam', 'ana']],
        [REVOKE, ['security-on-call'], ['sam', 'ana']],
        [TASK, ['service-owner'], ['mia']],
      ];
      for (const [step, roles, people] of asks) {
        await write('asked', step, { roles, people, until: at + HOUR / 4, tier: 0 });
      }
      return incident;
    },
    begun: () =>
      [...temporal.stories.values()].flatMap(({ began, calls }) =>
        began.filter((key) => EFFECTS.has(calls.get(key)?.row ?? '')),
      ),
  });
}
