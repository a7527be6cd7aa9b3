/**
 * What must be remembered outside Temporal: that an alert was taken, which incident holds a credential, what was
 * intended and done, who decided, and what is sealed. Imports no other room. Times are ms since epoch, UTC.
 * Every write is committed durably (fsync) before its promise resolves.
 */

// ---- inbox: stored before it is acknowledged; unique on (source, key): replay protection, dedupe and crash safety in one

export interface Delivery {
  /** `github`, `standard`, `api`, `cli`. */
  source: string;
  /** The source's own delivery id, or a hash of the body where ids are not signed. */
  key: string;
  kind: 'alert' | 'message';
  receivedAt: number;
  /** Normalised JSON, never a secret. */
  body: unknown;
  /** What it is about: `aws-access-key:AKIA…`, or the source's own alert `github:acme/payouts#3`. Empty for a message. */
  claims: string[];
  /** For a message: the incident it is for. */
  incident?: string;
  /** Of an alert: how far it says the credential is out, in the caller's words; counted without reading bodies. */
  exposure?: string;
  /** Sealed values that came with it, already encrypted. */
  sealed?: SealedValue[];
}

export interface Receipt {
  /** Row number in the inbox. */
  id: number;
  /** '' when `joinOnly` found no live incident. */
  incident: string;
  /** The incident was live already. */
  joined: boolean;
  /** This very delivery had been taken before; nothing was written. */
  duplicate: boolean;
  /** Nothing was opened or joined: a claim is that of the parent, or of this incident from which the parent came. */
  ancestor?: string;
}

/** How a delivery that no live incident holds is taken. */
export interface OpenIncident {
  /** `person:sam` or `source:github`. */
  by: string;
  observe: boolean;
  playbook?: string;
  /** Joins a live incident that holds one of its claims; else the row is kept, settled, with incident '' and none is opened. */
  joinOnly?: boolean;
  /**
   * The incident that found it, which from then on has whatever incident answers for it as a child. What the parent itself
   * or an incident above it is about is refused: the row is kept, settled, with incident ''.
   */
  parent?: string;
}

export interface InboxRow {
  id: number;
  source: string;
  key: string;
  kind: 'alert' | 'message';
  receivedAt: number;
  body: unknown;
  incident: string;
  /** When the workflow was told (alerts), or the message was applied or refused. */
  settledAt?: number;
  outcome?: unknown;
}

/** What its workflow may not know of an incident. */
export interface Untold {
  incident: string;
  /** Of so many alerts in all its workflow was told of `told`. */
  alerts: number;
  told: number;
  stage: string;
  started: boolean;
  closed: boolean;
  /** Last row that nobody looked at; 0 = none. */
  upTo: number;
  /** When the first of them came. */
  since?: number;
  /** What the rows say that nobody looked at, each word once. */
  exposures: string[];
}

// ---- incidents

export interface IncidentRow {
  id: string;
  /** Number in `INC-142`. */
  number: number;
  openedAt: number;
  /** `person:sam` or `source:github`. */
  openedBy: string;
  /** Whether the person only wants to look. */
  observe: boolean;
  /** Page asked for by name; absent = the page of the kind. */
  playbook?: string;
  stage: string;
  /** Who or what is waited for, one sentence; empty when running. */
  waiting: string;
  held: string;
  closedAt?: number;
  closedAs?: string;
  /** Workflow started: set once Temporal has accepted it. */
  startedAt?: number;
  /** Canonical credential `aws-access-key:AKIA…` once known. */
  credential?: string;
  plan?: unknown;
  planDigest?: string;
  /** Number of alerts, the first one included. */
  alerts: number;
  joinedTo?: string;
  /** The incident that found its credential and opened it. */
  parent?: string;
}

/** An incident that answers for something that another one found. */
export interface ChildRow {
  /** What was found: `aws-access-key:AKIA…`. */
  claim: string;
  /** Who answers for it now: the one that was opened or linked, or the one which that has joined since. */
  id: string;
  /** It was opened for this; else it was live already. */
  opened: boolean;
  stage: string;
  waiting: string;
  held: string;
  /** When its containment was proven. */
  containedAt?: number;
  closedAt?: number;
  closedAs?: string;
}

// ---- effects (once/protocol.md)

export type EffectState = 'intent' | 'done' | 'not_applied' | 'needs_human';
export type EffectMode = 'repeat' | 'wait' | 'once' | 'settle';

