import type { PosterDoors } from './poster-doors.js';

export interface OurAccount {
  /** `B…`, which Slack writes on every message of ours. */
  botId: string;
  /** `U…`, as the creator of channels. */
  user: string;
}

/** Of each client; it never changes. */
const known = new WeakMap<object, OurAccount>();

/** Whose messages and channels are ours, by Slack's own word. Throws what Slack answers. */
export async function whoWeAre({ web }: Pick<PosterDoors, 'web'>): Promise<OurAccount> {
  const there = known.get(web);
  if (there !== undefined) return there;
  const { bot_id: botId, user_id: user } = await web.auth.test();
  if (botId === undefined || user === undefined) throw new Error('Slack says of our token no bot that it is of');
  const found = { botId, user };
  known.set(web, found);
  return found;
}
