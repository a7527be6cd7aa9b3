import { pino } from 'pino';

export type Log = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'> & { child(bindings: object): Log };

/**
 * One JSON line per event on the given stream. Only what call sites name is logged: never a body, a header, or a
 * provider's text; `redact` is the second net.
 */
export function createLog(options: { level?: string; destination?: NodeJS.WritableStream } = {}): Log {
  return pino(
    {
      level: options.level ?? 'info',
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['secret', 'token', 'password', 'authorization', '*.secret', '*.token', '*.password', '*.authorization'],
        censor: '[secret]',
      },
    },
    options.destination ?? standardError(),
  ) as unknown as Log;
}

/** Lines kept while nobody takes them. */
const KEPT_BYTES = 1 << 20;

/** A log that cannot be written, its disk full or its reader gone, ends nothing; what is kept is written when it can be. */
function standardError(): NodeJS.WritableStream {
  const destination = pino.destination({ dest: 2, sync: true, maxLength: KEPT_BYTES });
  destination.on('error', () => undefined);
  return destination as unknown as NodeJS.WritableStream;
}
