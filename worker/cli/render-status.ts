import type { StepStatus, WaitingStatus } from '../../workflows/core/message.js';
import { clockTime, shortTime } from './short-time.js';
import type { Incident } from './status.js';

/** An incident as one reads it at night: what is, what is asked and how to answer, then the steps. */
export function renderStatus(incident: Incident): string {
  const { live } = incident;
  return [
    headline(incident),
    ...(incident.liveError === null ? [] : [`! ${incident.liveError}`]),
    ...incident.timeline
      .filter(({ kind, line }) => kind === 'closed' && line.startsWith('closed as'))
      .map(({ line }) => `It ${line}.`),
    ...proofs(incident),
    ...held(incident),
    ...waitingLine(incident),
    ...children(incident),
    ...(live?.waiting ?? []).flatMap((waiting) => [
      '',
      ...question(incident.incident, waiting),
      ...made(incident, waiting),
    ]),
    '',
    ...steps(incident),
    '',
    `Opened ${shortTime(incident.openedAt)} by ${incident.openedBy.replace(/^\w+:/, '')}${found(incident)}`,
  ].join('\n');
}

function headline({
  incident,
  credential,
  stage,
  closedAs,
  joinedTo,
  parent,
  observe,
  alerts,
  live,
}: Incident): string {
  const end =
    closedAs === null ? (live?.stage ?? stage) : `closed as ${closedAs}${joinedTo === null ? '' : ` to ${joinedTo}`}`;
  const more = [
    ...(parent === null ? [] : [`found by ${parent}`]),
    ...(observe ? ['observe only'] : []),
    ...(alerts > 1 ? [`${alerts} alerts`] : []),
  ];
  return [incident, credential ?? 'not identified yet', end, ...more].join(' · ');
}

function proofs({ live }: Incident): string[] {
  const seen = (['contained', 'replaced', 'dead'] as const).flatMap((what) => {
    const proof = live?.[what];
    return proof === undefined ? [] : [`${what} ${clockTime(proof.at)} (${proof.grade})`];
  });
  return seen.length === 0 ? [] : [`Proven: ${seen.join(', ')}`];
}

/** Why it is held and what goes on from there. Before there is a plan only the records know why. */
function held({ incident, held: recorded, live }: Incident): string[] {
  if (live !== null && live.steps.length > 0) return live.held.flatMap((why) => heldBy(incident, why, live.steps));
  if (recorded === '') return [];
  const press = live === null ? [] : [`  firebreak retry ${incident} plan`, `  firebreak cancel ${incident} --why "…"`];
  return [`Held: ${recorded}`, ...press];
}

/** The reason begins with the title of the step, or with what became of it. */
function heldBy(incident: string, why: string, steps: StepStatus[]): string[] {
  const over = steps.find(
    ({ kind, state, title, line }) =>
      kind !== 'ask' &&
      OVER.has(state) &&
      (why.startsWith(`${title} `) || (line !== undefined && why.startsWith(`${line};`))),
  );
  if (over !== undefined) {
    const { name } = over;
    return [`Held: ${why}`, `  firebreak retry ${incident} ${name}`, `  firebreak skip ${incident} ${name} --why "…"`];
  }
  return [`Held: ${why}`, ...(why.endsWith('resume goes on') ? [`  firebreak resume ${incident}`] : [])];
}

/** Of children and finds, so many. */
const MOST_SHOWN = 20;

/** How a step may have ended that holds the incident. */
const OVER = new Set<StepStatus['state']>(['failed', 'denied', 'unanswered']);

function waitingLine({ live, waiting, closedAt }: Incident): string[] {
  const text = live?.waitingFor ?? waiting;
  return text === '' || closedAt !== null ? [] : [`Waits: ${text}`];
}

