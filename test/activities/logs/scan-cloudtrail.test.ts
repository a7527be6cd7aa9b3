import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { INDICATOR_IDS, INDICATORS } from '../../../activities/logs/indicators.js';
import type { LogScan } from '../../../activities/logs/scan-cloudtrail.js';
import { VERDICTS } from '../../../activities/logs/verdict.js';
import {
  by,
  KEY,
  LEAK,
  OURS,
  othersUntil,
  past,
  record,
  scan,
  stranger,
  THEIRS,
  trailFile,
  trailFolder,
} from './write-trail.js';

const MINUTE = 60_000;
const until = LEAK + 40 * MINUTE;
const calm = () => [...past(), ...othersUntil(until), record(LEAK + MINUTE)];
const attack = () => [
  ...calm(),
  ...['GetCallerIdentity', 'ListBuckets', 'ListUsers', 'ListBuckets'].map((name, i) =>
    record(LEAK + (2 + i) * MINUTE, stranger(name)),
  ),
];
const indicator = (result: LogScan, id: string) => result.indicators.find((i) => i.id === id)!;
const why = (result: LogScan, name: string) => result.coverage.files.find((file) => file.name === name)?.why;

describe('an all-clear', () => {
  it('is given only for complete logs of a key that did what it always did', async () => {
    const result = await scan(trailFolder({ 'a.json.gz': calm() }));
    expect(result.verdict).toBe('no_misuse_found');
    expect(result.coverage).toMatchObject({ complete: true, reasons: [], unread: 0, records: 23 });
    expect(result.line).toBe('Used since the leak: 1 call, from known addresses.');
    expect(result.indicators.map(({ id }) => id)).toEqual([...INDICATOR_IDS]);
    expect(result.indicators.every(({ state }) => state === 'not_matched')).toBe(true);
  });

  it('is given for a key without a past that nobody used', async () => {
    const result = await scan(trailFolder({ 'a.json': othersUntil(until) }));
    expect([result.verdict, result.line]).toEqual(['no_misuse_found', 'Used since the leak: no.']);
  });

  it.each<[string, () => Promise<LogScan>, RegExp]>([
    [
      'the newest calls may not have arrived',
      () => scan(trailFolder({ 'a.json': calm() }), { now: until }),
      /not have been delivered/,
    ],
    [
      'the trail has been silent for long',
      () => scan(trailFolder({ 'a.json': [...past(), ...othersUntil(LEAK + MINUTE)] })),
      /may have stopped/,
    ],
    [
      'the logs begin after the leak',
      () =>
        scan(
          trailFolder({
            'a.json': [record(LEAK + MINUTE, by('AKIAOTHEROTHEROTHER1')), record(until, by('AKIAOTHEROTHEROTHER1'))],
          }),
        ),
      /begin at .* after the exposure/,
    ],
    ['there are no logs', () => scan(trailFolder({})), /no record in the folder/],
    [
      'one file is broken',
      () => scan(trailFolder({ 'a.json': calm(), 'b.json.gz': 'oops' })),
      /1 file could not be read/,
    ],
  ])('is withheld when %s', async (_, run, reason) => {
    const result = await run();
    expect(result.verdict).toBe('inconclusive');
    expect(result.coverage.complete).toBe(false);
    expect(result.coverage.reasons.join('; ')).toMatch(reason);
  });

  it('is withheld when the key was used and has no past to compare with', async () => {
    const result = await scan(trailFolder({ 'a.json': [...othersUntil(until), record(LEAK + MINUTE)] }));
    expect(result.coverage.complete).toBe(true);
    expect(result.verdict).toBe('inconclusive');
    expect(result.line).toContain('no past to compare with');
    expect(indicator(result, 'new_address').state).toBe('not_comparable');
  });

  it('is not spoiled by our own tries whether the key still works', async () => {
    const ours = { sourceIPAddress: '10.9.9.9', userAgent: 'aws-sdk-js/3.1169.0 lang/js firebreak/INC-7' };
    const tries = [2, 3].map((minute) =>
      record(LEAK + minute * MINUTE, { ...ours, eventSource: 'sts.amazonaws.com', eventName: 'GetCallerIdentity' }),
    );
    const result = await scan(trailFolder({ 'a.json': [...calm(), ...tries] }));
    expect(result).toMatchObject({ verdict: 'no_misuse_found', uses: 1, ourTries: 2 });
  });

  it('is not given to a stranger who borrows our name for anything else', async () => {
    const borrowed = record(
      LEAK + 2 * MINUTE,
      stranger('ListBuckets', { userAgent: 'aws-cli/2.15.0 firebreak/INC-7' }),
    );
    expect((await scan(trailFolder({ 'a.json': [...calm(), borrowed] }))).verdict).toBe('misuse');
  });

  it('says when to look again', async () => {
    const result = await scan(trailFolder({ 'a.json': calm() }), { now: until });
    expect(result.coverage.lookAgainAt).toBe(until + 900_000);
    expect(result.line).toContain('look again in 15 min');
  });
});

