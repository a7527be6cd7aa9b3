import type { Person } from '../../sandbox/company.js';
import type { Control, SeenMessage, Screen as SlackScreen } from '../../sandbox/slack/seen.js';
import type { RemoteTwin } from '../../sandbox/twin/control.js';

/** The channel in which the sandbox's incidents are told. */
export const INCIDENTS = 'security-incidents';

/** What people of the sandbox see in Slack, and press there: as its own client lets them. */
export class InSlack {
  readonly #slack: RemoteTwin;
  constructor(slack: RemoteTwin) {
    this.#slack = slack;
  }

  async screen(person: Person): Promise<SlackScreen> {
    return (await this.#slack.do('screen', { user: person })) as SlackScreen;
  }

  /** What stands in a channel for this person, oldest first; `firebreak` are its direct messages. */
  async messages(person: Person, channel = INCIDENTS): Promise<SeenMessage[]> {
    return (await this.screen(person)).channels.find(({ name }) => name === channel)?.messages ?? [];
  }

  /** The newest message that says all of this. */
  async message(person: Person, words: string[], channel = INCIDENTS): Promise<SeenMessage | undefined> {
    const all = await this.messages(person, channel);
    return all.findLast(({ text, says }) => words.every((word) => text.includes(word) || says.includes(word)));
  }

  /** The newest that only this person was shown. */
  async whisper(person: Person, channel = INCIDENTS): Promise<SeenMessage | undefined> {
    return (await this.messages(person, channel)).findLast(({ onlyForYou }) => onlyForYou);
  }

  /** Presses a button of a message, and says yes where the button asks again. */
  press(person: Person, { ts }: Pick<SeenMessage, 'ts'>, action: Control['action'], channel = INCIDENTS) {
    const where = channel === 'firebreak' ? '@firebreak' : channel;
    return this.#slack.do('press', { user: person, channel: where, message: ts, action });
  }

  submit(person: Person, values: Record<string, string>) {
    return this.#slack.do('submit', { user: person, values });
  }
}

/** As a person reads it: dates of Slack's own as the UTC that stands in them, no marks. */
export const plainWords = (text: string): string =>
  text
    .replaceAll(/<!date\^\d+\^[^|>]*\|\d{4}-\d\d-\d\d ([^>]+) UTC>/g, '$1')
    .replaceAll(/<[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', amp: '&' })[name] ?? '');
