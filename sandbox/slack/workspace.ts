import type { Clock } from '../twin/clock.js';

/** A block or an element as it came over the wire; what may stand in it is checked by `block-kit.ts`. */
export interface Block {
  type: string;
  block_id?: string;
  [field: string]: unknown;
}

export interface User {
  id: string;
  name: string;
  realName: string;
  email?: string;
  /** The workspace that the account belongs to; another than ours for people of a Slack Connect channel. */
  team: string;
  bot?: { id: string; app: string };
  /** A guest of this workspace, who sees only some channels. */
  restricted: boolean;
  zone: string;
}

export interface Channel {
  id: string;
  /** Without `#`; of direct messages the other person's id. */
  name: string;
  kind: 'public' | 'private' | 'im';
  members: Set<string>;
  topic: string;
  creator: string;
  createdAt: number;
  /** Shared with another workspace by Slack Connect. */
  shared: boolean;
  /** By `ts`, in order. */
  messages: Map<string, Message>;
}

export interface Message {
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks: Block[];
  /** `ts` of the message it answers to. */
  thread?: string;
  edited?: { user: string; ts: string };
  metadata?: { event_type: string; event_payload: unknown };
  attachments?: unknown[];
  files?: File[];
  reactions: { name: string; users: string[] }[];
  /** Set for messages that only one person sees. */
  onlyFor?: string;
  /** What stood here before it was edited, oldest first. */
  earlier: { text: string; blocks: Block[] }[];
}

export interface File {
  id: string;
  name: string;
  title: string;
  size: number;
  content: Buffer;
  user: string;
  sharedIn: string[];
}

export interface Group {
  id: string;
  handle: string;
  name: string;
  users: string[];
}

/** What somebody's phone showed. Edits show nothing. */
export interface Notification {
  at: number;
  user: string;
  channel: string;
  ts: string;
  text: string;
}

export interface App {
  id: string;
  name: string;
  botUser: string;
  botId: string;
}

export type NewMessage = Pick<Message, 'channel' | 'user' | 'text'> &
  Partial<Pick<Message, 'blocks' | 'thread' | 'metadata' | 'attachments' | 'files' | 'onlyFor'>>;

/** The state of one workspace, with one app of ours in it. */
export class Workspace {
  readonly team: { id: string; domain: string; name: string };
  readonly app: App;
  readonly users = new Map<string, User>();
  readonly channels = new Map<string, Channel>();
  readonly groups = new Map<string, Group>();
  readonly files = new Map<string, File>();
  /** Messages that only one person sees, in order. They are in no history. */
  whispers: Message[] = [];
  readonly notifications: Notification[] = [];
  readonly clock: Clock;
  #lastMicros = 0;
  #lastId = 0;
  #watchers: (() => void)[] = [];
  #version = 0;

  constructor(clock: Clock, team: Workspace['team'], app: App) {
    this.clock = clock;
    this.team = team;
    this.app = app;
    const bot = { id: app.botId, app: app.id };
    this.addUser({ id: app.botUser, name: app.name.toLowerCase(), realName: app.name, bot });
  }

  addUser(user: Pick<User, 'id' | 'name'> & Partial<User>): User {
    const known: User = { realName: user.name, team: this.team.id, restricted: false, zone: 'Europe/Zurich', ...user };
    this.users.set(known.id, known);
    this.changed();
    return known;
  }

  addChannel(channel: Pick<Channel, 'name'> & Partial<Omit<Channel, 'members'>> & { members?: string[] }): Channel {
    const made: Channel = {
      id: this.newId('C'),
      kind: 'public',
      topic: '',
      creator: this.app.botUser,
      createdAt: this.clock.now(),
      shared: false,
      messages: new Map(),
      ...channel,
      members: new Set(channel.members),
    };
    this.channels.set(made.id, made);
    this.changed();
    return made;
  }

