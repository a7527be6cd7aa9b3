import { resolve } from 'node:path';
import type { Sealer } from '../seams.js';
import { openEncryptedFile } from './encrypted-file.js';
import type { Secret } from './secret.js';
import type { SecretStore } from './store.js';
import { openVault } from './vault.js';

/** Where new secrets are kept, as settings say it. */
export interface StoreSettings {
  /** Encrypted file; relative to the data folder. `secrets.json` if neither is set. */
  file?: string;
  /** Wins over the file. */
  vault?: { address: string; token: Secret; mount: string; namespace?: string };
}

/** Opens the store that settings name. Connects and reads nothing yet. */
export function openStore(
  { file = 'secrets.json', vault }: StoreSettings,
  given: { dataFolder: string; sealer: Sealer },
): SecretStore {
  return vault === undefined
    ? openEncryptedFile({ file: resolve(given.dataFolder, file), sealer: given.sealer })
    : openVault(vault);
}
