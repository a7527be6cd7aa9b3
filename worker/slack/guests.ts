import type { WebClient } from '@slack/web-api';
import type { Log } from '../log.js';
import type { Interaction } from './contract.js';

/** As long as roles are believed. */
const BELIEVED_MS = 60_000;
const PATIENCE_MS = 1_500;

/**
 * Whether Slack says that somebody is a guest, or of another company: what they press does not say it. Where Slack cannot be
 * asked they go on as nobody's guest: only a link that they once confirmed makes them a person here.
 */
export function createGuestWatch(doors: {
  web: WebClient;
  workspace: string;
  clock: { now(): number };
  log: Log;
}): (said: Pick<Interaction, 'user'>) => Promise<boolean> {
  const known = new Map<string, { isGuest: boolean; until: number }>();
  return async ({ user }) => {
    const now = doors.clock.now();
    const before = known.get(user);
    if (before !== undefined && now < before.until) return before.isGuest;
    try {
      const isGuest = await within(PATIENCE_MS, ask(user));
      if (known.size > 10_000) known.clear();
      known.set(user, { isGuest, until: now + BELIEVED_MS });
      return isGuest;
    } catch (error) {
      doors.log.warn(
        { user, error: error instanceof Error ? error.name : 'unknown' },
        'Slack does not say who that is',
      );
      return false;
    }
  };

  async function ask(user: string): Promise<boolean> {
    const answer = await doors.web.users.info({ user });
    const { is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot, team_id } = answer.user ?? {};
    const isForeign = team_id !== undefined && team_id !== doors.workspace;
    return [is_restricted, is_ultra_restricted, is_stranger, deleted, is_bot, isForeign].includes(true);
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
