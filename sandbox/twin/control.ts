import { randomBytes, timingSafeEqual } from 'node:crypto';
import { systemClock } from './clock.js';
import { type Fault, Faults } from './faults.js';
import { type Call, type Counts, Ledger, type Write } from './ledger.js';
import { type Answer, type Request, type Served, serve } from './serve.js';

/** What can be seen and done behind the provider's back, in process or over the control port. */
export interface Controls {
  faults: Faults;
  ledger: Ledger;
  /** What is there now; without secrets. */
  state(): unknown;
  /** Acts by name, arguments and results in JSON: what an operator would do outside, delivery, secrets to search for. */
  commands: Record<string, (args: Record<string, unknown>) => unknown>;
}

export interface Twin {
  url: string;
  controls: Controls;
  close(): Promise<void>;
}

export interface ControlAddress {
  url: string;
  token: string;
}

/**
 * Serves the controls of the named twins to other processes on a loopback port of its own, behind a random token:
 * `GET /_twin/<name>/{state,counts,writes,calls,faults}`, `POST /_twin/<name>/faults` (a fault), `DELETE .../faults`,
 * `POST /_twin/<name>/release`, `POST /_twin/<name>/watch`, `POST /_twin/<name>/do/<command>`, `POST /_twin/kill`
 * (SIGKILL to `pids`, when held calls stand where they should), `POST /_twin/stop`.
 */
export async function startControl(
  twins: Record<string, Controls>,
  options: { port?: number; onStop?: () => void } = {},
): Promise<ControlAddress & { close(): Promise<void> }> {
  const token = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);
  const served: Served = await serve({
    clock: systemClock,
    port: options.port ?? 0,
    faults: new Faults(),
    ledger: new Ledger(),
    name: () => ({ method: 'control' }),
    refuse: () => ({ status: 500, body: '' }),
    async answer(request) {
      const given = Buffer.from(request.header('authorization') ?? '');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return json(401, { error: 'token' });
      if (request.method === 'POST' && request.path === '/_twin/stop') {
        setImmediate(() => options.onStop?.());
        return json(200, { stopping: true });
      }
      if (request.method === 'POST' && request.path === '/_twin/kill') return kill(request);
      const [, root, name = '', ...rest] = request.path.split('/');
      const twin = Object.hasOwn(twins, name) ? twins[name] : undefined;
      if (root !== '_twin' || twin === undefined) return json(404, { error: `there is no twin ${name}` });
      try {
        return await control(twin, `${request.method} ${rest.join('/')}`, request);
      } catch (error) {
        return json(400, { error: error instanceof Error ? error.message : 'failed' });
      }
    },
  });
  return { url: served.url, token, close: served.close };
}

function kill(request: Request): Answer {
  const { pids } = JSON.parse(request.body.toString('utf8')) as { pids: number[] };
  for (const pid of pids) {
    if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) return json(400, { error: `not killing ${pid}` });
  }
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return json(200, { at: Date.now() });
}

async function control(twin: Controls, verb: string, request: Request): Promise<Answer> {
  const body = () => JSON.parse(request.body.toString('utf8') || '{}') as Record<string, unknown>;
  switch (verb) {
    case 'GET state':
      return json(200, twin.state());
    case 'GET counts':
      return json(200, twin.ledger.counts());
    case 'GET writes':
      return json(200, twin.ledger.writes());
    case 'GET faults':
      return json(200, { pending: twin.faults.pending(), held: twin.faults.held, holding: twin.faults.holding() });
    case 'POST faults':
      twin.faults.add(body() as unknown as Fault);
      return json(200, { pending: twin.faults.pending() });
    case 'DELETE faults':
      twin.faults.clear();
      return json(200, {});
    case 'POST release':
      return json(200, { released: twin.faults.release(body() as { about?: string[]; cut?: boolean }) });
    case 'GET calls':
      return json(200, twin.ledger.calls());
    case 'POST watch':
      twin.ledger.watch(body().words as string[]);
      return json(200, {});
  }
  const command = /^POST do\/([a-z-]+)$/.exec(verb)?.[1] ?? '';
  if (!Object.hasOwn(twin.commands, command)) {
    return json(404, { error: `no such control; commands: ${Object.keys(twin.commands).join(', ')}` });
  }
  return json(200, (await twin.commands[command]!(body())) ?? {});
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** One twin of another process, by its control address. Throws with the control's own sentence when it refuses. */
export class RemoteTwin {
  readonly #name: string;
  readonly #at: ControlAddress;

  constructor(name: string, at: ControlAddress) {
    this.#name = name;
    this.#at = at;
  }

  counts = () => this.#ask('GET', 'counts') as Promise<Counts>;
  writes = () => this.#ask('GET', 'writes') as Promise<Write[]>;
  state = () => this.#ask('GET', 'state');
  fault = (fault: Omit<Fault, 'onApplied'>) => this.#ask('POST', 'faults', fault);
  clearFaults = () => this.#ask('DELETE', 'faults');
  release = (which: { about?: string[]; cut?: boolean } = {}) =>
    this.#ask('POST', 'release', which) as Promise<{ released: number }>;
  /** Faults that no call has met yet, and those that hold one. */
  faults = () => this.#ask('GET', 'faults') as Promise<{ pending: Fault[]; held: number; holding: Fault[] }>;
  watch = (words: string[]) => this.#ask('POST', 'watch', { words });
  calls = () => this.#ask('GET', 'calls') as Promise<Call[]>;
  do = (command: string, args: Record<string, unknown> = {}) => this.#ask('POST', `do/${command}`, args);

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#at.url}/_twin/${this.#name}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#at.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const value = (await answer.json()) as { error?: string };
    if (!answer.ok) throw new Error(`the twin ${this.#name} did not take ${method} ${path}: ${value.error}`);
    return value;
  }
}

/** The twins kill these processes, whatever they wait for. */
export async function killProcesses(at: ControlAddress, pids: number[]): Promise<void> {
  const answer = await fetch(`${at.url}/_twin/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${at.token}` },
    body: JSON.stringify({ pids }),
  });
  if (!answer.ok)
    throw new Error(`the twins did not kill ${pids}: ${((await answer.json()) as { error: string }).error}`);
}

/** Stops a sandbox that runs as its own process. */
export async function stopSandbox(at: ControlAddress): Promise<void> {
  await fetch(`${at.url}/_twin/stop`, { method: 'POST', headers: { authorization: `Bearer ${at.token}` } });
}
