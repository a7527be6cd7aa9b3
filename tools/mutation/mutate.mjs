// npm run mutate -- <room> [--files a.ts,b.ts] [--fresh] [--concurrency n]: changes the room's code piece by piece (Stryker) and says which
// changes no test noticed. docs/once.md says how the figures are read.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOMS } from './rooms.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string' }, fresh: { type: 'boolean' }, concurrency: { type: 'string', default: '1' } },
});
const [room = ''] = positionals;
if (ROOMS[room] === undefined || positionals.length !== 1) {
  console.error(
    `npm run mutate -- <room> [--files a.ts,b.ts] [--fresh] [--concurrency n]\nRooms: ${Object.keys(ROOMS).join(', ')}`,
  );
  process.exit(2);
}

const remembered = join(root, 'reports', 'mutation', room, 'incremental.json');
mkdirSync(dirname(remembered), { recursive: true });
if (values.fresh) rmSync(remembered, { force: true });
else
  tryAgain(
    remembered,
    values.files?.split(',').map((file) => file.replace(/:.*/, '')),
  );

const run = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js'),
    'run',
    'tools/mutation/stryker.config.mjs',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      FIREBREAK_MUTATE_ROOM: room,
      FIREBREAK_MUTATE_CONCURRENCY: values.concurrency,
      ...(values.files === undefined ? {} : { FIREBREAK_MUTATE_FILES: values.files }),
    },
  },
);
process.exit(run.status ?? 1);

/** Forgets what survived: Stryker tries a survivor again only where a test has a new name, so a sharpened test would not count. */
function tryAgain(file, only) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return; // the first run of this room
  }
  for (const [name, source] of Object.entries(report.files)) {
    if (only !== undefined && !only.includes(name)) continue;
    source.mutants = source.mutants.filter(({ status }) => status === 'Killed' || status === 'Timeout');
  }
  writeFileSync(file, JSON.stringify(report));
}
