import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

/** The project's own folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** What loads modules of these sources as they are; close it. `more`: of Vite's own options. */
export function openSourceServer(more = {}) {
  return createViteServer({
    configFile: false,
    root,
    server: { middlewareMode: true, hmr: false, watch: null, ws: false },
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    logLevel: 'error',
    ...more,
  });
}