  addGroup(group: Group): void {
    this.groups.set(group.id, group);
  }

  /** The direct messages between two; made when there are none yet. */
  directMessages(one: string, other: string): Channel {
    for (const channel of this.channels.values()) {
      if (channel.kind === 'im' && channel.members.has(one) && channel.members.has(other)) return channel;
    }
    return this.addChannel({ id: this.newId('D'), name: other, kind: 'im', members: [one, other] });
  }

  post(message: NewMessage): Message {
    const made: Message = { blocks: [], reactions: [], earlier: [], ...message, ts: this.#newTs() };
    if (made.onlyFor !== undefined) this.whispers.push(made);
    else this.channels.get(made.channel)!.messages.set(made.ts, made);
    this.#notify(made);
    this.changed();
    return made;
  }

  /** Changes what stands in a message. */
  edit(message: Message, change: Partial<Pick<Message, 'text' | 'blocks' | 'metadata' | 'attachments'>>): void {
    message.earlier.push({ text: message.text, blocks: message.blocks });
    Object.assign(message, change, { edited: { user: message.user, ts: this.#newTs() } });
    this.changed();
  }

  remove(message: Message): void {
    if (message.onlyFor !== undefined) this.whispers = this.whispers.filter((one) => one !== message);
    else this.channels.get(message.channel)?.messages.delete(message.ts);
    this.changed();
  }

  /** A message that this person can see, whispers to them included. */
  seenBy(user: string, channel: string, ts: string): Message | undefined {
    const place = this.channels.get(channel);
    if (place === undefined || !this.maySee(user, place)) return undefined;
    return (
      place.messages.get(ts) ??
      this.whispers.find((one) => one.onlyFor === user && one.channel === channel && one.ts === ts)
    );
  }

  maySee(user: string, channel: Channel): boolean {
    if (channel.members.has(user)) return true;
    const who = this.users.get(user);
    return channel.kind === 'public' && who?.team === this.team.id && !who.restricted;
  }

  newId(prefix: string): string {
    this.#lastId += 1;
    return `${prefix}0${this.#lastId.toString(36).toUpperCase().padStart(8, '0')}`;
  }

  /** Counts changes; whoever shows the workspace looks again when it is another. */
  get version(): number {
    return this.#version;
  }

  changed(): void {
    this.#version += 1;
    const waiting = this.#watchers;
    this.#watchers = [];
    for (const go of waiting) go();
  }

  /** Resolves with the next change: a test waits for what happens, never for a time. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  #newTs(): string {
    this.#lastMicros = Math.max(this.clock.now() * 1000, this.#lastMicros + 1);
    return `${Math.floor(this.#lastMicros / 1e6)}.${String(this.#lastMicros % 1e6).padStart(6, '0')}`;
  }

  #notify(message: Message): void {
    const channel = this.channels.get(message.channel)!;
    if (message.onlyFor !== undefined) return; // shown where the person is, without a sound
    const text = `${message.text}\n${JSON.stringify(message.blocks)}`;
    const inThread = message.thread === undefined ? [] : this.#threadMembers(channel, message.thread);
    for (const user of channel.members) {
      if (user === message.user || this.users.get(user)?.bot !== undefined) continue;
      const groups = [...this.groups.values()].filter(({ users }) => users.includes(user));
      const called =
        channel.kind === 'im' ||
        inThread.includes(user) ||
        text.includes(`<@${user}>`) ||
        /<!(here|channel|everyone)>/.test(text) ||
        groups.some(({ id }) => text.includes(`<!subteam^${id}`));
      if (!called) continue;
      const { channel: where, ts } = message;
      this.notifications.push({ at: this.clock.now(), user, channel: where, ts, text: message.text });
    }
  }

  #threadMembers(channel: Channel, thread: string): string[] {
    return [...channel.messages.values()]
      .filter((one) => one.ts === thread || one.thread === thread)
      .map(({ user }) => user);
  }
}
