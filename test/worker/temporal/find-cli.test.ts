import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FindOptions, findCli } from '../../../worker/temporal/find-cli.js';
import { pinnedCli } from '../../../worker/temporal/pinned-cli.js';

const pinned = pinnedCli();
let home: string;
let said: string[];
const servers: Server[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'firebreak-cli-'));
  said = [];
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
  for (const server of servers.splice(0)) server.close();
});

const cached = () => join(home, 'cache', 'firebreak', 'temporal', pinned.version, 'temporal');

/** An executable of this content. */
function script(path: string, ...lines: string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}
const temporal = (path: string, version: string, server = '1.31.2') =>
  script(path, `echo "temporal version ${version} (Server ${server}, UI 2.50.1)"`);

function find(env: Record<string, string> = {}, more: Partial<FindOptions> = {}) {
  return findCli({
    env: { PATH: join(home, 'bin'), XDG_CACHE_HOME: join(home, 'cache'), ...env },
    say: (line) => void said.push(line),
    download: async () => false,
    build: async () => {
      throw new Error('nothing may be built here');
    },
    ...more,
  });
}

/** A `go` that claims this version and does these lines when asked to build; it runs with the tools of /bin. */
function fakeGo(
  version: string,
  ...build: string[]
): Partial<FindOptions> & { env: Record<string, string | undefined> } {
  script(
    join(home, 'bin', 'go'),
    `if [ "$1 $2" = "env GOVERSION" ]; then echo ${version}; exit; fi`,
    `if [ "$1 $2" = "env GOCACHE" ]; then echo ${home}/gocache; exit; fi`,
    'while [ "$1" != "-o" ]; do shift; done; into="$2"',
    ...build,
  );
  return {
    build: undefined,
    env: { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, XDG_CACHE_HOME: join(home, 'cache') },
  };
}

describe('finding the Temporal CLI', () => {
  it('refuses what TEMPORAL_CLI_PATH names when it is not there, and looks no further', async () => {
    temporal(join(home, 'bin', 'temporal'), '1.8.2');
    await expect(find({ TEMPORAL_CLI_PATH: '/nowhere/temporal' })).rejects.toThrow(
      'TEMPORAL_CLI_PATH names /nowhere/temporal, which is not there; correct it, or unset it to let Firebreak look for one.',
    );
  });

  it('refuses what TEMPORAL_CLI_PATH names when it is something else, or too old', async () => {
    const other = script(join(home, 'other'), 'echo hello');
    await expect(find({ TEMPORAL_CLI_PATH: other })).rejects.toThrow(
      'does not answer --version as the Temporal CLI does',
    );
    const old = temporal(join(home, 'old'), '1.5.1', '1.29.1');
    await expect(find({ TEMPORAL_CLI_PATH: old })).rejects.toThrow('Temporal CLI 1.5.1, but 1.8.0 is the oldest');
  });

  it('refuses a server that cannot read the data that is there', async () => {
    const path = temporal(join(home, 'named'), '1.9.0', '1.32.0');
    const failing = find({ TEMPORAL_CLI_PATH: path }, { schema: '1.31' });
    await expect(failing).rejects.toMatchObject({ code: 'other-schema' });
    await expect(failing).rejects.toThrow('was written by Temporal server 1.31');
  });

  it('prefers TEMPORAL_CLI_PATH, then PATH, then the cache', async () => {
    temporal(cached(), pinned.version);
    expect(await find()).toMatchObject({ from: 'cache', path: cached(), version: pinned.version, server: '1.31.2' });
    temporal(join(home, 'bin', 'temporal'), '1.8.0');
    expect(await find()).toMatchObject({ from: 'PATH', version: '1.8.0' });
    const named = temporal(join(home, 'named'), '1.10.0', '1.33.0');
    expect(await find({ TEMPORAL_CLI_PATH: named })).toMatchObject({ from: 'TEMPORAL_CLI_PATH', version: '1.10.0' });
  });

  it('passes over one on PATH that is too old or of another schema, and says so', async () => {
    temporal(cached(), pinned.version);
    const path = temporal(join(home, 'bin', 'temporal'), '1.7.9', '1.30.0');
    expect(await find()).toMatchObject({ from: 'cache' });
    temporal(path, '1.9.0', '1.32.0');
    expect(await find({}, { schema: '1.31' })).toMatchObject({ from: 'cache' });
    expect(said).toEqual([
      `${path} is Temporal CLI 1.7.9, older than 1.8.0; looking for another one.`,
      `${path} is Temporal server 1.32.0, but the data is of 1.31; looking for another one.`,
    ]);
  });

  it('does not trust a broken file in the cache', async () => {
    script(cached(), 'exit 1');
    const made = await find({}, { build: async ({ into }) => void temporal(into, pinned.version) });
    expect(made).toMatchObject({ from: 'build', path: cached() });
  });

  it('builds once when two look at the same time; the other waits and says why', async () => {
    let builds = 0;
    const build: FindOptions['build'] = async ({ into }) => {
      builds++;
      await new Promise((resolve) => setTimeout(resolve, 50)); // long enough for the other to come
      temporal(into, pinned.version);
    };
    const both = await Promise.all([find({}, { build }), find({}, { build })]);
    expect(builds).toBe(1);
    expect(both.map(({ from }) => from).sort()).toEqual(['build', 'cache']);
    expect(said).toEqual(['Another Firebreak is getting Temporal right now; waiting for it.']);
  });
});

