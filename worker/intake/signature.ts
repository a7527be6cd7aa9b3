import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether `given` holds the HMAC-SHA256 of `parts` under one of `keys`. Every pair is compared, in constant time, so
 * that how long it takes says nothing about which secret or signature was near.
 */
export function hmacMatches(
  keys: readonly Uint8Array[],
  parts: readonly (string | Uint8Array)[],
  given: Buffer[],
): boolean {
  let matched = false;
  for (const key of keys) {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    const expected = hmac.digest();
    for (const signature of given) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) matched = true;
    }
  }
  return matched;
}