/** What answers for what it found, those first that are not contained yet. */
function children({ children, incident, parents, parent }: Incident): string[] {
  const others = parents.filter((one) => one !== parent);
  const open = (child: Incident['children'][number]) => child.containedAt === null && child.closedAs === null;
  const sorted = [...children].sort((a, b) => Number(open(b)) - Number(open(a)));
  return [
    ...(others.length === 0 ? [] : [`Also found by: ${others.join(', ')}`]),
    ...(sorted.length === 0 ? [] : [`${incident} waits until each of these is contained or closed:`]),
    ...sorted.slice(0, MOST_SHOWN).map((child) => {
      const { incident: id, credential, opened, stage, waiting, held, containedAt, closedAs } = child;
      const state =
        closedAs !== null
          ? `closed as ${closedAs}`
          : containedAt !== null
            ? `contained ${clockTime(containedAt)}`
            : stage;
      const why = open(child) ? held || waiting : '';
      return `  ${[id.padEnd(8), credential, state, ...(opened ? [] : ['live already']), ...(why === '' ? [] : [why])].join('  ')}`;
    }),
    ...(sorted.length > MOST_SHOWN ? [`  and ${sorted.length - MOST_SHOWN} more`] : []),
  ];
}

/** Whoever is asked about what was made reads here what that is. */
function made({ found }: Incident, { id }: WaitingStatus): string[] {
  const what = id.endsWith('.rest') ? 'other' : id.endsWith('.more.ask') ? 'credential' : undefined;
  const listed = found.filter((one) => one.what === what);
  return [
    ...listed.slice(0, MOST_SHOWN).map(({ title, ways }) => `  - ${title} (${ways.join(', ')})`),
    ...(listed.length > MOST_SHOWN ? [`  and ${listed.length - MOST_SHOWN} more: --json, or the report`] : []),
  ];
}

function question(incident: string, asked: WaitingStatus): string[] {
  const needed = Object.entries(asked.places).map(([role, count]) => `${count} of ${role}`);
  const filled = asked.filled.map(({ person, role }) => `${person} as ${role}`);
  const silence = { hold: 'holds', proceed: 'goes ahead', fail: 'fails it' }[asked.onSilence];
  const answers = asked.kind === 'task' ? 'done|no|not-yet' : 'yes|no|not-yet';
  return [
    `${asked.kind === 'task' ? 'To do' : 'Asked'}: ${asked.sentence}`,
    `  needs ${needed.join(' and ')}${filled.length === 0 ? '' : `; has ${filled.join(', ')}`}. Until ${shortTime(asked.until)}; silence ${silence}`,
    `  firebreak decide ${incident} ${answers} ${asked.id}`,
  ];
}

function steps(incident: Incident): string[] {
  const { live, steps: planned } = incident;
  if (live !== null && live.steps.length > 0) return live.steps.filter(({ kind }) => kind !== 'ask').map(stepLine);
  return planned
    .filter(({ kind }) => kind !== 'ask')
    .map((step) => `  ${step.id.padEnd(28)}  ${saidLast(incident, step)}`);
}

/** What the records say last of a step: who did a task, what a proof saw; else how it ended, or what it would be. */
function saidLast({ decisions, timeline }: Incident, { id, kind, title, line }: Incident['steps'][number]): string {
  const by = decisions.findLast(
    ({ step, answer, outcome }) => step === id && answer === 'done' && outcome === 'counted',
  );
  if (kind === 'task' && by !== undefined) return `${by.person} says it is done: ${title}`;
  const looked = timeline.findLast((entry) => entry.kind === 'observation' && entry.step === id);
  if (line !== null) return line;
  return looked === undefined ? `${title}: not done` : `${title}: ${looked.line}`;
}

function stepLine({ id, state, line, title, code, endedAt, generation }: StepStatus): string {
  const at = endedAt === undefined ? ''.padEnd(9) : clockTime(endedAt);
  const again = generation > 1 ? ` (try ${generation})` : '';
  return `  ${state.padEnd(10)}  ${at}  ${id.padEnd(28)}  ${line ?? title}${code === undefined ? '' : ` [${code}]`}${again}`;
}

function found({ reports }: Incident): string {
  const [first] = reports;
  return first === undefined ? '' : `, ${first.exposure}${first.summary === null ? '' : `. ${first.summary}`}`;
}
