import { existsSync } from 'node:fs';
import { PEOPLE } from '../../sandbox/company.js';
import { linkPeople } from '../demo/link-people.js';
import { JOIN_SANDBOX, startTwins, type Twins } from '../demo/twins.js';
import { HouseError } from '../house.js';
import { createLog } from '../log.js';
import { serve } from '../serve.js';
import { loadSettings } from '../settings/load-settings.js';
import { formatSettingsProblems } from '../settings/problem.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import type { Run } from './verbs.js';

/** Serves until it is told to stop: the first Ctrl-C drains, the second one leaves at once. */
export const run: Run = async ({ options, io }) => {
  // From the first moment on: what starts beside us must not outlive us.
  const stopped = toldToStop();
  const twins = options.sandbox === true ? await startTwins(io) : undefined;
  try {
    return await serveUntilStopped(options, io, twins, stopped);
  } finally {
    await twins?.stop();
  }
};

async function serveUntilStopped(
  options: Parameters<Run>[0]['options'],
  io: Parameters<Run>[0]['io'],
  twins: Twins | undefined,
  stopped: Promise<void>,
): Promise<number> {
  const file = twins?.settings ?? options.settings;
  const env = { ...io.env, ...twins?.env };
  if (!existsSync(file)) {
    throw new CliError(
      EXIT_CODES.usage,
      `There are no settings at ${file}. Write them (docs/settings.md, sandbox/firebreak.yaml is an example), name them with --settings, or see Firebreak work without any: firebreak demo.`,
    );
  }
  const { settings, problems } = loadSettings(file, env);
  if (problems.length > 0) io.err(formatSettingsProblems(problems));
  if (settings === undefined) return EXIT_CODES.usage;

  const ui = options.temporalUi === undefined ? undefined : Number(options.temporalUi);
  if (ui !== undefined && !(Number.isInteger(ui) && ui > 0 && ui < 65_536)) {
    throw new CliError(EXIT_CODES.usage, `--temporal-ui takes a port, 1 to 65535, not ${options.temporalUi}.`);
  }
  const serving = await serve({
    settings,
    data: options.data,
    env,
    banner: twins === undefined ? '' : 'SANDBOX',
    log: createLog({ level: io.env.FIREBREAK_DEBUG ? 'debug' : 'info' }),
    say: (line) => io.err(line),
    ...(ui === undefined ? {} : { temporalUi: ui }),
    stopped,
  }).catch((error: unknown) => {
    if (error instanceof HouseError) throw new CliError(EXIT_CODES.usage, error.message, { cause: error });
    throw error;
  });
  if (serving === undefined) return EXIT_CODES.ok;
  if (twins !== undefined && io.env[JOIN_SANDBOX] === undefined) void linkInSandbox(twins, serving.url, io);
  io.out(
    options.json
      ? JSON.stringify({
          url: serving.url,
          temporal: {
            address: serving.temporal.address,
            version: serving.temporal.version,
            ui: serving.temporal.uiUrl,
          },
        })
      : `Firebreak serves at ${serving.url}. Temporal ${serving.temporal.version} at ${serving.temporal.address}${serving.temporal.uiUrl === undefined ? '' : `, its page at ${serving.temporal.uiUrl}`}. Data in ${options.data}. Ctrl-C ends it.`,
  );
  try {
    await Promise.race([stopped, serving.died]);
    io.err('Ending: changes that have begun end first (at most a minute). Ctrl-C again leaves at once.');
    process.once('SIGINT', () => process.exit(EXIT_CODES.failed));
    return EXIT_CODES.ok;
  } finally {
    await serving.stop();
  }
}

/** What the sandbox's people would do once, done for them: they say in Slack who they are, and confirm it with their tokens. */
async function linkInSandbox(twins: Twins, url: string, io: Parameters<Run>[0]['io']): Promise<void> {
  const { page } = twins.addresses.slack;
  const linked = await linkPeople({ slack: twins.slack, url, tokens: twins.addresses.people }, PEOPLE);
  io.err(
    `Slack of the sandbox is at ${page} (type /firebreak there). Linked for you: ${linked.join(', ') || 'nobody'}; each said so in Slack and confirmed it with an API token of their own.`,
  );
}

function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