describe('downloading the Temporal CLI', () => {
  /** Answers every request with this; gives its address. */
  async function site(status: number, body: Buffer | string): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }
  const build: FindOptions['build'] = async ({ into }) => void temporal(into, pinned.version);
  const real = (FIREBREAK_TEMPORAL_DOWNLOAD: string) =>
    find({ FIREBREAK_TEMPORAL_DOWNLOAD, PATH: '/usr/bin:/bin' }, { download: undefined, build });

  it.each([
    ['is refused', 404, 'it answered 404'],
    ['is no archive', 200, 'the archive cannot be unpacked'],
  ])('builds instead, and says why, when the answer %s', async (_, status, reason) => {
    expect(await real(await site(status, 'nothing'))).toMatchObject({ from: 'build' });
    expect(said.at(-1)).toContain(`The download is not possible here (${reason}`);
    expect(readdirSync(dirname(cached())).filter((name) => name.startsWith('.download'))).toEqual([]);
  });

  it('builds instead when nobody answers', async () => {
    const address = await site(200, '');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await real(address)).toMatchObject({ from: 'build' });
    expect(said.at(-1)).toBe('The download is not possible here (ECONNREFUSED).');
  });

  it('takes the executable out of the official archive', async () => {
    const content = `#!/bin/sh\necho "temporal version ${pinned.version} (Server 1.31.2, UI 2.50.1)"\n`;
    expect(await real(await site(200, gzipSync(tar('temporal', content))))).toMatchObject({
      from: 'download',
      path: cached(),
    });
    expect(readFileSync(cached(), 'utf8')).toBe(content);
  });
});

describe('building the Temporal CLI', () => {
  it('says how to go on when there is no Go', async () => {
    const failing = find({}, { build: undefined });
    await expect(failing).rejects.toMatchObject({ code: 'no-go' });
    await expect(failing).rejects.toThrow(
      `The Temporal CLI is not here and cannot be built, because there is no go on PATH; install Go ${pinned.go} or newer, or put the Temporal CLI ${pinned.version} on PATH or into TEMPORAL_CLI_PATH.`,
    );
  });

  it.each([
    ['go1.24.9', [], 'go-too-old', `cannot be built with go1.24.9, it needs Go ${pinned.go}`],
    [
      'go1.26.8',
      ['echo "dial tcp: lookup modules.example: no such host" >&2; exit 1'],
      'no-network',
      'set GOPROXY to a proxy that can be reached',
    ],
    ['go1.26.8', ['echo "write x: no space left on device" >&2; exit 1'], 'no-space', 'make room'],
    ['go1.26.8', ['echo "compile: signal: killed" >&2; exit 1'], 'build-failed', 'it needs about 2 GB of memory'],
    ['go1.26.8', ['echo "x.go:1: syntax error" >&2; exit 1'], 'build-failed', 'x.go:1: syntax error'],
  ])('says why it failed with %s and %j', async (version, lines, code, sentence) => {
    const failing = findCli({ say: () => {}, download: async () => false, ...fakeGo(version, ...lines) });
    await expect(failing).rejects.toMatchObject({ code });
    await expect(failing).rejects.toThrow(sentence);
    expect(existsSync(cached())).toBe(false);
    expect(readdirSync(dirname(cached())).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('puts the whole executable into the cache, built with the Go that is there', async () => {
    const go = fakeGo(
      'go1.26.8',
      'echo "go: downloading example.org/x v1.0.0" >&2',
      'echo "example.org/x" >&2',
      `printf '#!/bin/sh\\necho "temporal version ${pinned.version} (Server 1.31.2, UI 2.50.1)"\\n' > "$into"; chmod +x "$into"`,
      `echo "$GOTOOLCHAIN $CGO_ENABLED $PWD" > ${home}/seen`,
    );
    const found = await findCli({ say: (line) => void said.push(line), download: async () => false, ...go });
    expect(found).toMatchObject({ from: 'build', path: cached(), version: pinned.version });
    expect(readFileSync(join(home, 'seen'), 'utf8').trim()).toBe(`local 0 ${pinned.folder}`);
    expect(said[0]).toMatch(/^Building Temporal CLI .* about 4 minutes on 2 cores/);
  });
});

/** A tar archive of one file. */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
