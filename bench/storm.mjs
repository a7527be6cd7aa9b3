/** `npm run storm`: runs the storm's own sources as they are, as the tests do. */
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const server = await createViteServer({
  configFile: false,
  root: fileURLToPath(new URL('../', import.meta.url)),
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  logLevel: 'error',
});
const { main } = await server.ssrLoadModule('/bench/storm.ts');
process.exitCode = await main(process.argv.slice(2));
await server.close();
