/** Every verb of the command line, as data: help texts, completion and docs are made of this. Imports nothing that takes time. */
import { EXIT_CODES, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';

export interface VerbArgument {
  name: string;
  summary: string;
  required: boolean;
  /** Takes all that is left; only the last argument may. */
  many?: boolean;
  choices?: readonly string[];
}

export interface VerbOption {
  /** `--why <text>`; a value in `<>` must follow the option, without one it is yes or no. `--dry-run` arrives as `dryRun`. */
  flags: string;
  summary: string;
  choices?: readonly string[];
  default?: string;
  /** The verb makes no sense without it. */
  required?: boolean;
}

export interface Verb {
  /** Also the file: `false-alarm` is `worker/cli/false-alarm.ts`. */
  name: string;
  group: (typeof GROUPS)[number];
  summary: string;
  /** A paragraph for its own help, beyond the summary. */
  description?: string;
  arguments: readonly VerbArgument[];
  options: readonly VerbOption[];
  /** Command lines that work, without `firebreak`. */
  examples: readonly string[];
  exitCodes: readonly ExitCode[];
}

/** Values of options by camel-case name. The global ones are always there (see `GlobalOptions`). */
export interface Options extends GlobalOptions {
  [name: string]: string | boolean | undefined;
}

/** Options of every verb, defaults and environment applied; paths are absolute. */
export interface GlobalOptions {
  settings: string;
  data: string;
  url: string;
  json: boolean;
}

export interface VerbContext {
  /** In the order of the command line; optional ones that were not given are absent. */
  args: string[];
  options: Options;
  io: Io;
}

/** What each verb's file exports. Resolves to the exit code; throws CliError for an end with a sentence. */
export type Run = (context: VerbContext) => Promise<number>;

export const GROUPS = ['Run', 'Respond', 'Decide and steer', 'Playbooks', 'Evidence and access'] as const;

export const GLOBAL_OPTIONS = [
  {
    flags: '--settings <file>',
    summary: 'settings file (FIREBREAK_SETTINGS; else firebreak.yaml in this folder)',
  },
  {
    flags: '--data <folder>',
    summary: 'data folder (FIREBREAK_DATA; else firebreak in the XDG data folder of the user)',
  },
  { flags: '--url <address>', summary: 'where Firebreak listens (FIREBREAK_URL; else http://127.0.0.1:8080)' },
  { flags: '--json', summary: 'machine-readable output' },
] as const satisfies readonly VerbOption[];

/** What a verb reads of the environment, for the help text. */
export const ENVIRONMENT = [
  ['FIREBREAK_TOKEN', 'bearer token of the person who asks; made by `firebreak token`'],
  ['FIREBREAK_DEBUG=1', 'shows stacks and causes of errors'],
  ['TEMPORAL_CLI_PATH', 'the Temporal CLI to run, instead of looking for one'],
  ['FIREBREAK_TEMPORAL_DOWNLOAD', 'mirror of https://temporal.download/cli/archive for that CLI'],
  ['NO_COLOR=1', 'no colours'],
] as const;

const incident: VerbArgument = { name: 'incident', summary: 'its number, INC-142', required: true };
const step: VerbArgument = { name: 'step', summary: 'step of the plan, as `status` shows it', required: true };
const why: VerbOption = { flags: '--why <text>', summary: 'reason, for card and report', required: true };
const pages: VerbArgument = {
  name: 'pages',
  summary: 'files or folders; else the playbooks of the settings',
  required: false,
  many: true,
};
const EXPOSURES = ['public', 'internal', 'unknown'] as const;
const { ok, failed, usage, unreachable, refused } = EXIT_CODES;
const client = [ok, usage, unreachable, refused] as const;

export const VERBS: readonly Verb[] = [
  {
    name: 'start',
    group: 'Run',
    summary: 'Serve alerts, people and incidents until stopped.',
    description:
      'Runs the worker, the HTTP interface and, unless the settings name a cluster, a Temporal server of its own. Ctrl-C lets begun changes end; after a crash it goes on where it was.',
    arguments: [],
    options: [
      {
        flags: '--sandbox',
        summary: 'with stand-ins of AWS, GitHub and mail; every card and report then says SANDBOX',
      },
      { flags: '--temporal-ui <port>', summary: 'also serve the Temporal web page on this port of the loopback' },
    ],
    examples: ['start', 'start --settings /etc/firebreak/firebreak.yaml --data /var/lib/firebreak'],
    exitCodes: [ok, failed, usage, unreachable],
  },
  {
    name: 'demo',
    group: 'Run',
    summary: 'See a leaked key contained, replaced and proven dead, in a sandbox on this machine.',
    description: 'Needs no account. Ends with 0 only if every line of it was observed at the providers.',
    arguments: [],
    options: [
      { flags: '--yes', summary: 'answer as two named people instead of asking' },
      {
        flags: '--keep',
        summary: 'leave everything running, with the addresses of the Temporal page and the interface',
      },
      {
        flags: '--slack',
        summary:
          'ask in a real workspace (SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_WORKSPACE, SLACK_CHANNEL); says what is missing, with the manifest',
      },
    ],
    examples: ['demo', 'demo --yes', 'demo --keep', 'demo --slack'],
    exitCodes: [ok, failed, usage],
  },
  {
    name: 'open',
    group: 'Respond',
    summary: 'Report a leaked credential; opens an incident or joins the live one.',
    description:
      'The secret itself is taken on standard input only, sealed at once and never shown; with it, death is proven by trying it.',
    arguments: [
      { name: 'kind', summary: 'kind of credential, aws-access-key; may be left out before AKIA…', required: true },
      { name: 'id', summary: 'its id, never its secret: AKIA…', required: false },
    ],
    options: [
      { flags: '--account <id>', summary: "the provider's account, if known" },
      { flags: '--exposure <where>', summary: 'who could have seen it', choices: EXPOSURES, default: 'unknown' },
      { flags: '--since <time>', summary: 'exposed since, ISO 8601; else now' },
      { flags: '--why <text>', summary: 'where it was found, for card and report' },
      { flags: '--playbook <name>', summary: 'another page than the one of its kind' },
      { flags: '--observe', summary: 'look and tell only, change nothing' },
      { flags: '--secret-stdin', summary: 'read the secret from standard input and seal it' },
    ],
    examples: [
      'open aws-access-key AKIAIOSFODNN7EXAMPLE --exposure public --why "pasted in a chat"',
      'open aws-access-key AKIAIOSFODNN7EXAMPLE --secret-stdin < leaked.txt',
    ],
    exitCodes: client,
  },
  {
    name: 'list',
    group: 'Respond',
    summary: 'Incidents, newest first, and what each waits for.',
    arguments: [],
    options: [
      { flags: '--all', summary: 'closed ones too' },
      { flags: '--limit <count>', summary: 'at most so many', default: '50' },
    ],
    examples: ['list', 'list --all --json'],
    exitCodes: client,
  },
  {
    name: 'status',
    group: 'Respond',
    summary: 'Where an incident stands: steps, proofs, open questions.',
    arguments: [incident],
    options: [{ flags: '--watch', summary: 'show it again whenever it changes, until it closes' }],
    examples: ['status INC-142', 'status INC-142 --watch', 'status INC-142 --json'],
    exitCodes: client,
  },
  {
    name: 'decide',
    group: 'Decide and steer',
    summary: 'Answer a question, or say that a task is done.',
    arguments: [
      incident,
      {
        name: 'answer',
        summary: 'yes (to a question), done (of a task), no or not-yet (to both)',
        required: true,
        choices: ['yes', 'no', 'not-yet', 'done'],
      },
      {
        ...step,
        summary: 'question or task, as `status` shows it; may be left out when only one is open',
        required: false,
      },
    ],
    options: [
      { flags: '--why <text>', summary: 'reason; needed for a no' },
      { flags: '--minutes <count>', summary: 'not-yet: ask again after', choices: ['10', '30', '60'] },
      { flags: '--digest <sha256>', summary: 'the plan that you saw; the answer counts only for this one' },
    ],
    examples: [
      'decide INC-142 yes',
      'decide INC-142 no revoke --why "check with trading first"',
      'decide INC-142 done look --why "three uses from 203.0.113.7"',
    ],
    exitCodes: client,
  },
  {
    name: 'hold',
    group: 'Decide and steer',
    summary: 'Start nothing new; what has begun ends, nothing is undone.',
    arguments: [incident, { name: 'time', summary: 'for how long, 30m; else until resumed', required: false }],
    options: [{ ...why, required: false }],
    examples: ['hold INC-142', 'hold INC-142 30m'],
    exitCodes: client,
  },
  {
    name: 'resume',
    group: 'Decide and steer',
    summary: 'Go on after a hold, or where it was when its workflow was ended in Temporal.',
    arguments: [incident],
    options: [],
    examples: ['resume INC-142'],
    exitCodes: client,
  },
  {
    name: 'retry',
    group: 'Decide and steer',
    summary: 'Run a failed, denied, unanswered or skipped step again; earlier answers are void.',
    arguments: [incident, step],
    options: [],
    examples: ['retry INC-142 rotate'],
    exitCodes: client,
  },
  {
    name: 'skip',
    group: 'Decide and steer',
    summary: 'Leave a step out, with a reason.',
    arguments: [incident, step],
    options: [why],
    examples: ['skip INC-142 open_ticket --why "tracker is down"'],
    exitCodes: client,
  },
  {
    name: 'false-alarm',
    group: 'Decide and steer',
    summary: 'It was none: bring the credential back to what it was before us.',
    arguments: [incident],
    options: [
      { ...why, required: false },
      { flags: '--yes', summary: 'do not ask; needed without a terminal' },
    ],
    examples: ['false-alarm INC-142 --why "a test key"'],
    exitCodes: client,
  },
  {
    name: 'note',
    group: 'Decide and steer',
    summary: 'Write a line into the timeline.',
    arguments: [incident, { name: 'text', summary: 'one line; never a secret', required: true }],
    options: [],
    examples: ['note INC-142 "trading was told"'],
    exitCodes: client,
  },
  {
    name: 'take',
    group: 'Decide and steer',
    summary: 'Become the lead of an incident.',
    arguments: [incident],
    options: [],
    examples: ['take INC-142'],
    exitCodes: client,
  },
  {
    name: 'cancel',
    group: 'Decide and steer',
    summary: 'Stop; begun changes end, nothing is undone, the report says what stays.',
    arguments: [incident],
    options: [why],
    examples: ['cancel INC-142 --why "handled by the provider"'],
    exitCodes: client,
  },
  {
    name: 'close',
    group: 'Decide and steer',
    summary: 'Close once containment is proven; the rest is skipped.',
    arguments: [incident],
    options: [why],
    examples: ['close INC-142 --why "the key is kept for evidence"'],
    exitCodes: client,
  },
  {
    name: 'lint',
    group: 'Playbooks',
    summary: 'Read playbooks and settings and report every mistake with its fix.',
    description: 'Warnings alone end with 0. `-` reads a page from standard input.',
    arguments: [pages],
    options: [{ flags: '--schema', summary: 'print the JSON Schema of a page, for editors' }],
    examples: ['lint', 'lint playbooks/aws-access-key.yaml', 'lint --schema > playbook.schema.json'],
    exitCodes: [ok, failed, usage],
  },
  {
    name: 'plan',
    group: 'Playbooks',
    summary: 'Show what a playbook would do to a credential: facts, order, gates and why. Changes nothing.',
    arguments: [
      { name: 'playbook', summary: 'name of the page, or its file', required: true },
      { name: 'credential', summary: 'its id', required: true },
    ],
    options: [
      { flags: '--account <id>', summary: "the provider's account, if known" },
      { flags: '--exposure <where>', summary: 'who could have seen it', choices: EXPOSURES, default: 'unknown' },
      { flags: '--offline', summary: 'ask no provider; what it would say is bound as unknown' },
    ],
    examples: [
      'plan aws-access-key AKIA2EXAMPLEKEYAAAAA --exposure public',
      'plan drafts/aws-access-key.yaml AKIA2EXAMPLEKEYAAAAA --offline',
    ],
    exitCodes: [ok, failed, usage, unreachable],
  },
  {
    name: 'test',
    group: 'Playbooks',
    summary: 'Run the cases at the bottom of playbooks, in virtual time.',
    description:
      'On the real engine, connectors and records against stand-ins of the providers in this process; no account and no Temporal is needed. With settings, under their roles, people, gates and office hours.',
    arguments: [pages],
    options: [{ flags: '--case <text>', summary: 'only cases whose name contains this' }],
    examples: ['test', 'test playbooks/aws-access-key.yaml --case silence'],
    exitCodes: [ok, failed, usage],
  },
  {
    name: 'audit',
    group: 'Evidence and access',
    summary: 'Rebuild a report from the records alone, or verify their hash chain.',
    arguments: [{ name: 'what', summary: 'INC-142, or verify', required: true }],
    options: [
      {
        flags: '--format <form>',
        summary: 'form of the report',
        choices: ['markdown', 'json', 'html'],
        default: 'markdown',
      },
      { flags: '--out <file>', summary: 'write it there instead of showing it' },
    ],
    examples: ['audit INC-142', 'audit INC-142 --format html --out INC-142.html', 'audit verify'],
    exitCodes: [ok, failed, usage],
  },
  {
    name: 'who',
    group: 'Evidence and access',
    summary: 'Who holds a role right now, by which source.',
    description: 'Reads lists, Slack groups and PagerDuty schedules itself, with the secrets of the settings.',
    arguments: [{ name: 'role', summary: 'as in the settings; else every role', required: false }],
    options: [
      { flags: '--incident <number>', summary: 'for the owner of its credential' },
      { flags: '--owner <team>', summary: 'for what this team owns; else for an owner whom nobody knows' },
    ],
    examples: [
      'who',
      'who security-on-call',
      'who service-owner --owner payments',
      'who service-owner --incident INC-142',
    ],
    exitCodes: [ok, failed, usage, unreachable],
  },
  {
    name: 'doctor',
    group: 'Evidence and access',
    summary: 'Say who could answer each gate now, which nobody could, and what does not work.',
    description:
      'Looks at people, Slack, PagerDuty, mail, records and Temporal, and changes nothing. Ends with 1 if a gate could be answered by nobody.',
    arguments: [],
    options: [],
    examples: ['doctor', 'doctor --json'],
    exitCodes: [ok, failed, usage, unreachable],
  },
  {
    name: 'link',
    group: 'Evidence and access',
    summary: 'Confirm which Slack account is yours, end a link, or show all.',
    arguments: [{ name: 'code', summary: 'as Slack told it after "Link your account"', required: false }],
    options: [
      { flags: '--account <id>', summary: 'the Slack account that is yours, instead of the question on the terminal' },
      { flags: '--remove <person>', summary: 'end the link of this person: your own, or as security-on-call' },
    ],
    examples: [
      'link',
      'link 6mFpV3nq0xS1b9LrT2yZdA',
      'link 6mFpV3nq0xS1b9LrT2yZdA --account U0SAM',
      'link --remove sam',
    ],
    exitCodes: client,
  },
  {
    name: 'token',
    group: 'Evidence and access',
    summary: 'Make a bearer token for a person; only its hash goes into the settings.',
    arguments: [{ name: 'person', summary: 'as in the settings', required: true }],
    options: [
      { flags: '--id <name>', summary: 'how logs and settings call it; else made from the person' },
      { flags: '--roles <list>', summary: 'only these roles of the person, with commas between' },
    ],
    examples: ['token sam', 'token sam --id sam-laptop --roles responder'],
    exitCodes: [ok, usage],
  },
];
