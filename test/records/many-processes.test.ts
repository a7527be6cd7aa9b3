import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../records/open-records.js';
import { decision } from './describe-records.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'firebreak-processes-'));
// beside the installed packages, so that the compiled program finds them
const out = join(root, 'node_modules', '.cache', `writer-process-${process.pid}`);
const children = new Set<ChildProcess>();

interface Line {
  id: number;
  incident: string;
  joined: boolean;
  key: string;
}

beforeAll(() => {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }');
  const tsconfig = join(out, 'tsconfig.json');
  writeFileSync(
    tsconfig,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { outDir: out, rootDir: root, sourceMap: false, typeRoots: [join(root, 'node_modules/@types')] },
      include: [],
      files: [join(root, 'test/records/writer-process.ts')],
    }),
  );
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', tsconfig], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the writer does not compile: ${stdout}`);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(out, { recursive: true });
  rmSync(folder, { recursive: true });
});

/** Starts a writer; `lines` fills with what it has committed. */
function startWriter(file: string, name: string, deliveries: number, credentials: number) {
  const program = join(out, 'test/records/writer-process.js');
  const child = spawn(process.execPath, [program, file, name, `${deliveries}`, `${credentials}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: Line[] = [];
  const reader = createInterface({ input: child.stdout });
  const committed = (count: number) =>
    new Promise<void>((done, failed) => {
      reader.on('line', () => lines.length >= count && done());
      child.once('exit', (code) => failed(new Error(`${name} ended with ${code} after ${lines.length} deliveries`)));
    });
  reader.on('line', (line) => lines.push(JSON.parse(line)));
  return { child, lines, committed, ended: once(child, 'exit') };
}

describe('records of several processes', () => {
  it('opens one incident per credential and loses no delivery when four processes take them at once', async () => {
    const file = join(folder, 'four.db');
    const writers = ['a', 'b', 'c', 'd'].map((name) => startWriter(file, name, 150, 7));
    for (const { ended } of writers) expect(await ended).toEqual([0, null]);

    const records = await openRecords({ file });
    const incidents = await records.incidents.list({ state: 'all', limit: 200 });
    const lines = writers.flatMap((writer) => writer.lines);
    expect(incidents.map(({ number }) => number)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(incidents.reduce((sum, { alerts }) => sum + alerts, 0)).toBe(600);
    expect(lines.filter(({ joined }) => !joined)).toHaveLength(7);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(600);
    for (let credential = 0; credential < 7; credential += 1) {
      const about = lines.filter(({ key }) => Number(key) % 7 === credential);
      expect(new Set(about.map(({ incident }) => incident)).size).toBe(1);
    }
    expect(await records.verify()).toMatchObject({ ok: true, rows: 1200 });
    await records.close();
  });

  it('keeps its locks while it is opened again in the same process and others come and go', async () => {
    const file = join(folder, 'twice.db');
    const records = await openRecords({ file });
    for (let round = 0; round < 3; round += 1) {
      await (await openRecords({ file })).close();
      const other = startWriter(file, `other-${round}`, 20, 3);
      expect(await other.ended).toEqual([0, null]);
      await records.decisions.give({ ...decision, id: `d${round}` });
      expect(await records.verify()).toMatchObject({ ok: true, rows: 41 * (round + 1) });
    }
    await records.close();
  });

  it('has everything that was acknowledged, and an unbroken chain, after kill -9 of a writer', async () => {
    const file = join(folder, 'killed.db');
    for (let round = 0; round < 4; round += 1) {
      const killed = startWriter(file, `killed-${round}`, 1_000_000, 1_000_000);
      const beside = startWriter(file, `beside-${round}`, 40, 5);
      await killed.committed(25 + round * 7);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toEqual([null, 'SIGKILL']);
      expect(await beside.ended).toEqual([0, null]);

      const records = await openRecords({ file });
      expect(await records.verify()).toMatchObject({ ok: true });
      for (const { id, incident, key } of [...killed.lines, ...beside.lines]) {
        const row = (await records.inbox.ofIncident(incident)).find((taken) => taken.id === id);
        expect(row?.key).toBe(key);
      }
      const numbers = [];
      for (let before: number | undefined; ; ) {
        const page = await records.incidents.list({ state: 'all', limit: 200, ...(before && { before }) });
        numbers.push(...page.map(({ number }) => number));
        if (page.length < 200) break;
        before = page.at(-1)?.number;
      }
      expect(numbers).toEqual(numbers.map((_, i) => numbers.length - i));
      await records.close();
    }
  });
});
