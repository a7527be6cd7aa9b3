import { type TemporalPort, TemporalUnavailable } from './port.js';

/**
 * The port of a Temporal that does not answer yet: until `open` every call throws TemporalUnavailable, so that alerts and
 * answers are stored, and nothing is concluded.
 */
export function createLatePort(): { port: TemporalPort; open(real: TemporalPort): void } {
  let there: TemporalPort | undefined;
  const real = (): TemporalPort => {
    if (there === undefined) throw new TemporalUnavailable('Temporal has not answered since this process began');
    return there;
  };
  return {
    port: {
      start: async (...call) => real().start(...call),
      joined: async (...call) => real().joined(...call),
      control: async (...call) => real().control(...call),
      status: async (...call) => real().status(...call),
      runningIds: async () => real().runningIds(),
      fate: async (...call) => real().fate(...call),
      isUnderWay: async (...call) => real().isUnderWay(...call),
      revive: async (...call) => real().revive(...call),
      reachable: async () => (await there?.reachable()) ?? false,
    },
    open(port) {
      there = port;
    },
  };
}
