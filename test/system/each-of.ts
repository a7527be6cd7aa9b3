import { setTimeout as pause } from 'node:timers/promises';

/** What `work` makes of each, so many at once, in the order of `items`. */
export async function eachOf<A, B>(items: readonly A[], atOnce: number, work: (item: A, index: number) => Promise<B>) {
  const waiting = [...items.entries()];
  const results: B[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

/** Each when its turn comes, so many a second, whether the ones before it have ended or not. */
export async function eachInTurn<A>(items: readonly A[], perSecond: number, work: (item: A, index: number) => unknown) {
  const began = performance.now();
  await Promise.all(
    items.map(async (item, index) => {
      await pause(Math.max(0, began + (index * 1_000) / perSecond - performance.now()));
      await work(item, index);
    }),
  );
}
