/** Looks until it is so; what is never seen in time is a failure that says what was seen instead. */
export async function eventually<T>(what: string, seconds: number, look: () => Promise<T | undefined | false>) {
  const deadline = Date.now() + seconds * 1_000;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      last = seen;
    } catch (error) {
      // whoever is looked at may be away for a moment
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > deadline) throw new Error(`not seen within ${seconds} s: ${what} (last: ${String(last)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
