/** Lets `burst` through at once and `perSecond` after that. The clock is an argument; ms. */
export function tokenBucket(burst: number, perSecond: number): { take(now: number): boolean } {
  let tokens = burst;
  let filledAt = 0;
  return {
    take(now) {
      tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / 1_000) * perSecond);
      filledAt = Math.max(filledAt, now);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