export interface BeginEffect {
  /** `INC-142/contain.disable/disable/<target>/1`. */
  key: string;
  incident: string;
  target: string;
  class: string;
  planDigest: string;
  /** JSON, never secret. */
  args: unknown;
  /** What the look showed, or null where the look failed. */
  before: unknown;
  mode: EffectMode;
  /** Key of the effect that this one undoes, else ''. */
  undoes: string;
  lookedAt: number;
  now: number;
  /** late + lag + skew, ms. */
  quietMs: number;
}

export interface EffectRow {
  key: string;
  incident: string;
  target: string;
  class: string;
  planDigest: string;
  args: unknown;
  before: unknown;
  /** The pre-image was taken when none of our own requests could still arrive. */
  sure: boolean;
  state: EffectState;
  undoneBy?: string;
  outcome?: Record<string, unknown>;
  /** Sealed secret that it made, encrypted. */
  sealed?: string;
  epoch: number;
  attempts: number;
  /** No earlier attempt can still arrive. */
  sole: boolean;
  lookedAt: number;
  begunAt: number;
  quietAt: number;
  finishedAt?: number;
}

export type BeginResult =
  | { granted: true; row: EffectRow }
  /** Closed: done, not_applied, needs_human, or undone. */
  | { granted: false; closed: EffectRow }
  /** Look again after this time; nothing was changed. `blockedBy`: key of the open effect that has to end first. */
  | { granted: false; later: number; blockedBy?: string }
  /** Undo only: another effect of ours holds the target. */
  | { granted: false; held: string };

export interface FinishEffect {
  key: string;
  epoch: number;
  state: EffectState;
  outcome?: Record<string, unknown>;
  sealed?: string;
  /** The answer was clear: no request of this attempt is still under way. */
  clear: boolean;
  now: number;
  lagMs: number;
  /** Written into the timeline in the same commit, unless the row is lost. */
  entry?: TimelineEntry;
}

export interface Effects {
  begin(effect: BeginEffect): Promise<BeginResult>;
  /** Undefined = this attempt lost the row to a later one. */
  finish(finish: FinishEffect): Promise<EffectRow | undefined>;
  /** Insert-or-mark: late attempts find the key closed. Returns the row as it was left. */
  close(
    key: string,
    incident: string,
    target: string,
    effectClass: string,
    by: string,
    now: number,
  ): Promise<EffectRow>;
  read(key: string): Promise<EffectRow | undefined>;
  /** Latest quiet_at of other effects on the target that may change back what a contain sets; 0 if none. */
  othersQuietAt(target: string, key: string): Promise<number>;
  /** Ids that other effects on the target recorded as made. */
  recordedIds(target: string, key: string): Promise<Set<string>>;
  ofIncident(incident: string): Promise<EffectRow[]>;
  /** Drops the sealed secret once it was read back from the store. */
  dropSealed(key: string, now: number): Promise<void>;
  /** Intents past their quiet_at. */
  open(now: number): Promise<EffectRow[]>;
}

// ---- decisions: every answer and every control, counted or refused; append-only

export interface Decision {
  /** Random, unguessable; also Temporal's update id. */
  id: string;
  incident: string;
  at: number;
  /** `sam` */
  person: string;
  /** Roles held when it was made, and how that was known. */
  roles: { role: string; source: string }[];
  /** `cli`, `api`, `slack`, `demo`. */
  channel: string;
  /** `decide`, `done`, `hold`, … */
  control: string;
  /** Step or question id; '' for the incident as a whole. */
  step: string;
  /** `yes`, `no`, `not_yet`, or a control's argument. */
  answer: string;
  reason: string;
  generation: number;
  planDigest: string;
}

export interface DecisionRow extends Decision {
  /** `given` until the workflow said what became of it. */
  outcome: 'given' | 'counted' | 'refused';
  /** A sentence for whoever was refused, else ''. */
  refusal: string;
}

export interface Decisions {
  /** Written before the workflow hears of it. Same id again: no second row. */
  give(decision: Decision): Promise<void>;
  /** What became of it: a second, later row of the chain. */
  settle(id: string, outcome: 'counted' | 'refused', refusal: string, at: number): Promise<void>;
  ofIncident(incident: string): Promise<DecisionRow[]>;
  /** The newest first. */
  ofPerson(person: string, limit: number): Promise<DecisionRow[]>;
  /** Given but not settled: a process died in between. Of one incident or of all. */
  unsettled(incident?: string): Promise<DecisionRow[]>;
}

// ---- timeline: what happened in an incident, in words and data; reports are made from it

