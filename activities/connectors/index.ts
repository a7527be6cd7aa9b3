import { awsAccessKey } from './aws-access-key/index.js';
import type { ConnectorPlugin } from './contract.js';

/**
 * Every connector, by the kind of credential it serves: its folder's name, `for:` of a page and the key of its settings.
 * `manual` has none: people do what it says, and a kind that is not here has no code.
 */
export const CONNECTORS = {
  'aws-access-key': awsAccessKey,
} as const satisfies Record<string, ConnectorPlugin>;