describe('a file that cannot be read to its end', () => {
  const whole = trailFile('b.json.gz', attack());
  const broken: [string, string | Buffer, RegExp][] = [
    ['a truncated gzip', whole.subarray(0, whole.length - 20), /truncated/],
    ['a gzip cut inside its checksum', whole.subarray(0, whole.length - 3), /truncated/],
    [
      'a gzip with a wrong checksum',
      Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8, 7)]),
      /checksum does not match/,
    ],
    ['a gzip with text behind it', Buffer.concat([whole, Buffer.from('tail')]), /damaged|behind the end/],
    ['a gzip with zeros behind it', Buffer.concat([whole, Buffer.alloc(64)]), /64 bytes behind the end/],
    ['a second gzip that ends early', Buffer.concat([whole, whole.subarray(0, 40)]), /truncated/],
    ['text that calls itself gzip', 'hello', /not gzip/],
    ['an empty gzip', '', /empty/],
  ];
  it.each(broken)('is not scanned, and why is said: %s', async (_, content, reason) => {
    const result = await scan(trailFolder({ 'a.json': calm(), 'b.json.gz': content }));
    expect(result.coverage.complete).toBe(false);
    expect(why(result, 'b.json.gz')).toMatch(reason);
    expect(result.verdict).not.toBe('no_misuse_found');
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['a list that breaks off', JSON.stringify({ Records: calm() }).slice(0, -40), /middle of its records/],
    ['a line that breaks off', `${JSON.stringify(record(LEAK))}\n{"eventTime":"2026-11-24T`, /not JSON/],
    ['NUL bytes', Buffer.concat([trailFile('x.ndjson', calm()), Buffer.alloc(512), Buffer.from('\n')]), /NUL bytes/],
    [
      'NUL bytes inside a list',
      Buffer.from(JSON.stringify({ Records: calm() }).replace('},{', '},\0\0{')),
      /no record/,
    ],
    [
      'a line that is not UTF-8',
      Buffer.concat([trailFile('x.ndjson', calm()), Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])]),
      /not UTF-8/,
    ],
    ['something that is no log', 'Read me first.\n', /not JSON/],
    ['JSON that is no log', '{"hello":"world"}', /not a CloudTrail record/],
    ['text behind the list', `${JSON.stringify({ Records: [] })} trailing`, /JSON|after the list/],
  ])('is not scanned, and why is said: %s', async (_, content, reason) => {
    const result = await scan(trailFolder({ 'a.json': calm(), 'b.log': content }));
    expect(why(result, 'b.log')).toMatch(reason);
    expect(result.verdict).toBe('inconclusive');
  });

  it('still counts as evidence of misuse', async () => {
    const many = trailFile('b.json.gz', Array.from({ length: 400 }, () => attack()).flat());
    const result = await scan(trailFolder({ 'a.json': calm(), 'b.json.gz': many.subarray(0, many.length - 100) }));
    expect(result.verdict).toBe('misuse');
    expect(result.coverage.complete).toBe(false);
    expect(result.line).toMatch(
      /^Used since the leak: yes, .* from 185\.220\.101\.4, .*Could not read: 1 file \(truncated\)\.$/,
    );
  });

  it('goes on with the records behind a damaged one', async () => {
    const lines = [...past(), ...othersUntil(until)].map((r) => JSON.stringify(r));
    const result = await scan(
      trailFolder({
        'a.ndjson': [...lines, '{"torn', JSON.stringify(record(LEAK + MINUTE, stranger('ListBuckets')))].join('\n'),
      }),
    );
    expect(result.verdict).toBe('misuse');
    expect(why(result, 'a.ndjson')).toBe('record 23 is not JSON');
  });

  it('says that an unreadable piece names the key', async () => {
    const result = await scan(trailFolder({ 'a.json': calm(), 'b.log': `{"accessKeyId":"${KEY}"` }));
    expect(result.coverage.files.find(({ name }) => name === 'b.log')).toMatchObject({ complete: false, mentions: 1 });
  });

  it('is what a pipe, a dangling link and a link out of the folder are', async () => {
    const folder = trailFolder({ 'a.json': calm() });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
    symlinkSync(join(trailFolder({ 'x.json': attack() }), 'x.json'), join(folder, 'outside.json'));
    const result = await scan(folder);
    expect(why(result, 'pipe')).toBe('not a regular file');
    expect(why(result, 'dangling')).toBe('a link that leads nowhere');
    expect(why(result, 'outside.json')).toBe('a link that leaves the folder');
    expect(result.verdict).toBe('inconclusive');
    expect(result.uses).toBe(1);
  });

  it('is one that grows, or shrinks, while it is read', async () => {
    const folder = trailFolder({
      'a.ndjson': calm(),
      'b.ndjson': trailFile(
        'b.ndjson',
        Array.from({ length: 3000 }, () => record(LEAK - MINUTE)),
      ),
    });
    let beats = 0;
    const grown = await scan(folder, {
      heartbeat: () => {
        if (beats++ === 1)
          queueMicrotask(() => appendFileSync(join(folder, 'b.ndjson'), `${JSON.stringify(record(LEAK))}\n`));
      },
    });
    // appended before its size was taken: read whole; after: said
    expect([undefined, 'was growing while it was read']).toContain(why(grown, 'b.ndjson'));

    let cut = false;
    const { readLogFile } = await import('../../../activities/logs/read-log-file.js');
    const path = join(folder, 'b.ndjson');
    const read = await readLogFile(path, () => {
      if (!cut) truncateSync(path, 1000);
      cut = true;
    });
    expect(read.incomplete).toBe('became shorter while it was read');
    const again = await readLogFile(path, () => appendFileSync(path, 'x'));
    expect(again.incomplete).toBe('was growing while it was read');
  });
});

