import { expect, it } from 'vitest';
import { tokenBucket } from '../../../worker/intake/token-bucket.js';

const taken = (bucket: ReturnType<typeof tokenBucket>, now: number, times: number) =>
  Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;

it('lets a burst through and then as many as come back in the time', () => {
  const bucket = tokenBucket(3, 2);
  expect(taken(bucket, 10_000, 5)).toBe(3);
  expect(taken(bucket, 10_499, 5)).toBe(0);
  expect(taken(bucket, 10_500, 5)).toBe(1);
  expect(taken(bucket, 12_000, 5)).toBe(3);
});

it('saves up no more than a burst, however long nobody comes', () => {
  const bucket = tokenBucket(2, 1);
  expect(taken(bucket, 0, 5)).toBe(2);
  expect(taken(bucket, 86_400_000, 5)).toBe(2);
});

it('gives nothing back when a clock goes backwards, and does not count the same time twice', () => {
  const bucket = tokenBucket(1, 1);
  expect(bucket.take(5_000)).toBe(true);
  expect(bucket.take(1_000)).toBe(false);
  expect(bucket.take(5_000)).toBe(false);
  expect(bucket.take(6_000)).toBe(true);
});
