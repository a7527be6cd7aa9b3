/** Intake alone, over real records and without a server: what its limits and clocks decide, to the millisecond. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import { createSealer } from '../../../activities/secrets/seal.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { openRecords } from '../../../records/open-records.js';
import { githubSource } from '../../../worker/intake/github.js';
import { intakeRoutes } from '../../../worker/intake/routes.js';
import { standardSource } from '../../../worker/intake/standard.js';
import { createStormWatch } from '../../../worker/intake/storm-watch.js';
import { createLog } from '../../../worker/log.js';
import { GITHUB_SECRET, STANDARD_SECRET } from '../api/start-firebreak.js';

export async function openIntake(limits = { alerts: 1_000, withinMs: 60_000 }) {
  const folder = await mkdtemp(join(tmpdir(), 'firebreak-intake-'));
  const records = await openRecords({ file: join(folder, 'records.db'), durable: false });
  const clock = { at: Date.parse('2026-11-24T03:11:00Z'), now: () => clock.at };
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    destination: new Writable({
      write(chunk, _, done) {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  });
  const woken: number[] = [];
  const answers: { source: string; result: string; status: number; tookMs: number }[] = [];
  const doors = {
    records,
    sealer: createSealer({ keys: [{ id: 'test', key: randomBytes(32) }] }),
    clock,
    log,
    wake: () => woken.push(clock.at),
  };
  const storm = createStormWatch(doors, limits);
  const hooks: Hono = intakeRoutes({
    ...doors,
    storm,
    sources: [githubSource([new Secret(GITHUB_SECRET)]), standardSource([new Secret(STANDARD_SECRET)])],
    incidentUrl: (incident) => `https://firebreak.example/${incident}`,
    answered: (source, result, status, tookMs) => answers.push({ source, result, status, tookMs }),
  });
  onTestFinished(async () => {
    await storm.idle();
    await records.close();
    await rm(folder, { recursive: true });
  });
  return { ...doors, storm, hooks, lines, woken, answers };
}
