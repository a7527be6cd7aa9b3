/** The tables as they are stored: JSON and booleans as TEXT and INTEGER, so that one text of SQL serves SQLite and PostgreSQL. */
export interface Tables {
  migrations: { id: number; name: string };
  counters: { name: 'incident' | 'inbox' | 'timeline' | 'chain' | 'said'; value: number };
  incidents: {
    id: string;
    number: number;
    opened_at: number;
    opened_by: string;
    observe: number;
    playbook: string | null;
    stage: string;
    waiting: string;
    held: string;
    /** Time of the newest `show`. */
    shown_at: number;
    closed_at: number | null;
    closed_as: string | null;
    started_at: number | null;
    credential: string | null;
    plan: string | null;
    plan_digest: string | null;
    alerts: number;
    /** Of `alerts`, how many its workflow knows of. */
    told: number;
    joined_to: string | null;
    /** The incident that found its credential and opened it. */
    parent: string | null;
  };
  /** `child` answers for `claim`, which `parent` found; `opened` = for it, else it was live already. */
  children: { parent: string; claim: string; child: string; opened: number; at: number };
  claims: { incident: string; claim: string; live: number };
  inbox: {
    id: number;
    source: string;
    key: string;
    kind: 'alert' | 'message';
    received_at: number;
    body: string;
    incident: string;
    /** The incident was live already when it came. */
    joined: number;
    settled_at: number | null;
    outcome: string | null;
    exposure: string | null;
  };
  effects: {
    key: string;
    incident: string;
    target: string;
    class: string;
    plan_digest: string | null;
    args: string | null;
    before: string | null;
    sure: number;
    state: 'intent' | 'done' | 'not_applied' | 'needs_human';
    undone_by: string | null;
    outcome: string | null;
    sealed: string | null;
    epoch: number | null;
    attempts: number;
    sole: number;
    looked_at: number | null;
    begun_at: number | null;
    quiet_at: number;
    finished_at: number | null;
  };
  decisions: {
    id: string;
    incident: string;
    at: number;
    person: string;
    roles: string;
    channel: string;
    control: string;
    step: string;
    answer: string;
    reason: string;
    generation: number;
    plan_digest: string;
    outcome: 'given' | 'counted' | 'refused';
    refusal: string;
    settled_at: number | null;
  };
  timeline: {
    id: number;
    incident: string;
    at: number;
    kind: string;
    step: string;
    generation: number;
    line: string;
    data: string | null;
    key: string;
  };
  sealed: { incident: string; name: string; box: string; expires_at: number };
  said: {
    id: number;
    source: string;
    key: string;
    received_at: number;
    body: string;
    settled_at: number | null;
    outcome: string | null;
  };
  posts: {
    incident: string;
    part: string;
    channel: string;
    message: string;
    digest: string;
    at: number;
    data: string | null;
  };
  handles: { id: string; key: string; body: string; at: number };
  links: {
    source: string;
    account: string;
    person: string;
    at: number;
    by: string;
    ended_at: number | null;
    ended_by: string | null;
  };
  chain: { seq: number; tbl: 'effects' | 'decisions'; key: string; entry: string; prev: string; hash: string };
}
