import { foundIn } from '../../activities/found.js';
import type { ChildRow } from '../../records/records.js';
import type { RecordsView } from './load-report.js';

/** What was made or changed since the exposure, and which incident answers for it. */
export interface FoundLine {
  title: string;
  at?: number;
  by: string;
  ways: string[];
  /** Absent: people were asked to look at it, or it was left. */
  incident?: string;
  /** How far that is: `contained`, `closed as dead`, or its stage. */
  state: string;
}

/** All that is kept by name, with who sees to it. */
export function foundLines({ timeline, children }: RecordsView): FoundLine[] {
  return foundIn(timeline).map(({ what, credential, title, at, by = '', ways }) => {
    const child =
      what === 'credential' && credential !== undefined
        ? children.find(({ claim }) => claim === `${credential.kind}:${credential.id}`)
        : undefined;
    const line = { title, ...(at === undefined ? {} : { at }), by, ways };
    return child === undefined ? { ...line, state: '' } : { ...line, incident: child.id, state: stateOf(child) };
  });
}

function stateOf({ closedAs, containedAt, stage }: ChildRow): string {
  if (closedAs !== undefined) return `closed as ${closedAs.replaceAll('_', ' ')}`;
  return containedAt === undefined ? stage : 'contained';
}
