import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll } from 'vitest';
import { type LogScan, type ScanRequest, scanCloudTrail } from '../../../activities/logs/scan-cloudtrail.js';

export const KEY = 'AKIAIOSFODNN7EXAMPLE';
export const LEAK = Date.parse('2026-11-24T03:11:00Z');
export const OURS = '10.1.2.3';
export const THEIRS = '185.220.101.4';
const MINUTE = 60_000;

let serial = 0;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** One record as CloudTrail writes it; `over` replaces top-level fields. */
export function record(at: number, over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/svc-payouts', accessKeyId: KEY },
    eventTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
    eventSource: 's3.amazonaws.com',
    eventName: 'GetBucketLocation',
    awsRegion: 'eu-west-1',
    sourceIPAddress: OURS,
    userAgent: '[aws-sdk-js/3.1169.0 os/linux]',
    requestParameters: null,
    responseElements: null,
    eventID: `event-${serial++}`,
    ...over,
  };
}

export const by = (accessKeyId: string) => ({ userIdentity: { type: 'IAMUser', accessKeyId } });
export const stranger = (eventName: string, over: Record<string, unknown> = {}) => ({
  eventName,
  sourceIPAddress: THEIRS,
  userAgent: 'aws-cli/2.15.0',
  ...over,
});

/** Twenty quiet calls of the service, one a minute, the last of them ten minutes before the leak. */
export function past(): Record<string, unknown>[] {
  return Array.from({ length: 20 }, (_, i) => record(LEAK - (30 - i) * MINUTE));
}

/** Somebody else's calls, so that the logs reach beyond the window asked about. */
export function othersUntil(at: number): Record<string, unknown>[] {
  return [record(LEAK - 3600_000, by('AKIAOTHEROTHEROTHER1')), record(at, by('AKIAOTHEROTHEROTHER1'))];
}

export function trailFolder(files: Record<string, string | Buffer | Record<string, unknown>[]>): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-trail-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Array.isArray(content) ? trailFile(name, content) : content);
  }
  return folder;
}

export function trailFile(name: string, records: Record<string, unknown>[]): Buffer {
  const plain = Buffer.from(
    name.includes('ndjson')
      ? `${records.map((r) => JSON.stringify(r)).join('\n')}\n`
      : JSON.stringify({ Records: records }),
  );
  return name.endsWith('.gz') ? gzipSync(plain) : plain;
}

/** Asked an hour after the leak, about everything until 20 minutes ago: all has been delivered. */
export function scan(folder: string, over: Partial<ScanRequest> = {}): Promise<LogScan> {
  return scanCloudTrail({
    folder,
    credentialId: KEY,
    since: LEAK,
    until: LEAK + 40 * MINUTE,
    now: LEAK + 60 * MINUTE,
    lagSeconds: 900,
    ...over,
  });
}
