// Compiles the benchmarks, with what they use of the rooms, into dist.bench/ and runs them: `npm run bench -- --help`.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const run = (file, args) => spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' }).status ?? 1;

rmSync(join(root, 'dist.bench'), { recursive: true, force: true });
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
process.exitCode =
  run(tsc, ['-p', 'tsconfig.bench.json']) || run(join(root, 'dist.bench', 'bench', 'main.js'), process.argv.slice(2));
