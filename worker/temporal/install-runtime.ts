import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Log } from '../log.js';

let isInstalled = false;

/** The SDK's runtime, once in a process: it leaves signals to us, and writes into our log. */
export function installRuntime(log: Log): void {
  if (isInstalled) return;
  Runtime.install({
    shutdownSignals: [],
    logger: coreLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
  });
  isInstalled = true;
}

function coreLogger(log: Log) {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: object): void =>
      log[level]({ from: 'temporal-sdk', ...pick(meta) }, message);
  return {
    log: (level: string, message: string, meta?: object) =>
      write(level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'debug')(message, meta),
    trace: () => {},
    debug: write('debug'),
    info: write('debug'),
    warn: write('warn'),
    error: write('error'),
  };
}

/** Of the SDK's own metadata only what names things: an error's text may hold what an activity was answered. */
function pick(meta: object | undefined): object {
  const { workflowId, activityType, attempt, taskQueue } = (meta ?? {}) as Record<string, unknown>;
  return { workflowId, activityType, attempt, taskQueue };
}
