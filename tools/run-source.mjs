/**
 * Runs a module of these sources as it is, as the tests do: `node tools/run-source.mjs bench/main.ts ARG ...`. Its
 * `main(args)` resolves with the exit code.
 */
import { openSourceServer } from './source-server.mjs';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const [module, ...args] = process.argv.slice(2);
const server = await openSourceServer();
const { main } = await server.ssrLoadModule(`/${module}`);
process.exitCode = await main(args);
await server.close();
