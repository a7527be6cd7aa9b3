// Compiles to dist/ and bundles the workflows once, so that nothing is compiled when an installed package starts.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const entry = join(dist, 'workflows', 'run-playbook.js');
if (existsSync(entry)) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: quiet });
  writeFileSync(join(dist, 'workflow-bundle.js'), code);
}
for (const page of ['playbooks', 'sandbox']) {
  mkdirSync(join(dist, page), { recursive: true });
  cpSync(join(root, page), join(dist, page), {
    recursive: true,
    filter: (file) => !/\.(ts|js|map)$/.test(file),
  });
}
const cli = join(dist, 'worker', 'cli', 'main.js');
if (existsSync(cli)) chmodSync(cli, 0o755);
