import type { PagerDutyTwin } from './pagerduty/start-pagerduty-twin.js';
import type { SlackTwin } from './slack/start-slack-twin.js';

export const PEOPLE = ['sam', 'leo', 'mia', 'ana'] as const;
export type Person = (typeof PEOPLE)[number];

const NAMES: Record<Person, string> = { sam: 'Sam Keller', leo: 'Leo Brandt', mia: 'Mia Rossi', ana: 'Ana Duarte' };

/** Where the company talks; `zoe` is a responder of another company, there by Slack Connect. */
export interface SlackPlaces {
  channels: { incidents: string; payments: string; general: string };
  users: Record<Person | 'zoe', string>;
  /** The user group of the security team: sam and leo. */
  group: string;
}

/** Acme Exchange in Slack, with Firebreak invited where incidents are told. */
export function seedSlack({ workspace }: SlackTwin): SlackPlaces {
  const users = { sam: 'U0SAM', leo: 'U0LEO', mia: 'U0MIA', ana: 'U0ANA', zoe: 'U0ZOE' };
  for (const name of PEOPLE) {
    workspace.addUser({ id: users[name], name, realName: NAMES[name], email: `${name}@acme.example` });
  }
  workspace.addUser({ id: users.zoe, name: 'zoe', realName: 'Zoe (Northwind IR)', team: 'T0NORTHWIND' });
  const everybody = PEOPLE.map((name) => users[name]);
  const bot = workspace.app.botUser;
  const channels = { incidents: 'C0INCIDENTS', payments: 'C0PAYMENTS', general: 'C0GENERAL' };
  workspace.addChannel({
    id: channels.incidents,
    name: 'security-incidents',
    topic: 'Leaked credentials. `/firebreak` and what leaked.',
    creator: users.sam,
    members: [...everybody, users.zoe, bot],
    shared: true,
  });
  workspace.addChannel({
    id: channels.payments,
    name: 'payments',
    creator: users.mia,
    members: [users.mia, users.ana, bot],
  });
  workspace.addChannel({ id: channels.general, name: 'general', creator: users.ana, members: everybody });
  const group = { id: 'S0SECURITY', handle: 'security', name: 'Security', users: [users.sam, users.leo] };
  workspace.addGroup(group);
  return { channels, users, group: group.id };
}

/** The company's schedule, sam on call; the routing key of the service that wakes it. */
export function seedPagerDuty(pagerduty: PagerDutyTwin): { schedule: string; routingKey: string } {
  const schedule = 'PSEC1';
  for (const name of PEOPLE) {
    const id = `P${name.toUpperCase()}`;
    pagerduty.onCall.addUser({ id, name: NAMES[name], email: `${name}@acme.example` });
  }
  pagerduty.onCall.addSchedule({ id: schedule, name: 'Security on call' });
  pagerduty.onCall.addShift(schedule, { user: 'PSAM', from: Date.now() - 24 * 3_600_000 });
  return { schedule, routingKey: pagerduty.addService('Firebreak', schedule) };
}
