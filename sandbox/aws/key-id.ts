import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A fresh key id that carries its account in the way AWS's do: 42 bits after the prefix, in base 32, one bit down. */
export function newKeyId(prefix: 'AKIA' | 'ASIA', account: string): string {
  let bits =
    (1n << 79n) | (BigInt(account) << 39n) | (BigInt(`0x${randomBytes(8).toString('hex')}`) & ((1n << 39n) - 1n));
  let text = '';
  for (let i = 0; i < 16; i++) {
    text = ALPHABET[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return prefix + text;
}

/** The account in a key id, dead or alive; undefined for what is not a key id. */
export function accountOf(keyId: string): string | undefined {
  if (!/^(AKIA|ASIA)[A-Z2-7]{16}$/.test(keyId)) return undefined;
  let bits = 0n;
  for (const letter of keyId.slice(4)) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter));
  return String((bits >> 39n) & ((1n << 40n) - 1n)).padStart(12, '0');
}

export const newSecret = (): string => randomBytes(30).toString('base64');
export const newPrincipalId = (prefix: 'AIDA' | 'AROA'): string =>
  prefix + Array.from(randomBytes(17), (byte) => ALPHABET[byte & 31]).join('');
