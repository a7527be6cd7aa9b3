import { demo } from '../demo/demo.js';
import type { Run } from './verbs.js';

/** Runs the demo; exit code 0 only if every line was observed at the providers. */
export const run: Run = ({ options, io }) => {
  // The thief and the service use the SDK in this very process; its notice about Node 20 is not part of the play.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  return demo(io, { yes: options.yes === true, keep: options.keep === true });
};
