import { findCli } from '../worker/temporal/find-cli.js';

/** Gets the Temporal CLI once, before any test, and says what it does: building it takes minutes on a bare machine. */
export async function setup(): Promise<void> {
  // For `npm run check`, whose tests only read files.
  if (process.env.FIREBREAK_TEST_WITHOUT_TEMPORAL === '1') return;
  const cli = await findCli({ env: process.env, say: (line) => console.log(line) });
  console.log(`Temporal CLI ${cli.version} (server ${cli.server}) by ${cli.from}`);
  process.env.TEMPORAL_CLI_PATH = cli.path;
}
