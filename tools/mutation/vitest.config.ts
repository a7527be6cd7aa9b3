import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { ROOMS } from './rooms.mjs';

// Stryker runs this inside its own copy of the tree. No global set-up: nothing here may need a server or a build.
const room = ROOMS[process.env.FIREBREAK_MUTATE_ROOM ?? ''];
if (room === undefined) throw new Error('FIREBREAK_MUTATE_ROOM names no room of tools/mutation/rooms.mjs');

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: room.tests.filter((pattern) => !pattern.startsWith('!')),
    exclude: room.tests.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    setupFiles: ['tools/mutation/fast-check.ts'],
    testTimeout: 30_000,
    // the tests of a room share nothing that they write to; loading every module anew for each file is most of a mutant's time
    isolate: false,
    env: { TZ: 'UTC', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...room.env },
  },
});
