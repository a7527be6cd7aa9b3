// Compiles to dist/ and bundles the workflows once, so that nothing is compiled when an installed package starts.
// Does nothing when dist/ is what these sources make; swaps a whole new dist/ in otherwise, so that a Firebreak that
// runs from the old one is not left without its files half-way.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ROOMS = ['playbooks', 'workflows', 'activities', 'records', 'worker', 'sandbox'];
const require = createRequire(import.meta.url);

const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
  );
const sources = [
  ...ROOMS.flatMap((room) => filesIn(join(root, room))),
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'tools/build.mjs'].map((file) =>
    join(root, file),
  ),
].filter((file) => existsSync(file));
const hash = createHash('sha256');
for (const file of sources.sort())
  hash
    .update(`${relative(root, file)}\0`)
    .update(readFileSync(file))
    .update('\0');
const stamp = hash.digest('hex');

const dist = join(root, 'dist');
const stampFile = join(dist, 'built-from');
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) process.exit(0);

const fresh = join(root, `dist.${process.pid}`);
try {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', fresh];
  const compiled = spawnSync(process.execPath, [tsc, ...options], { stdio: 'inherit' });
  if (compiled.status !== 0) throw new Error(`tsc ended with ${compiled.status ?? compiled.signal}; see above`);

  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(fresh, 'workflows', 'run-playbook.js'),
    logger: quiet,
  });
  writeFileSync(join(fresh, 'workflow-bundle.js'), code);

  for (const room of ['playbooks', 'sandbox']) {
    mkdirSync(join(fresh, room), { recursive: true });
    cpSync(join(root, room), join(fresh, room), { recursive: true, filter: (file) => !file.endsWith('.ts') });
  }
  chmodSync(join(fresh, 'worker', 'cli', 'main.js'), 0o755);
  writeFileSync(join(fresh, 'built-from'), stamp);

  const old = `${fresh}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
} catch (error) {
  console.error(`build failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
