/** What people do and see in a site's workspace, through the control port of the Slack twin. */
import type { Person as Account } from '../../sandbox/company.js';
import type { Screen, SeenMessage as Seen } from '../../sandbox/slack/seen.js';
import { linkPeople } from '../../worker/demo/link-people.js';
import { eventually } from './eventually.js';
import type { Site } from './site.js';

export const CHANNEL = '#security-incidents';

/** Replacements in `sandbox/firebreak.yaml`, which listens by Socket Mode: signed requests instead. */
export const BY_HTTP: [from: string, to: string][] = [
  [
    'mode: socket\n  app_token: env:FIREBREAK_SANDBOX_SLACK_APP_TOKEN',
    'mode: http\n  signing_secret: env:FIREBREAK_SANDBOX_SLACK_SIGNING_SECRET',
  ],
  ['company: Acme Exchange', 'company: Acme Exchange\npublic_url: https://firebreak.acme.example'],
];

export interface Did {
  outcome: string;
  reason?: string;
}

export class InSlack {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Resolves when Slack reaches Firebreak by Socket Mode. */
  connected(): Promise<true> {
    return eventually('two connections of Socket Mode', 40, async () => {
      const { connections } = (await this.#site.slack.state()) as { connections: number };
      return connections === 2;
    });
  }

  /** Each says who they are, and confirms it. */
  async link(...people: Account[]): Promise<void> {
    const { addresses, slack, url } = this.#site;
    const linked = await linkPeople({ slack, url, tokens: addresses.people }, people);
    if (linked.length < people.length) throw new Error(`linked are only ${linked.join(', ') || 'none'}`);
  }

  screen = async (user: string) => (await this.#site.slack.do('screen', { user })) as Screen;

  /** All that Firebreak says where this person sees it, oldest first. */
  async read(user: string): Promise<Seen[]> {
    const { channels } = await this.screen(user);
    return channels
      .flatMap(({ messages }) => messages.flatMap((one) => [one, ...one.replies]))
      .filter(({ from }) => from === 'firebreak')
      .sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  /** Waits for the newest that says so: in its blocks, or in the text that a notification shows. */
  reads(user: string, what: RegExp, where: 'says' | 'text' = 'says'): Promise<Seen> {
    return eventually(`${user} reads ${what}`, 40, async () => {
      const all = await this.read(user);
      const last = all.slice(-3).map((one) => one[where]);
      return (
        all.findLast((one) => what.test(one[where])) ?? Promise.reject(new Error(`the last were ${last.join(' / ')}`))
      );
    });
  }

  /** Waits for the message in the channel with this button, about that incident. */
  button(action: string, about: string): Promise<Seen> {
    return eventually(`${about} offers ${action}`, 60, async () => {
      const all = await this.read('ana');
      return all.findLast(
        ({ says, controls }) => says.includes(about) && controls.some((one) => one.action === action),
      );
    });
  }

  type = (user: string, text: string) => this.#site.slack.do('type', { user, channel: CHANNEL, text }) as Promise<Did>;

  press = (user: string, action: string, message: string) =>
    this.#site.slack.do('press', { user, channel: CHANNEL, action, message }) as Promise<Did>;
}
