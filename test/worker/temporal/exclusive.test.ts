import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exclusive, tryExclusive, tryShared } from '../../../worker/temporal/exclusive.js';

const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is given to one, or to many who share it', () => {
  const file = join(folder, 'a', 'lock');
  const one = tryShared(file);
  const two = tryShared(file);
  expect(two).toBeDefined();
  expect(tryExclusive(file)).toBeUndefined();
  one?.release();
  expect(tryExclusive(file)).toBeUndefined();
  two?.release();
  const alone = tryExclusive(file);
  expect(alone).toBeDefined();
  expect(tryShared(file)).toBeUndefined();
  expect(tryExclusive(file)).toBeUndefined();
  alone?.release();
  tryExclusive(file)?.release();
});

it('is given back by a process that was killed, and whoever waits is told once', async () => {
  const file = join(folder, 'lock');
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `new (require('libsql'))(${JSON.stringify(file)}).exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => {}, 1000)`,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const told: string[] = [];
  const lock = await exclusive(file, () => {
    told.push('waiting');
    holder.kill('SIGKILL');
  });
  expect(told).toEqual(['waiting']);
  lock.release();
});
