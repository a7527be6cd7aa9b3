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
    options.destination ?? process.stderr,
  ) as unknown as Log;
}
