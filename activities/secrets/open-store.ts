import { resolve } from 'node:path';
import { z } from 'zod';
import { ConnectorError } from '../connectors/contract.js';
import type { Sealer } from '../seams.js';
import { openEncryptedFile } from './encrypted-file.js';
import { Secret } from './secret.js';
import type { SecretStore } from './store.js';
import { openVault } from './vault.js';

const PLACEHOLDERS = ['environment', 'owner', 'credential.kind', 'credential.name', 'credential.account'] as const;

const path = z
  .string()
  .refine(
    (template) =>
      template.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
      [...template.matchAll(/<([^>]*)>/g)].every(([, name]) =>
        (PLACEHOLDERS as readonly string[]).includes(name ?? ''),
      ),
    `a path of segments and ${PLACEHOLDERS.map((name) => `<${name}>`).join(' ')}`,
  );

/** `secrets` of the settings, references resolved: where new secrets are kept. */
export const SecretsSettings = z
  .strictObject({
    /** Encrypted file, relative to the data folder. */
    file: z.string().min(1).optional(),
    vault: z
      .strictObject({
        address: z.url(),
        token: z.union([z.string().min(1), z.instanceof(Secret)]),
        namespace: z.string().min(1).optional(),
      })
      .optional(),
    /** With Vault, its first segment is the mount of the KV version 2 engine. */
    path: path.default('kv/<environment>/<owner>/<credential.kind>/<credential.name>'),
  })
  .refine(({ file, vault }) => file === undefined || vault === undefined, 'either a file or Vault, not both')
  .refine(
    ({ path, vault }) => vault === undefined || /^[^<]+\//.test(path),
    'with Vault, the path begins with a mount',
  );
export type SecretsSettings = z.infer<typeof SecretsSettings>;

/** Opens the store that settings name; without any, `secrets.json` in the data folder. Opens no connection. */
export function openStore(settings: SecretsSettings, given: { dataFolder: string; sealer: Sealer }): SecretStore {
  const { vault } = settings;
  if (vault === undefined) {
    return openEncryptedFile({
      file: resolve(given.dataFolder, settings.file ?? 'secrets.json'),
      sealer: given.sealer,
    });
  }
  const mount = settings.path.split('/')[0] as string;
  const store = openVault({
    address: vault.address,
    token: typeof vault.token === 'string' ? new Secret(vault.token) : vault.token,
    mount,
    ...(vault.namespace === undefined ? {} : { namespace: vault.namespace }),
  });
  const within = (full: string): string => {
    if (!full.startsWith(`${mount}/`)) throw new ConnectorError('invalid', `${full} is not in Vault's ${mount}`);
    return full.slice(mount.length + 1);
  };
  return {
    title: store.title,
    put: (full, value, replaces) => store.put(within(full), value, replaces),
    get: (full) => store.get(within(full)),
    remove: (full, id) => store.remove(within(full), id),
  };
}

/** Fills a path's placeholders. Values are data: a slash in one, or a `..`, leads nowhere. */
export function secretPath(template: string, values: Record<(typeof PLACEHOLDERS)[number], string>): string {
  return template.replaceAll(/<([^>]*)>/g, (_, name: (typeof PLACEHOLDERS)[number]) => {
    const value = values[name].replaceAll(/[^\w+=,@.-]/g, '-');
    return value === '' || /^\.+$/.test(value) ? 'unknown' : value;
  });
}
