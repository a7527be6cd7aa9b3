import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A bearer token as settings keep it: only its hash, and whose it is. */
export interface TokenSetting {
  /** How logs and settings call it: `sam-laptop`. */
  id: string;
  person: string;
  /** Lower-case hex SHA-256 of the token. */
  sha256: string;
  /** Only these of the person's roles; absent = all of them. */
  roles?: readonly string[];
}

const PREFIX = 'fbt_';

/** Makes a token of 256 random bits. It is shown once; its hash goes into the settings. */
export function makeToken(): { token: string; sha256: string } {
  const token = PREFIX + randomBytes(32).toString('base64url');
  return { token, sha256: hashOf(token).toString('hex') };
}

/** Whose token an Authorization header carries. Every stored hash is compared, in constant time. */
export function bearerOf(header: string | undefined, tokens: readonly TokenSetting[]): TokenSetting | undefined {
  const given = /^Bearer (fbt_[A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1];
  if (given === undefined) return undefined;
  const hash = hashOf(given);
  let found: TokenSetting | undefined;
  for (const token of tokens) {
    const expected = Buffer.from(token.sha256, 'hex');
    if (expected.length === hash.length && timingSafeEqual(expected, hash)) found = token;
  }
  return found;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
