/** Who shares a commit and whom its failure meets, over a connection that does as it is told. */
import { expect, it } from 'vitest';
import type { Tx } from '../../records/database.js';
import { createGroupCommit } from '../../records/group-commit.js';

class Scripted {
  readonly said: string[] = [];
  inTransaction = true;
  /** What beginning says next; undefined = it begins. */
  refusals: (Error | undefined)[] = [];
  failCommit: Error | undefined;
  async transaction(group: (tx: Tx) => Promise<void>): Promise<void> {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    this.said.push('begin');
    await group({} as Tx);
    if (this.failCommit !== undefined) throw this.failCommit;
    this.said.push('commit');
  }
  exec(command: string): void {
    this.said.push(command);
  }
  isLocked = (error: unknown) => (error as Error).message === 'locked';
}
const fails = async (message: string): Promise<string> => {
  throw new Error(message);
};
const outcomes = async (writes: Promise<unknown>[]) =>
  (await Promise.allSettled(writes)).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));

it('keeps what succeeds and rolls back what fails, each by itself', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 1_000);
  expect(await outcomes([group.write(async () => 'a'), group.write(() => fails('bug'))])).toEqual(['a', 'Error: bug']);
  expect(connection.said).toEqual([
    'begin',
    'savepoint one',
    'release one',
    'savepoint one',
    'rollback to one',
    'release one',
    'commit',
  ]);
});

it('says of nothing that it is there when its commit fails, and goes on with what came meanwhile', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 1_000);
  connection.failCommit = new Error('disk');
  let late: Promise<string> | undefined;
  const writes = [
    group.write(async () => {
      late = group.write(async () => {
        connection.failCommit = undefined;
        return 'late';
      });
      return 'a';
    }),
    group.write(() => fails('bug')),
  ];
  expect(await outcomes(writes)).toEqual(['Error: disk', 'Error: disk']);
  expect(await late).toBe('late');
});

it('fails the whole group when one of them finds that everything was rolled back', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 1_000);
  const full = group.write(async () => {
    connection.inTransaction = false;
    throw new Error('full');
  });
  const next = group.write(async () => 'never');
  expect(await outcomes([full, next])).toEqual(['Error: full', 'Error: full']);
  expect(connection.said).not.toContain('rollback to one');
});

it('fails all that wait when nothing can begin, at once where no lock is the reason', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 60_000);
  connection.refusals = [new Error('corrupt')];
  expect(await outcomes([group.write(async () => 'a'), group.write(async () => 'b')])).toEqual([
    'Error: corrupt',
    'Error: corrupt',
  ]);
  expect(await group.write(async () => 'c')).toBe('c');
});

it('begins again as long as it is locked, and loses nobody who is patient', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 60_000);
  connection.refusals = Array.from({ length: 5 }, () => new Error('locked'));
  expect(await outcomes([group.write(async () => 'a'), group.write(async () => 'b')])).toEqual(['a', 'b']);
  expect(connection.said.filter((text) => text === 'begin')).toHaveLength(1);
});

it('gives up when it is locked for longer than its patience', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, -1);
  connection.refusals = [new Error('locked'), new Error('locked')];
  expect(await outcomes([group.write(async () => 'a'), group.write(async () => 'b')])).toEqual([
    'Error: locked',
    'Error: locked',
  ]);
});

it('is idle when all that was asked for has ended', async () => {
  const connection = new Scripted();
  const group = createGroupCommit(connection, 1_000);
  await group.idle();
  const done: string[] = [];
  for (const name of ['a', 'b']) {
    void group.write(async () => name).then((said) => done.push(said));
  }
  await group.idle();
  expect(done).toEqual(['a', 'b']);
});
