/**
 * Runs a module of these sources as it is, as the tests do: `node tools/run-source.mjs bench/main.ts ARG ...`. Its
 * `main(args)` resolves with the exit code.
 */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const [module, ...args] = process.argv.slice(2);
const server = await createViteServer({
  configFile: false,
  root: fileURLToPath(new URL('../', import.meta.url)),
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  logLevel: 'error',
});
const { main } = await server.ssrLoadModule(`/${module}`);
process.exitCode = await main(args);
await server.close();
