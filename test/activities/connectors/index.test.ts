import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ConnectorPlugin } from '../../../activities/connectors/contract.js';
import { CONNECTORS } from '../../../activities/connectors/index.js';

const room = join(dirname(fileURLToPath(import.meta.url)), '../../../activities/connectors');

describe('the list of connectors', () => {
  it('has every folder of the room, and nothing else', () => {
    const folders = readdirSync(room, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    for (const folder of folders) {
      expect(Object.keys(CONNECTORS), `add ${folder} to activities/connectors/index.ts`).toContain(folder);
    }
    for (const kind of Object.keys(CONNECTORS)) {
      expect(folders, `${kind} has no folder in activities/connectors; remove it from index.ts`).toContain(kind);
    }
  });

  for (const [kind, plugin] of Object.entries<ConnectorPlugin>(CONNECTORS)) {
    it(`${kind} names itself as its folder, and says what each verb needs and each change asks`, () => {
      expect(plugin.spec.kind).toBe(kind);
      for (const [verb, { class: effect, permissions, question, title }] of Object.entries(plugin.spec.verbs)) {
        expect(permissions, `${kind} ${verb}: permissions`).not.toHaveLength(0);
        if (effect !== 'read') expect(question, `${kind} ${verb}: question`).toMatch(/\?/);
        expect(title, `${kind} ${verb}: title`).toContain('<credential>');
      }
    });
  }
});
