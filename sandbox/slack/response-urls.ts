import { randomBytes } from 'node:crypto';
import type { Clock } from '../twin/clock.js';
import { contentOf } from './chat.js';
import { type Call, isTrue, SlackError, textOf } from './method.js';
import type { Message, Workspace } from './workspace.js';

const USES = 5;
const MINUTES = 30;

interface Given {
  user: string;
  channel: string;
  thread?: string;
  /** The message whose button was pressed; a command has none. */
  original?: Message;
  until: number;
  used: number;
}

/** Addresses that write where somebody acted: five times within half an hour, by whoever has them. */
export class ResponseUrls {
  readonly #given = new Map<string, Given>();
  readonly #workspace: Workspace;
  readonly #clock: Clock;

  constructor(workspace: Workspace, clock: Clock) {
    this.#workspace = workspace;
    this.#clock = clock;
  }

  /** A new path. `kind`: `commands`, `actions` or `app`, as Slack's own have it. */
  give(kind: string, place: Omit<Given, 'until' | 'used'>): string {
    const path = `/${kind}/${this.#workspace.team.id}/${this.#given.size + 1}/${randomBytes(18).toString('base64url')}`;
    this.#given.set(path, { ...place, until: this.#clock.now() + MINUTES * 60_000, used: 0 });
    return path;
  }

  /** Does what was posted to it. Throws a refusal: `no_such_url`, `expired_url`, `used_url`, or what is wrong with the message. */
  use(path: string, call: Call): void {
    const given = this.#given.get(path);
    if (given === undefined) throw new SlackError('no_such_url');
    if (this.#clock.now() > given.until) throw new SlackError('expired_url');
    if (given.used >= USES) throw new SlackError('used_url');
    given.used += 1;
    const { original, channel, user, thread } = given;
    if (original !== undefined && isTrue(call, 'delete_original')) {
      this.#workspace.remove(original);
      call.wrote(`${channel}/${original.ts}`, { how: 'deleted' });
      return;
    }
    const content = contentOf(call);
    if (original !== undefined && isTrue(call, 'replace_original')) {
      this.#workspace.edit(original, content);
      call.wrote(`${channel}/${original.ts}`, { how: 'replaced' });
      return;
    }
    const everybody = textOf(call, 'response_type') === 'in_channel';
    const message = this.#workspace.post({
      channel,
      user: this.#workspace.app.botUser,
      ...content,
      ...(thread && { thread }),
      ...(!everybody && { onlyFor: user }),
    });
    call.wrote(everybody ? channel : `${channel}/${user}`, { ts: message.ts, how: everybody ? 'posted' : 'whispered' });
  }
}
