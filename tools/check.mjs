// npm run check: types, lint and format, arrows, generated files fresh. Each line says what runs; all run, then it fails once.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const CHECKS = [
  { what: 'types', command: [bin('tsc'), '-p', 'tsconfig.json', '--noEmit'] },
  { what: 'lint and format', command: [bin('biome'), 'check', '--error-on-warnings', '.'] },
  { what: 'arrows', command: [bin('vitest'), 'run', 'test/arrows.test.ts', '--reporter=dot'] },
  { what: 'generated files fresh', command: [process.execPath, join('tools', 'generate.mjs'), '--check'] },
];

const failed = CHECKS.filter(({ what, command: [program, ...args] }) => {
  console.log(`check: ${what}`);
  const env = { ...process.env, FIREBREAK_TEST_WITHOUT_TEMPORAL: '1' };
  return spawnSync(program, args, { cwd: root, env, stdio: 'inherit' }).status !== 0;
});
if (failed.length > 0) {
  console.error(`check failed: ${failed.map(({ what }) => what).join(', ')}`);
  process.exit(1);
}
console.log('check: all good');
