import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SettingsError } from '../../../worker/settings/problem.js';
import { secretReference, textReference } from '../../../worker/settings/reference.js';
import type { TemporalSettings } from '../../../worker/settings/settings.js';
import { connectTemporal, type TemporalHome } from '../../../worker/temporal/connect-temporal.js';
import { findCli } from '../../../worker/temporal/find-cli.js';

const around = { env: {}, folder: '/' };
let folder: string;
let embedded: TemporalHome;
beforeAll(async () => {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  folder = mkdtempSync(join(tmpdir(), 'firebreak-connect-'));
  const { path } = await findCli({ env: process.env, say });
  embedded = await connectTemporal({}, folder, { env: { ...process.env, TEMPORAL_CLI_PATH: path }, say });
}, 900_000);
afterAll(async () => {
  await embedded.stop?.();
  rmSync(folder, { recursive: true, force: true });
});

const cluster = (address: string, more: Partial<TemporalSettings> = {}) =>
  connectTemporal(
    { temporal: { address: textReference(address, around), namespace: 'default', ...more } },
    '/nowhere',
    {
      env: {},
      say: () => {},
      deadlineMs: 1500,
    },
  );

describe('connecting to Temporal', () => {
  it('says where nobody answers, and what to check', async () => {
    const failing = cluster('127.0.0.1:1');
    await expect(failing).rejects.toMatchObject({ code: 'not-answering' });
    await expect(failing).rejects.toThrow(
      /^Temporal at 127\.0\.0\.1:1 cannot be reached \(.*\); check temporal\.address, its TLS and its API key\.$/,
    );
  });

  it('says which namespace is missing', async () => {
    await expect(cluster(embedded.address, { namespace: 'acme' })).rejects.toThrow(
      /does not let us into the namespace acme .*; create it, or correct temporal\.namespace\.$/,
    );
  });

  it('names the reference that gives no API key', async () => {
    await expect(cluster(embedded.address, { apiKey: secretReference('env:NO_KEY', around) })).rejects.toThrow(
      SettingsError,
    );
  });

  it('runs a server of its own where settings name none, and leaves a cluster alone', async () => {
    expect(embedded).toMatchObject({ namespace: 'default', embedded: { adopted: false } });
    const home = await cluster(embedded.address);
    expect(home).toMatchObject({ address: embedded.address, namespace: 'default', version: embedded.version });
    expect(home.stop).toBeUndefined();
  });
});
