/** Everything that is set on the embedded Temporal server, and why. */

/** What of Temporal's own search the lists of people go by; all of type Keyword. */
export const SEARCH_ATTRIBUTES = ['FirebreakStage', 'FirebreakKind', 'FirebreakPlaybook', 'FirebreakWaiting'] as const;

/** The server makes its namespace with one day, in which a closed incident could not even be looked at after a weekend. */
export const RETENTION_DAYS = 30;

export const NAMESPACE = 'default';

export interface ServerPlan {
  port: number;
  databaseFile: string;
  /** Absent: no web page at all. */
  uiPort?: number;
}

/** Arguments of the Temporal CLI. */
export function serverArguments({ port, databaseFile, uiPort }: ServerPlan): string[] {
  return [
    'server',
    'start-dev',
    '--port',
    String(port),
    '--db-filename',
    databaseFile,
    // it has no authentication: who reaches the port can decide anything
    '--ip',
    '127.0.0.1',
    ...(uiPort === undefined
      ? ['--headless']
      : ['--ui-port', String(uiPort), '--ui-ip', '127.0.0.1', '--ui-disable-news-fetch']),
    '--log-format',
    'json',
    '--log-level',
    'warn',
    // on a new file only; on an old one the API adds what is missing
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...SQLITE_PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

/**
 * Write-ahead log with one sync per checkpoint instead of several per commit: 10 -> 33 five-step runs a second at 50 at
 * once. A killed process loses nothing. A machine that loses power may lose Temporal's last moments, never the file;
 * what must survive that, intents and decisions, is in records, which sync every commit.
 */
const SQLITE_PRAGMAS = ['journal_mode=WAL', 'synchronous=NORMAL'];

const DYNAMIC_CONFIG: Record<string, string> = {
  // the queues between workflow, activity and timer are polled at most so often a second, per shard. The default of 20
  // is for hundreds of shards; this server has one, and each hop of an incident waited up to 50 ms
  'history.transferProcessorMaxPollRPS': '2000',
  'history.timerProcessorMaxPollRPS': '2000',
  'history.visibilityProcessorMaxPollRPS': '2000',
  // a step that the worker itself can run is handed over with the answer that scheduled it: the first step of an alert
  // is the one that contains. On by itself only from server 1.32 on
  'system.enableActivityEagerExecution': 'true',
  'system.enableEagerWorkflowStart': 'true',
  // no call to the internet for news of versions
  'frontend.enableServerVersionCheck': 'false',
};

/** What a program needs to run, and nothing that is a secret. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'SYSTEMROOT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
]);

/**
 * The server outlives us and is no part of us: it gets none of the tokens and keys that our environment holds, and no
 * TEMPORAL_* of the person's own cluster. `GOGC=400` was measured: 5 % more runs a second at saturation, for up to
 * three times the heap. Left alone, because nobody has 30 incidents a second and everybody has a small machine.
 */
export function serverEnvironment(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.has(name.toUpperCase())));
}
