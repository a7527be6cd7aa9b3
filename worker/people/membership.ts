/** What other systems say of who is in a group or on call, each read once for all who ask within a minute. */

/** Somebody there, by whatever that system knows people by. */
export interface Member {
  /** Account of a chat, or a mail address. */
  id: string;
  /** As that system shows them. */
  shown: string;
}

export interface Membership {
  members: Member[];
  /** ms since epoch. */
  readAt: number;
}

/** Thrown by readers: what went wrong, as the beginning of a sentence: `PagerDuty does not answer`. */
export class OutOfReach extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutOfReach';
  }
}

/** Reads the members of one group or schedule once, without retries. Throws OutOfReach. */
export type ReadMembers = (id: string) => Promise<Member[]>;

/** A decision rests on nothing that is older. */
const GOOD_FOR_MS = 60_000;
/** A source that failed is left alone for so long: a storm of questions must not wait for it one by one. */
const FAILED_FOR_MS = 5_000;

/** Remembers answers for a minute and failures for five seconds; whoever asks meanwhile waits for the same answer. */
export function remembering(read: ReadMembers, clock: { now(): number }): (id: string) => Promise<Membership> {
  const known = new Map<string, { until: number; membership: Promise<Membership> }>();
  return (id) => {
    const there = known.get(id);
    if (there !== undefined && clock.now() < there.until) return there.membership;
    const readAt = clock.now();
    // old from the moment of the question on: the answer may be of then
    const entry = {
      until: readAt + GOOD_FOR_MS,
      membership: read(id).then((members) => ({ members, readAt })),
    };
    known.set(id, entry);
    entry.membership.catch(() => {
      entry.until = clock.now() + FAILED_FOR_MS;
    });
    return entry.membership;
  };
}
