/** Who is in a user group, as Slack says it. Source: Slack Web API, `usergroups.users.list`. */
import { setTimeout as pause } from 'node:timers/promises';
import { OutOfReach, type ReadMembers } from './membership.js';

/** As much of the SDK's WebClient as is used. */
export interface GroupReader {
  usergroups: { users: { list: (args: { usergroup: string }) => Promise<{ users?: string[] }> } };
}

const REFUSED: Record<string, string> = {
  no_such_subteam: 'does not know the user group',
  missing_scope: 'does not let our token read user groups (scope usergroups:read)',
  invalid_auth: 'refuses our token (slack.bot_token)',
  not_authed: 'refuses our token (slack.bot_token)',
  account_inactive: 'refuses our token (slack.bot_token)',
  token_revoked: 'refuses our token (slack.bot_token)',
};

/** Reads the accounts of a user group: one question, one try. Throws OutOfReach. `open` gives the client, once. */
export function readGroup(open: () => Promise<GroupReader>, timeoutMs = 4_000): ReadMembers {
  let web: Promise<GroupReader> | undefined;
  return async (usergroup) => {
    web ??= open();
    const limit = new AbortController();
    try {
      const asked = web.then((client) => client.usergroups.users.list({ usergroup }));
      const tooLate = pause(timeoutMs, undefined, { signal: limit.signal }).then(() => Promise.reject(new TooLate()));
      const { users } = await Promise.race([asked, tooLate]);
      return (users ?? []).map((id) => ({ id, shown: id }));
    } catch (error) {
      throw new OutOfReach(`Slack ${reasonOf(error)}`, { cause: error });
    } finally {
      limit.abort();
    }
  };
}

class TooLate extends Error {
  override readonly name = 'TooLate';
}

function reasonOf(error: unknown): string {
  const { code, data } = (error ?? {}) as { code?: string; data?: { error?: string } };
  if (code === 'slack_webapi_rate_limited_error') return 'limits our questions';
  if (code !== 'slack_webapi_platform_error') return 'does not answer';
  return REFUSED[data?.error ?? ''] ?? `refuses (${data?.error ?? 'without a reason'})`;
}
