import type { Clock, Sealer, Seams } from '../../../activities/seams.js';
import type { Records } from '../../../records/records.js';
import type { Log } from '../../log.js';
import type { Directory } from '../../people/directory.js';

/** A time that passes, unless nobody waits for it any more. */
export interface Wait {
  over: Promise<void>;
  cancel(): void;
}

/** What starting needs of the house. Everything it reads at a provider goes by `connectors`, and by them it only reads. */
export interface StartDoors
  extends Pick<Seams, 'connectors' | 'bind' | 'resolveFacts' | 'protected' | 'banner' | 'publicUrl'> {
  records: Records;
  sealer: Sealer;
  clock: Clock;
  people: Pick<Directory, 'linkedTo' | 'accountOf' | 'rolesOf' | 'holders'>;
  /** Our person behind a provider's name of one. */
  bySubject: Seams['people']['bySubject'];
  /** There is an incident to start. */
  wake(): void;
  log: Log;
  /** `C…`, where cards come; absent where none is set. */
  channel?: string;
  /** Address of a message in the workspace; undefined while nobody knows it. */
  addressOf(channel: string, message: string): string | undefined;
  /** For metrics: an alert was taken from a person here. */
  taken?(result: 'opened' | 'joined' | 'duplicate', tookMs: number): void;
  /** By the machine's own clock unless a test says otherwise. */
  wait?(ms: number): Wait;
}

/** Ends nothing that must be waited for: a process may stop meanwhile. */
export function waitFor(ms: number): Wait {
  let timer: NodeJS.Timeout | undefined;
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
    timer = setTimeout(resolve, ms);
    timer.unref();
  });
  return {
    over,
    cancel() {
      clearTimeout(timer);
      end();
    },
  };
}
