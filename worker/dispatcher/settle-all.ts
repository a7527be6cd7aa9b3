/** Waits for all of them, then throws the first failure: one incident's trouble never stops the others. */
export async function settleAll(work: Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
