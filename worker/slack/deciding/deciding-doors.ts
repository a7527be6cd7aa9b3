import type { WebClient } from '@slack/web-api';
import type { Records } from '../../../records/records.js';
import type { DecisionDoor } from '../../dispatcher/decision-door.js';
import type { Log } from '../../log.js';
import type { Directory } from '../../people/directory.js';

/** What deciding in Slack needs of the house. */
export interface DecidingDoors {
  records: Records;
  decisions: DecisionDoor;
  people: Pick<Directory, 'linkedTo' | 'accountOf' | 'rolesOf' | 'holders'>;
  web: WebClient;
  /** `slack/T0ACME` */
  source: string;
  /** First word of everything that people read: `SANDBOX`, or ''. */
  banner: string;
  /** The people of settings, by name: who can be asked to take over. */
  everybody: readonly string[];
  clock: { now(): number };
  log: Log;
}

/** How long a modal may be prepared before Slack no longer opens it. */
export const TRIGGER_LEFT_MS = 1_800;

/** The work, or undefined when it takes longer. What is late goes on and is dropped; what fails is undefined as well. */
export async function inTime<T>(work: Promise<T>, ms = TRIGGER_LEFT_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([work.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}
