import { ROOMS } from './rooms.mjs';

// One configuration for every room; `npm run mutate -- <room>` (tools/mutation/mutate.mjs) names the room.
const name = process.env.FIREBREAK_MUTATE_ROOM ?? '';
const room = ROOMS[name];
if (room === undefined) throw new Error('FIREBREAK_MUTATE_ROOM names no room of tools/mutation/rooms.mjs');
const files = process.env.FIREBREAK_MUTATE_FILES?.split(',');
const reports = `reports/mutation/${name}`;

export default {
  packageManager: 'npm',
  plugins: ['@stryker-mutator/vitest-runner', './tools/mutation/sentences.mjs'],
  testRunner: 'vitest',
  vitest: { configFile: 'tools/mutation/vitest.config.ts', related: false },
  mutate: files ?? room.mutate,
  ignorers: ['sentences'],
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env.FIREBREAK_MUTATE_CONCURRENCY ?? 1),
  timeoutMS: 10_000,
  incremental: true,
  incrementalFile: `${reports}/incremental.json`,
  tempDirName: `.stryker-tmp/${name}`,
  ignorePatterns: ['dist', 'dist.*', 'reports', '.stryker-tmp', 'bench', '.firebreak', 'coverage'],
  // Stryker would read it with TypeScript's old API, which 7 no longer has; vitest checks no types.
  tsconfigFile: 'tools/mutation/none.json',
  disableTypeChecks: false,
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  clearTextReporter: { reportTests: false, allowColor: false, logTests: false, reportScoreTable: true },
  htmlReporter: { fileName: `${reports}/index.html` },
  jsonReporter: { fileName: `${reports}/mutation.json` },
  // Below this the command fails.
  thresholds: { high: 95, low: 90, break: 85 },
};
