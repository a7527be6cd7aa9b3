/** Who holds roles, and where people are reached: Slack, its channels, PagerDuty. */
import { given, present } from './given.js';
import type { TextRef } from './reference.js';
import type { Role, Settings } from './settings.js';
import type { Reading } from './settings-of.js';
import type { Written } from './written.js';

export function rolesOf(written: Written, where: Reading['where']): Role[] {
  const roles = Object.entries(written.roles).map(([name, role]): Role => {
    const place = { name, where: where('roles', name) };
    if (role.people) return { ...place, people: role.people };
    if (role.slack_group) return { ...place, slackGroup: role.slack_group };
    if (role.pagerduty_schedule)
      return { ...place, pagerdutySchedule: role.pagerduty_schedule, page: role.page === true };
    return { ...place, of: 'owner' };
  });
  // the default gates ask service-owner, so it is always there
  if (!roles.some(({ name }) => name === 'service-owner')) {
    roles.push({ name: 'service-owner', where: where('roles'), of: 'owner' });
  }
  return roles;
}

export function slackOf({ slack }: Written, literal: (text: string) => TextRef): Settings['slack'] {
  return (
    slack && {
      mode: slack.mode ?? 'socket',
      ...given('appToken', slack.app_token),
      botToken: slack.bot_token,
      ...given('signingSecret', slack.signing_secret),
      workspace: slack.workspace,
      api: slack.api ?? literal('https://slack.com/api/'),
    }
  );
}

export function channelsOf({ channels }: Written): Settings['channels'] {
  return channels && { ...channels, severity: present(channels.severity ?? {}) };
}

export function pagerdutyOf({ pagerduty }: Written, literal: (text: string) => TextRef): Settings['pagerduty'] {
  return (
    pagerduty && {
      token: pagerduty.token,
      ...given('routingKey', pagerduty.routing_key),
      api: pagerduty.api ?? literal('https://api.pagerduty.com'),
      events: pagerduty.events ?? literal('https://events.pagerduty.com'),
    }
  );
}
