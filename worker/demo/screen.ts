import type { Use } from '../../sandbox/use-key.js';
import type { Io } from '../cli/io.js';

/** How one who holds a key fares, as a column shows it. */
interface Column {
  last: string;
  keyId: string;
  /** How it fares with a second key that it made itself. */
  made: string;
}

const WIDTH = 44;
/** Unchanged columns are shown again after this long, so that a quiet screen still lives. */
const REPEAT_MS = 5_000;

/**
 * The demo's page: what happens on the left margin, and two columns that run from beginning to end, the thief and the
 * service, both with the same key.
 */
export class Screen {
  readonly #io: Io;
  readonly #startedAt: number;
  readonly #columns: Record<'attacker' | 'service', Column> = {
    attacker: { last: '', keyId: '', made: '' },
    service: { last: '', keyId: '', made: '' },
  };
  #shown = '';
  #shownAt = 0;
  failures = 0;
  /** Somebody is typing: the columns wait. */
  quiet = false;

  constructor(io: Io, startedAt: number) {
    this.#io = io;
    this.#startedAt = startedAt;
  }

  title(text: string): void {
    this.#io.out('');
    this.#io.out(this.#paint('1', text));
  }

  line(text: string): void {
    this.#io.out(`  ${text}`);
  }

  /** A claim of the demo that was observed, or was not. */
  check(observed: boolean, text: string): void {
    if (!observed) this.failures += 1;
    this.#io.out(`  ${observed ? this.#paint('32', 'seen') : this.#paint('31;1', 'NOT SEEN')}  ${text}`);
  }

  /** Heads the two columns. */
  columns(attacker: string, service: string): void {
    this.#io.out(this.#paint('2', `  ${'time'.padStart(7)}  ${attacker.padEnd(WIDTH)}${service}`));
  }

  /** One use of a key by one of the two; a row is printed when something changed. */
  used(who: 'attacker' | 'service', use: Use): void {
    const ok = use.status === 200;
    const column = this.#columns[who];
    const text = `${use.status || '---'} ${use.error ?? (who === 'attacker' ? use.action : `with ${shorten(use.keyId)}`)}`;
    // The thief makes four calls a second; what matters is whether they get through.
    if (who === 'attacker' && ok && column.last.startsWith('200') && use.action !== 'GetCallerIdentity') return;
    if (who === 'attacker' && !ok && use.action !== 'GetCallerIdentity') return;
    if (who === 'attacker' && column.keyId !== '' && column.keyId !== use.keyId) {
      column.made = `${use.status || '---'} with its own ${shorten(use.keyId)}`;
    } else {
      column.last = text;
      column.keyId = use.keyId;
    }
    const { attacker, service } = this.#columns;
    if (this.quiet || attacker.last === '' || service.last === '') return;
    const row = `${attacker.last}|${attacker.made}|${service.last}`;
    const now = Date.now();
    if (row === this.#shown && now - this.#shownAt < REPEAT_MS) return;
    this.#shown = row;
    this.#shownAt = now;
    const made = attacker.made === '' ? '' : `, ${this.#status(attacker.made)}`;
    const thief = `${this.#status(attacker.last)}${made}`;
    // escape codes take no room on the screen but count in a string
    const shown = attacker.last.length + (attacker.made === '' ? 0 : attacker.made.length + 2);
    this.#io.out(
      `  ${this.#paint('2', this.time())}  ${thief}${' '.repeat(Math.max(1, WIDTH - shown))}${this.#status(service.last)}`,
    );
  }

  /** Seconds since the demo began, as the columns show it. */
  time(): string {
    return `${((Date.now() - this.#startedAt) / 1_000).toFixed(1)} s`.padStart(7);
  }

  #status(text: string): string {
    return this.#paint(text.startsWith('200') ? '32' : '31', text);
  }

  #paint(code: string, text: string): string {
    return this.#io.colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

export const shorten = (id: string): string => (id.length > 9 ? `${id.slice(0, 4)}…${id.slice(-3)}` : id);
