/** Longest record that is held in memory. CloudTrail's own limit is 1 MB; beyond ours a record is dropped and said so. */
export const RECORD_LIMIT_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const BACKSLASH = 0x5c;
const ENVELOPE = /^\s*\{\s*"Records"\s*:\s*\[/;
/** So far it may still become `{"Records":[`. */
const MAYBE_ENVELOPE = /^\s*(\{\s*("(R(e(c(o(r(d(s("\s*(:\s*)?)?)?)?)?)?)?)?)?)?)?$/;

type Mode =
  /** Deciding what stands here. */
  | 'start'
  /** Between the records of `{"Records":[ … ]`. */
  | 'list'
  /** After the list, up to the envelope's end. */
  | 'tail'
  /** In a record of a list: ends with its brace. */
  | 'record'
  /** One record a line: ends with its newline. */
  | 'line';

/**
 * Cuts a byte stream into records without parsing them: `{"Records":[…]}` (also several, one after another) and one JSON
 * object a line. Bounded memory; whatever does not fit is reported through `wrong` and never silently passed over.
 */
export class RecordSplitter {
  #mode: Mode = 'start';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #dropping = false;
  readonly #record: (bytes: Buffer) => void;
  readonly #wrong: (reason: string, bytes: Buffer) => void;

  /** `record` gets each record's bytes; `wrong` a reason and what bytes of it there are, so that nothing is left unsearched. */
  constructor(record: (bytes: Buffer) => void, wrong: (reason: string, bytes: Buffer) => void) {
    this.#record = record;
    this.#wrong = wrong;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      switch (this.#mode) {
        case 'start':
          from = this.#decide(chunk, from, at, byte);
          break;
        case 'list':
          from = this.#between(byte, at);
          break;
        case 'tail':
          if (byte === CLOSE) this.#mode = 'start';
          else if (!isSpace(byte)) {
            this.#wrong('unexpected text after the list of records', chunk.subarray(at, at + 1));
            this.#mode = 'line';
          }
          from = at + 1;
          break;
        case 'record':
          at = this.#closing(chunk, at);
          if (this.#depth > 0) break;
          this.#emit(chunk.subarray(from, at + 1));
          this.#mode = 'list';
          from = at + 1;
          break;
        case 'line': {
          const end = chunk.indexOf(NEWLINE, at);
          at = end < 0 ? chunk.length : end;
          if (end < 0) break;
          this.#emit(chunk.subarray(from, end));
          this.#mode = 'start';
          from = end + 1;
          break;
        }
      }
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
  }

  /** The stream has ended. `broken`: it ended before its time, so what is held is not a record. */
  end(broken = false): void {
    const rest = this.#take();
    const mode = this.#mode;
    this.#mode = 'start';
    if (!broken && (mode === 'line' || mode === 'start')) {
      if (!isBlank(rest)) this.#record(rest);
      return;
    }
    if (mode !== 'start' || !isBlank(rest)) this.#wrong('ends in the middle of its records', rest);
  }

  #decide(chunk: Buffer, from: number, at: number, byte: number): number {
    if (byte !== OPEN_LIST && byte !== NEWLINE) {
      // cheap exit: only the first few bytes of a line can make an envelope
      if (this.#heldBytes + at - from > 64) this.#mode = 'line';
      else if (!MAYBE_ENVELOPE.test(this.#peek(chunk.subarray(from, at + 1)))) this.#mode = 'line';
      return from;
    }
    const text = this.#peek(chunk.subarray(from, at + 1));
    if (byte === OPEN_LIST) {
      if (!ENVELOPE.test(text)) {
        this.#mode = 'line';
        return from;
      }
      this.#take();
      this.#mode = 'list';
      return at + 1;
    }
    if (text.trim() !== '') return from; // `{` newline `"Records"`: go on
    this.#take();
    return at + 1;
  }

  #between(byte: number, at: number): number {
    if (byte === OPEN) {
      this.#mode = 'record';
      this.#depth = 1;
      return at;
    }
    if (byte === CLOSE_LIST) this.#mode = 'tail';
    // said, then skipped: what follows may still be whole records
    else if (byte !== COMMA && !isSpace(byte)) this.#wrong('bytes that are no record', Buffer.of(byte));
    return at + 1;
  }

  /** Index of the brace that ends the record, or the chunk's length. The hot loop: its state is kept in locals. */
  #closing(chunk: Buffer, start: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let at = start;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN) depth++;
      else if (byte === CLOSE && --depth === 0) break;
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return at;
  }

  #peek(part: Buffer): string {
    return Buffer.concat([...this.#held, part]).toString('latin1');
  }

  #hold(part: Buffer): void {
    if (this.#dropping) return;
    this.#held.push(Buffer.from(part)); // a copy: the chunk's memory is used again
    this.#heldBytes += part.length;
    if (this.#heldBytes > RECORD_LIMIT_BYTES) {
      this.#wrong(`a record larger than ${RECORD_LIMIT_BYTES / 1024 / 1024} MiB`, this.#take());
      this.#dropping = true;
    }
  }

  #take(): Buffer {
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }

  #emit(last: Buffer): void {
    if (this.#dropping) {
      this.#dropping = false;
      this.#take();
      return;
    }
    const bytes = this.#held.length === 0 ? last : Buffer.concat([this.#take(), last]);
    if (!isBlank(bytes)) this.#record(bytes);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every(isSpace);
}