export interface TimelineEntry {
  incident: string;
  at: number;
  /** `opened alert identified planned step observation asked told held resumed undone closed note` … */
  kind: string;
  /** Step id or ''. */
  step: string;
  generation: number;
  /** One line, never a secret. */
  line: string;
  data?: unknown;
  /** The same key is written once, however often it is tried. */
  key: string;
}

export interface Timeline {
  append(entry: TimelineEntry): Promise<void>;
  ofIncident(incident: string): Promise<TimelineEntry[]>;
  ofStep(incident: string, step: string, generation: number): Promise<TimelineEntry[]>;
  /**
   * Entries of kind `moment` after row `after` whose key has no `told/` entry yet, in the order in which they were written;
   * of all incidents, or of those for which that page was asked for by name.
   */
  untold(after: number, limit: number, playbook?: string): Promise<{ row: number; entry: TimelineEntry }[]>;
}

// ---- sealed

/** A secret value, encrypted by whoever holds the key; this room never sees it in clear. */
export interface SealedValue {
  /** `leaked:aws-access-key:AKIA…` or `leaked:github:acme/x#3`. */
  name: string;
  box: string;
  expiresAt: number;
}

/** `incident`: which one it is for, or the handle with which it was given. */
export interface Sealed {
  put(incident: string, value: SealedValue, now: number): Promise<void>;
  get(incident: string, name: string, now: number): Promise<string | undefined>;
  names(incident: string, now: number): Promise<string[]>;
  /** Removes what is past its expiry; returns how many. */
  expire(now: number): Promise<number>;
}

// ---- said: what people did in a chat, stored before it is acknowledged; unique on (source, key), as the inbox

export interface Said {
  id: number;
  source: string;
  key: string;
  receivedAt: number;
  /** Normalised JSON, never a secret. */
  body: unknown;
  settledAt?: number;
  /** One word of what became of it. */
  outcome?: string;
}

export interface SaidRows {
  /** False = this very key had been taken before; nothing was written. */
  take(said: Pick<Said, 'source' | 'key' | 'receivedAt' | 'body'>): Promise<boolean>;
  /** Oldest first. */
  unsettled(source: string, limit: number): Promise<Said[]>;
  /** `rest`: what is kept of the body; all of it unless told. */
  settle(source: string, key: string, outcome: string, at: number, rest?: unknown): Promise<void>;
  get(source: string, key: string): Promise<Said | undefined>;
}

// ---- posts: what stands in a chat and is kept up to date there; a view, never evidence

export interface Post {
  incident: string;
  /** Unique within the incident: `card`, `question/<step>/<generation>`, `question/…/dm/sam`, `thread`. */
  part: string;
  channel: string;
  /** The chat's own id of the message; '' = it was being posted, and nobody knows whether it arrived. */
  message: string;
  /** Of what it says, to leave alone what is up to date. */
  digest: string;
  at: number;
  data?: unknown;
}

export interface Posts {
  get(incident: string, part: string): Promise<Post | undefined>;
  ofIncident(incident: string): Promise<Post[]>;
  /** By its place in the chat: whose thread is this? */
  at(channel: string, message: string): Promise<Post | undefined>;
  /** Inserts or replaces. */
  put(post: Post): Promise<void>;
  drop(incident: string, part: string): Promise<void>;
}

// ---- handles: what an opaque id in a button stands for

export interface Handles {
  /**
   * The same `key` gets the same id, with the body that it was first given. Ids are random, 128 bits. What is `sealed` is kept
   * in the same commit, each until its own expiry: `sealed.get(id, name, now)`.
   */
  give(key: string, body: unknown, at: number, sealed?: SealedValue[]): Promise<string>;
  get(id: string): Promise<{ id: string; body: unknown; at: number } | undefined>;
}

// ---- links: which account of a chat is which person; confirmed by the person, one account one person and one person one account

export interface Link {
  /** `slack/T0ACME`. */
  source: string;
  account: string;
  person: string;
  at: number;
  /** `mail`, `cli`. */
  by: string;
}

/** A link as auditors read it: none is ever deleted. */
export interface LinkRow extends Link {
  endedAt?: number;
  /** Who ended it: `mail`, `cli`, `person:ana`. */
  endedBy?: string;
}

export interface Links {
  get(source: string, account: string): Promise<Link | undefined>;
  ofPerson(source: string, person: string): Promise<Link | undefined>;
  all(source: string): Promise<Link[]>;
  /** Ends what either of them was linked to. The same link again writes nothing. */
  put(link: Link): Promise<void>;
  /** False = there was none. */
  drop(source: string, person: string, by: string, at: number): Promise<boolean>;
  /** All that ever were, oldest first. */
  history(source: string): Promise<LinkRow[]>;
}

