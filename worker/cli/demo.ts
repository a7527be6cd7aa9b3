import { demo } from '../demo/demo.js';
import { howToConnect, manifest, workspaceOf } from '../demo/workspace.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import type { Run } from './verbs.js';

/** Runs the demo; exit code 0 only if every line was observed at the providers. */
export const run: Run = ({ options, io }) => {
  // The thief and the service use the SDK in this very process; its notice about Node 20 is not part of the play.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const said = { yes: options.yes === true, keep: options.keep === true };
  if (options.slack !== true) return demo(io, said);
  const workspace = workspaceOf(io.env);
  if (!('missing' in workspace)) return demo(io, { ...said, workspace });
  io.out(manifest());
  throw new CliError(EXIT_CODES.usage, howToConnect(workspace.missing));
};
