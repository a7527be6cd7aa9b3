import type { MalformedReason } from './reasons.js';

/** Raised for bytes that are not the JSON that we read; `reason` goes to the log, the text never does. */
export class NotStrictJson extends Error {
  readonly reason: MalformedReason;
  constructor(reason: MalformedReason) {
    super(`not the JSON that Firebreak reads: ${reason}`);
    this.name = 'NotStrictJson';
    this.reason = reason;
  }
}

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor']);
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON that means the same to every parser: valid UTF-8 without a mark, each key once, none that reaches a
 * prototype, at most `depth` levels and `keys` keys in all. Throws NotStrictJson.
 */
export function strictJson(raw: Uint8Array, limits = { depth: 32, keys: 5_000 }): unknown {
  let text: string;
  try {
    text = utf8.decode(raw);
  } catch {
    throw new NotStrictJson('utf8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NotStrictJson('json');
  }
  inspectKeys(text, limits);
  return value;
}

/** Walks a text that JSON.parse has accepted, so only strings and brackets matter. */
function inspectKeys(text: string, limits: { depth: number; keys: number }): void {
  /** Keys seen of each open object; null for an array. */
  const open: (Set<string> | null)[] = [];
  /** Of an object; in an array it says nothing. */
  let keyIsNext = false;
  let keys = 0;
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > limits.depth) throw new NotStrictJson('depth');
        keyIsNext = true;
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        keyIsNext = true;
        break;
      case '"': {
        const end = endOfString(text, at);
        const seen = open.at(-1);
        if (keyIsNext && seen) {
          // Parsed, so that "a" and "\u0061" are one key.
          const key = JSON.parse(text.slice(at, end + 1)) as string;
          if (FORBIDDEN_KEYS.has(key)) throw new NotStrictJson('forbidden-key');
          if (seen.has(key)) throw new NotStrictJson('duplicate-key');
          seen.add(key);
          keys += 1;
          if (keys > limits.keys) throw new NotStrictJson('keys');
        }
        keyIsNext = false;
        at = end;
        break;
      }
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