/** What has changed since: rows of the tables from which views are made. Both 0 = all; past the end = what comes from now on. */
export interface ChangeCursor {
  timeline: number;
  chain: number;
}

// ---- the whole

export interface ListIncidents {
  /** `open`, `closed` or `all`. */
  state: 'open' | 'closed' | 'all';
  /** 1..200. */
  limit: number;
  /** Number below which to go on (newest first). */
  before?: number;
}

/** How many wait, and since when the oldest does. */
export interface Waits {
  count: number;
  since?: number;
}

export interface Records {
  /** One transaction: the delivery, its claim, the incident if it is new, and its sealed values. */
  receive(delivery: Delivery, open: OpenIncident): Promise<Receipt>;
  inbox: {
    /** Oldest first; the `first` so many, or all. */
    ofIncident(incident: string, first?: number): Promise<InboxRow[]>;
    /** Alerts that joined, and messages, not yet looked at; of one incident or of all. */
    unsettled(limit: number, incident?: string): Promise<InboxRow[]>;
    lastAlert(incident: string): Promise<InboxRow | undefined>;
    /** What its alerts say of their exposure, each word once. */
    exposures(incident: string): Promise<string[]>;
    /** Incidents with alerts that nobody looked at, or with more than their workflow knows of. One view of all. */
    untold(): Promise<Untold[]>;
    /**
     * One commit: alerts of the incident up to row `upTo` that say one of `exposures` were looked at, and its workflow knows
     * of `told`. One that came over from another incident meanwhile, and says something else, is news still.
     */
    looked(news: Pick<Untold, 'incident' | 'upTo' | 'told' | 'exposures'>, outcome: unknown, at: number): Promise<void>;
    settle(ids: number[], outcome: unknown, at: number): Promise<void>;
  };
  incidents: {
    get(id: string): Promise<IncidentRow | undefined>;
    /** Newest first, without their plans. */
    list(query: ListIncidents): Promise<Omit<IncidentRow, 'plan'>[]>;
    /** Incidents whose workflow was never accepted by Temporal, oldest first. */
    unstarted(limit: number): Promise<IncidentRow[]>;
    started(id: string, at: number): Promise<void>;
    /** Claims the canonical credential too; answers the live incident that holds it already, or undefined when it is ours. */
    claim(id: string, claim: string): Promise<string | undefined>;
    /** The live incident that holds the claim. */
    holder(claim: string): Promise<string | undefined>;
    /** Pins the plan. A second call with another digest throws. */
    pin(id: string, plan: unknown, digest: string, credential: string): Promise<void>;
    /** Last writer by `at` wins, so a late attempt never sets an older state. */
    show(id: string, view: { stage: string; waiting: string; held: string; at: number }): Promise<void>;
    /** Ends it and frees its claims, in one commit. */
    close(id: string, as: string, at: number, joinedTo?: string): Promise<void>;
    /** All that answer for what it found, oldest first. */
    children(parent: string): Promise<ChildRow[]>;
    /** Those that have it as a child, oldest first: the one that opened it, and those that found it live. */
    parents(child: string): Promise<string[]>;
  };
  effects: Effects;
  decisions: Decisions;
  timeline: Timeline;
  sealed: Sealed;
  said: SaidRows;
  posts: Posts;
  handles: Handles;
  links: Links;
  /**
   * Incidents about which a line, a decision or an effect was written after the cursor, each once, and where it is now.
   * Reads at most `limit` rows of either table: there is more while the cursor moves.
   */
  changed(since: ChangeCursor, limit: number): Promise<{ incidents: string[]; cursor: ChangeCursor }>;
  /** What Firebreak itself has still to do: start an incident, look at an alert that joined, pass on a decision. */
  waiting(): Promise<{ incidents: Waits; alerts: Waits; decisions: Waits }>;
  /** Walks the hash chain over effects and decisions. `anchor`: rows and head of an earlier report, kept elsewhere. */
  verify(anchor?: { rows: number; head: string }): Promise<ChainReport>;
  close(): Promise<void>;
}

export interface ChainReport {
  ok: boolean;
  rows: number;
  /** Hash of the last row, hex. */
  head: string;
  /** First row that does not fit, and why, when not ok. */
  broken?: { seq: number; table: string; key: string; reason: string };
}