describe('the manifest', () => {
  it('names each file with its bytes, hash, records and times', async () => {
    const content = trailFile('AWSLogs/1/x.json.gz', calm());
    const result = await scan(
      trailFolder({ 'AWSLogs/1/x.json.gz': content, 'empty.json': '', 'none.json': '{"Records":[]}' }),
    );
    expect(result.coverage.files).toEqual([
      {
        name: 'AWSLogs/1/x.json.gz',
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        decodedBytes: gunzipSync(content).length,
        records: 23,
        from: LEAK - 3600_000,
        to: until,
        complete: true,
      },
      expect.objectContaining({ name: 'empty.json', bytes: 0, records: 0, complete: true }),
      expect.objectContaining({ name: 'none.json', bytes: 14, records: 0, complete: true }),
    ]);
    expect(result.coverage.neverLogged.join()).toContain('S3');
  });

  it('keeps the hash of a damaged file, so that it can be found again', async () => {
    const content = trailFile('x.gz', calm()).subarray(0, 200);
    const result = await scan(trailFolder({ 'x.gz': content }));
    expect(result.coverage.files[0]?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('does not let a time inside a request stand for the time of the call', async () => {
    const late = { eventTime: '2030-01-01T00:00:00Z' };
    const result = await scan(
      trailFolder({ 'a.json': [record(LEAK - MINUTE, { ...by('AKIAOTHEROTHEROTHER1'), requestParameters: late })] }),
    );
    expect(result.coverage.to).toBe(LEAK - MINUTE);
  });
});

describe('what counts as a use', () => {
  it('is a call made with the key, not one that mentions it', async () => {
    const mention = record(LEAK + MINUTE, { ...by('AKIAADMINADMINADMIN1'), requestParameters: { accessKeyId: KEY } });
    const result = await scan(trailFolder({ 'a.json': [...calm(), mention] }));
    expect(result.uses).toBe(1);
  });

  it('finds the key however JSON writes it, in each of the forms a log may have', async () => {
    const hidden = JSON.stringify(record(LEAK + MINUTE, stranger('ListBuckets'))).replaceAll(
      KEY,
      KEY.replace('A', '\\u0041'),
    );
    const pretty = JSON.stringify(
      { Records: [record(LEAK + 2 * MINUTE, stranger('ListUsers', { userAgent: 'br{ce "}\\' }))] },
      null,
      2,
    );
    const result = await scan(
      trailFolder({
        'a.json.gz': calm(),
        'b.ndjson': `\n${hidden}\r\n\n`,
        'c.json': pretty,
        'd.json': `${JSON.stringify({ Records: [record(LEAK + 3 * MINUTE, stranger('A'))] })}\n${JSON.stringify({ Records: [record(LEAK + 4 * MINUTE, stranger('B'))] })}`,
        'e.gz': Buffer.concat([
          gzipSync(`${JSON.stringify(record(LEAK + 5 * MINUTE, stranger('C')))}\n`),
          gzipSync(JSON.stringify(record(LEAK + 6 * MINUTE, stranger('D')))),
        ]),
      }),
    );
    expect(result.coverage.reasons).toEqual([]);
    expect(result.uses).toBe(7);
    expect(result.visitors.find(({ address }) => address === THEIRS)?.actions.map(({ value }) => value)).toEqual([
      'A',
      'B',
      'C',
      'D',
      'ListBuckets',
      'ListUsers',
    ]);
  });

  it('counts a record that was delivered twice once', async () => {
    const records = attack();
    const result = await scan(trailFolder({ 'a.json': records, 'b.json.gz': records }));
    expect(result.uses).toBe(5);
  });

  it('follows sessions of sessions, whatever the order of the files', async () => {
    const child = 'ASIACHILDCHILDCHILD1';
    const grandchild = 'ASIAGRANDCHILDGRAND1';
    const issue = (id: string) => ({ responseElements: { credentials: { accessKeyId: id, sessionToken: 'x' } } });
    const result = await scan(
      trailFolder({
        'a.json': [record(LEAK + 5 * MINUTE, { ...stranger('GetSecretValue'), ...by(grandchild) })],
        'b.json': [record(LEAK + 4 * MINUTE, { ...stranger('AssumeRole'), ...by(child), ...issue(grandchild) })],
        'c.json': [...calm(), record(LEAK + 3 * MINUTE, { ...stranger('GetSessionToken'), ...issue(child) })],
        'd.json': [
          record(LEAK + 3 * MINUTE, {
            ...stranger('AssumeRole'),
            ...by('AKIAOTHEROTHEROTHER1'),
            ...issue('ASIAUNRELATEDUNREL01'),
          }),
          record(LEAK + 4 * MINUTE, by('ASIAUNRELATEDUNREL01')),
        ],
      }),
    );
    expect(result.sessions).toEqual([child, grandchild]);
    expect(result.uses).toBe(4);
    expect(indicator(result, 'impact').matches[0]?.what).toBe('GetSecretValue');
  });

  it('is told apart from an attempt with a key that was dead already', async () => {
    const result = await scan(
      trailFolder({ 'a.json': [...calm(), record(LEAK + 2 * MINUTE, { errorCode: 'InvalidClientTokenId' })] }),
    );
    expect([result.uses, result.notAccepted]).toEqual([2, 1]);
  });

  it('takes the second of the leak as after it', async () => {
    const result = await scan(trailFolder({ 'a.json': [...past(), ...othersUntil(until), record(LEAK)] }), {
      since: LEAK + 700,
    });
    expect(result.uses).toBe(1);
  });
});

describe('indicators', () => {
  it('are ten, each with its rule in words', () => {
    expect(INDICATORS.map(({ id }) => id)).toEqual([...INDICATOR_IDS]);
    expect(INDICATORS.every(({ how }) => how.length > 40)).toBe(true);
  });

  it('say what the attacker did and leave the service alone', async () => {
    const result = await scan(trailFolder({ 'a.json.gz': attack() }));
    expect(result.line).toBe(
      'Used since the leak: yes, 4 calls from 185.220.101.4, ListBuckets, GetCallerIdentity, ListUsers. And 1 call from where it is always used.',
    );
    expect(result.visitors.map(({ address, known, calls }) => [address, known, calls])).toEqual([
      [OURS, 'yes', 1],
      [THEIRS, 'no', 4],
    ]);
    expect(result.indicators.filter(({ state }) => state === 'matched').map(({ id, count }) => [id, count])).toEqual([
      ['new_address', 4],
      ['new_tool', 4],
      ['enumeration', 4],
      ['new_action', 4],
    ]);
  });

  const single: [string, string, Record<string, unknown>[], string][] = [
    ['new_address', 'an unknown address', [record(LEAK + MINUTE, { sourceIPAddress: THEIRS })], 'suspicious'],
    ['new_tool', 'an unknown tool', [record(LEAK + MINUTE, { userAgent: 'TruffleHog' })], 'suspicious'],
    ['new_region', 'an unknown region', [record(LEAK + MINUTE, { awsRegion: 'ap-east-1' })], 'suspicious'],
    ['new_action', 'an unknown action', [record(LEAK + MINUTE, { eventName: 'GetBucketTagging' })], 'suspicious'],
    ['enumeration', 'looking around', [record(LEAK + MINUTE, { eventName: 'ListUsers' })], 'suspicious'],
    [
      'rate_spike',
      'a hundred calls in a minute',
      Array.from({ length: 100 }, (_, i) => record(LEAK + 5 * MINUTE + i * 100)),
      'suspicious',
    ],
    [
      'error_burst',
      'refusals',
      Array.from({ length: 6 }, () => record(LEAK + 5 * MINUTE, { errorCode: 'AccessDenied' })),
      'suspicious',
    ],
    [
      'persistence',
      'a new key',
      [
        record(LEAK + MINUTE, {
          eventName: 'CreateAccessKey',
          requestParameters: { userName: 'mallory' },
          responseElements: { accessKey: { accessKeyId: 'AKIAMALLORYMALLORY12' } },
        }),
      ],
      'misuse',
    ],
    [
      'defence_evasion',
      'a stopped trail, even if refused',
      [record(LEAK + MINUTE, { eventName: 'StopLogging', errorCode: 'AccessDenied' })],
      'misuse',
    ],
    ['impact', 'a secret read', [record(LEAK + MINUTE, { eventName: 'GetSecretValue' })], 'misuse'],
  ];
  it.each(single)('%s sees %s', async (id, _, records, verdict) => {
    const result = await scan(trailFolder({ 'a.json': [...calm(), ...records] }));
    expect(indicator(result, id)).toMatchObject({ state: 'matched', count: expect.any(Number) });
    expect(indicator(result, id).count).toBeGreaterThan(0);
    expect(result.verdict).toBe(verdict);
  });

  it('count what a stranger does with an action that the service does all day', async () => {
    const reads = (at: number, n: number, over = {}) =>
      Array.from({ length: n }, () => record(at, { eventName: 'GetSecretValue', ...over }));
    const result = await scan(
      trailFolder({
        'a.json': [
          ...calm(),
          ...reads(LEAK - 5 * MINUTE, 30),
          ...reads(LEAK + MINUTE, 30),
          ...reads(LEAK + 2 * MINUTE, 3, { sourceIPAddress: THEIRS }),
        ],
      }),
    );
    expect(indicator(result, 'impact')).toMatchObject({ state: 'matched', count: 3 });
    expect(result.verdict).toBe('misuse');
  });

  it('name the key that was made, which needs an incident of its own', async () => {
    const result = await scan(trailFolder({ 'a.json': [...calm(), ...single[7]![2]] }));
    expect(result.keysMade).toEqual(['AKIAMALLORYMALLORY12']);
    expect(indicator(result, 'persistence').matches[0]?.details[0]).toBe(
      'from 10.1.2.3 · userName=mallory · made AKIAMALLORYMALLORY12',
    );
  });

  it('take harm by a key without a past for suspicious, not for misuse', async () => {
    const result = await scan(
      trailFolder({ 'a.json': [...othersUntil(until), record(LEAK + MINUTE, { eventName: 'CreateUser' })] }),
    );
    expect(result.verdict).toBe('suspicious');
  });
});

describe('the scan', () => {
  it('refuses what is no key id before it reads a byte', async () => {
    await expect(scan('/nowhere', { credentialId: '' })).rejects.toMatchObject({ code: 'invalid' });
    await expect(scan('/nowhere')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('logs.cloudtrail.files'),
    });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const folder = trailFolder({ 'a.json': calm(), 'b.json': calm() });
    const run = scan(folder, { signal: stop.signal, heartbeat: () => stop.abort(new Error('worker stops')) });
    await expect(run).rejects.toThrow('worker stops');
  });

  it('survives a record that is larger than it will hold', async () => {
    const huge = record(LEAK, {
      ...by('AKIAOTHEROTHEROTHER1'),
      requestParameters: { blob: 'x'.repeat(70 * 1024 * 1024) },
    });
    const folder = trailFolder({ 'a.json.gz': [...attack(), huge, record(LEAK + 9 * MINUTE)] });
    const result = await scan(folder);
    expect(why(result, 'a.json.gz')).toBe('a record larger than 64 MiB');
    expect(result.verdict).toBe('misuse');
    expect(result.uses).toBe(6);
  });

  it('quotes the log without letting it speak', async () => {
    const result = await scan(
      trailFolder({ 'a.json': [...calm(), record(LEAK + MINUTE, stranger('Evil\n\u001b[2J\u202eEvent'))] }),
    );
    expect(result.line).toContain('Evil  [2J Event');
  });

  it('ends its table with the only all-clear', () => {
    expect(VERDICTS.filter(({ verdict }) => verdict === 'no_misuse_found')).toHaveLength(1);
    expect(VERDICTS.at(-1)?.verdict).toBe('no_misuse_found');
  });
});
