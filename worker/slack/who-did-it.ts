/** Of which workspace it was done, and by whom, read before anything else of it is. */
import { z } from 'zod';

const Teams = z.object({
  team_id: z.string().nullish(),
  is_enterprise_install: z.union([z.boolean(), z.string()]).nullish(),
  team: z.object({ id: z.string() }).nullish().catch(undefined),
  user: z.object({ team_id: z.string().nullish() }).optional().catch(undefined),
  view: z.object({ app_installed_team_id: z.string().nullish() }).optional().catch(undefined),
  event: z
    .object({
      user_team: z.string().nullish(),
      source_team: z.string().nullish(),
      team: z.string().nullish().catch(null),
    })
    .optional()
    .catch(undefined),
  api_app_id: z.string().nullish(),
});

/**
 * Whether it was done in our workspace by somebody of our workspace: every team that Slack names in it must be ours, and
 * it must name one. A channel shared by Slack Connect has people of other companies in it.
 */
export function isOfWorkspace(body: unknown, workspace: string, app?: string): boolean {
  const read = Teams.safeParse(body);
  if (!read.success) return false;
  const { team_id, team, user, view, event, api_app_id } = read.data;
  const teams = [
    team_id,
    team?.id,
    user?.team_id,
    view?.app_installed_team_id,
    event?.user_team,
    event?.source_team,
    event?.team,
  ].filter((id) => id != null);
  if (app !== undefined && api_app_id != null && api_app_id !== app) return false;
  return teams.length > 0 && teams.every((id) => id === workspace);
}

/** Where whoever did it can be answered, if anywhere: also for what is refused unread. */
export function placeOf(body: unknown): { user: string; channel?: string; respond?: string } | undefined {
  const Somebody = z.object({
    user: z.object({ id: z.string() }).optional().catch(undefined),
    user_id: z.string().optional(),
    channel: z.object({ id: z.string() }).optional().catch(undefined),
    channel_id: z.string().optional(),
    response_url: z.string().optional(),
  });
  const read = Somebody.safeParse(body);
  if (!read.success) return undefined;
  const { user, user_id, channel, channel_id, response_url } = read.data;
  const who = user?.id ?? user_id;
  const where = channel?.id ?? channel_id;
  if (who === undefined) return undefined;
  return {
    user: who,
    ...(where === undefined ? {} : { channel: where }),
    ...(response_url === undefined ? {} : { respond: response_url }),
  };
}
