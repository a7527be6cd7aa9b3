/** Documents that are made from data in the code: `npm run generate` writes them, `npm run check` compares them. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONNECTORS } from '../activities/connectors/index.js';
import { playbookSchema } from '../playbooks/language/schema.js';
import { HOUSE_VERBS } from '../playbooks/language/verbs.js';
import { METRICS, METRICS_TO_WATCH } from './api/metrics.js';
import { openApiDocument } from './api/openapi.js';
import { createApp, type ServerDoors } from './api/server.js';
import { EXIT_CODE_LINES } from './cli/exit-codes.js';
import { ENVIRONMENT, GLOBAL_OPTIONS, GROUPS, VERBS, type Verb } from './cli/verbs.js';
import { catalogue } from './house.js';
import { APP_SCOPES, BOT_SCOPES, COMMANDS, EVENTS, INTERACTIVITY, SHORTCUT_TITLES } from './slack/surface.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Path in the repository to its whole text. */
export async function generatedDocs(): Promise<Record<string, string>> {
  return {
    'docs/playbook.schema.json': json(playbookSchema(catalogue)),
    'docs/openapi.json': json(await openApiDocument(createApp(withoutDoors()))),
    'docs/cli.md': cli(),
    'docs/connectors.md': connectors(),
    'docs/metrics.md': metrics(),
    'docs/slack.md': withPart('docs/slack.md', 'surface', slackSurface()),
  };
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The document is made of routes alone; nobody knocks at these doors. */
function withoutDoors(): ServerDoors {
  return {
    metrics: { intakeAnswered() {}, decided() {}, told() {}, text: async () => '' },
    settings: { publicUrl: '', tokens: [], sources: {}, playbooks: [] },
  } as unknown as ServerDoors;
}

const MADE = '<!-- Made by `npm run generate` from the code; edit that. -->';

/** A page that people write, with one part that is made: what stands between `<!-- made: name -->` and `<!-- /made -->`. */
function withPart(path: string, name: string, lines: string[]): string {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const [begin, end] = [`<!-- made: ${name} -->\n`, '<!-- /made -->'];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has no part "${name}"`);
  return `${text.slice(0, from + begin.length)}\n${lines.join('\n')}\n\n${text.slice(to)}`;
}

function slackSurface(): string[] {
  const rows = [
    ...BOT_SCOPES.map(({ name, why }) => ['scope', name, why]),
    ...APP_SCOPES.map(({ name, why }) => ['scope of the app-level token', name, why]),
    ...EVENTS.map(({ name, why }) => ['event', name, why]),
    ...COMMANDS.map(({ name, why }) => ['command', name, why]),
    ...SHORTCUT_TITLES.map(({ type, title, why }) => [
      type === 'message' ? 'message shortcut' : 'shortcut',
      title,
      why,
    ]),
    ['switch', INTERACTIVITY.name, INTERACTIVITY.why],
  ];
  return [
    '| what | name | why |',
    '|---|---|---|',
    ...rows.map(([what, name, why]) => `| ${what} | \`${name}\` | ${cell(why ?? '')} |`),
  ];
}

function cli(): string {
  return [
    MADE,
    '# The command line',
    '',
    'Every verb takes `--help` and `--json`.',
    '',
    '| option | meaning |',
    '|---|---|',
    ...GLOBAL_OPTIONS.map(({ flags, summary }) => `| \`${flags}\` | ${cell(summary)} |`),
    '',
    '| environment | meaning |',
    '|---|---|',
    ...ENVIRONMENT.map(([name, summary]) => `| \`${name}\` | ${cell(summary)} |`),
    '',
    '| exit code | meaning |',
    '|---|---|',
    ...Object.entries(EXIT_CODE_LINES).map(([code, line]) => `| ${code} | ${cell(line)} |`),
    '',
    ...GROUPS.flatMap((group) => [
      `## ${group}`,
      '',
      ...VERBS.filter((verb) => verb.group === group).flatMap(verbSection),
    ]),
  ].join('\n');
}

function metrics(): string {
  return [
    MADE,
    '# Metrics',
    '',
    '`GET /metrics` (with a token of the API) answers in the format of Prometheus. Counters and histograms are of this',
    'process since it started; gauges are read from the records when asked. No label names an incident or a person.',
    '',
    '| metric | labels | what it says |',
    '|---|---|---|',
    ...Object.entries(METRICS).map(
      ([name, { labels, help }]) =>
        `| \`${name}\` | ${labels.map((label) => `\`${label}\``).join(' ')} | ${cell(help)} |`,
    ),
    '',
    ...METRICS_TO_WATCH,
    '',
  ].join('\n');
}

function verbSection(verb: Verb): string[] {
  const usage = [
    'firebreak',
    verb.name,
    ...verb.arguments.map(({ name, required, many }) => (required ? `<${name}>` : `[${name}]`) + (many ? '...' : '')),
  ].join(' ');
  return [
    `### \`${usage}\``,
    '',
    [verb.summary, verb.description].filter(Boolean).join(' '),
    '',
    ...[
      ...verb.arguments.map(({ name, summary }) => [`<${name}>`, summary]),
      ...verb.options.map(({ flags, summary }) => [flags, summary]),
    ].map(([name, summary]) => `- \`${name}\`: ${summary}`),
    '',
    ...verb.examples.map((example) => `    firebreak ${example}`),
    '',
  ];
}

function connectors(): string {
  return [
    MADE,
    '# Connectors',
    '',
    ...Object.values(CONNECTORS).flatMap(({ spec, permissions }) => [
      `## ${spec.title} (\`${spec.kind}\`)`,
      '',
      '| verb | class | undo | permissions | does not stop |',
      '|---|---|---|---|---|',
      ...Object.entries(spec.verbs).map(
        ([verb, { class: effect, undo, permissions: needed = [], doesNotStop = [] }]) =>
          `| \`${verb}\` | ${effect} | ${undo ?? 'none'} | ${needed.map((name) => `\`${name}\``).join(' ')} | ${cell(doesNotStop.join('; '))} |`,
      ),
      '',
      `Proofs: ${spec.proofs.map((proof) => `\`${proof}\``).join(', ')}.`,
      '',
      `To identify and prove it needs ${permissions.map((name) => `\`${name}\``).join(' ')}.`,
      '',
    ]),
    '## Every kind',
    '',
    '| verb | class | undo |',
    '|---|---|---|',
    ...Object.entries(HOUSE_VERBS).map(
      ([verb, { class: effect, undo }]) => `| \`${verb}\` | ${effect} | ${undo ?? 'none'} |`,
    ),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
