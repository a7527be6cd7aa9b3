import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-log-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('ends nothing when it cannot be written, and is written when it can be again', () => {
  const built = fileURLToPath(new URL('../../dist/worker/', import.meta.url));
  const script = `
    import { execFileSync } from 'node:child_process';
    import { createLog } from '${built}log.js';
    import { processIo } from '${built}cli/io.js';
    const room = (bytes) => execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':unlimited']);
    const [io, log] = [processIo(), createLog()];
    room('0');
    log.info('while the disk is full');
    io.err('while the disk is full');
    setTimeout(() => {
      room('unlimited');
      log.info('when there is room again');
      process.exitCode = 7;
    }, 50);`;
  // prlimit is of Linux; what it stands for is not
  execFileSync('prlimit', ['--version']);
  const file = join(folder, 'log');
  const output = openSync(file, 'w');
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', output],
  });
  closeSync(output);
  expect(status).toBe(7);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['while the disk is full', 'when there is room again']);
});
