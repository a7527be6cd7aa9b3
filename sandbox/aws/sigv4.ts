/** AWS Signature Version 4, both ways: what the twin verifies and what the sandbox's attacker and service sign with. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  method: string;
  /** Path and query as on the wire. */
  target: string;
  /** Names in lower case. */
  headers: [string, string][];
  body: Buffer;
}

/** The parts of an Authorization header. */
export interface Authorization {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
}

/** Undefined for anything that is not an AWS4-HMAC-SHA256 header with a full scope. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header ?? '',
    );
  if (match === null) return undefined;
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match as unknown as string[];
  return {
    accessKeyId: accessKeyId!,
    date: date!,
    region: region!,
    service: service!,
    signedHeaders: signedHeaders!.split(';'),
    signature: signature!,
  };
}

/** `20261124T085217Z` as ms since the epoch; undefined if it is not such a time. */
export function parseAmzDate(text: string | undefined): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

export const amzDate = (time: number): string => `${new Date(time).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

/** The signature that this request must carry under this secret. */
export function signatureOf(request: SignedRequest, scope: Omit<Authorization, 'signature'>, secret: string): string {
  const value = (name: string) => request.headers.find(([one]) => one === name)?.[1];
  const payload = scope.service === 's3' ? (value('x-amz-content-sha256') ?? sha256('')) : sha256(request.body);
  const canonical = [
    request.method,
    canonicalPath(request.target, scope.service),
    canonicalQuery(request.target),
    ...scope.signedHeaders.map((name) => `${name}:${canonicalHeader(request.headers, name)}`),
    '',
    scope.signedHeaders.join(';'),
    payload,
  ].join('\n');
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', value('x-amz-date') ?? '', credentialScope, sha256(canonical)].join('\n');
  const key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (derived, part) => createHmac('sha256', derived).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return createHmac('sha256', key).update(toSign).digest('hex');
}

/** True only if every signed byte is what the holder of `secret` signed. Says nothing of its age. */
export function signatureMatches(request: SignedRequest, authorization: Authorization, secret: string): boolean {
  const { signedHeaders } = authorization;
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date')) return false;
  if (request.headers.some(([name]) => name.startsWith('x-amz-') && !signedHeaders.includes(name))) return false;
  const declared = request.headers.find(([name]) => name === 'x-amz-content-sha256')?.[1];
  if (declared !== undefined && declared !== 'UNSIGNED-PAYLOAD' && declared !== sha256(request.body)) return false;
  const expected = Buffer.from(signatureOf(request, authorization, secret));
  return timingSafeEqual(expected, Buffer.from(authorization.signature));
}

export interface SigningKey {
  id: string;
  secret: string;
  sessionToken?: string;
}

/** The headers to send with a request, its Authorization included. */
export function signedHeaders(
  request: { method: string; url: string; body?: string; headers?: Record<string, string> },
  key: SigningKey,
  scope: { service: string; region: string; at: number },
): Record<string, string> {
  const url = new URL(request.url);
  const date = amzDate(scope.at);
  const body = Buffer.from(request.body ?? '');
  const headers: Record<string, string> = {
    ...request.headers,
    host: url.host,
    'x-amz-date': date,
    ...(key.sessionToken === undefined ? {} : { 'x-amz-security-token': key.sessionToken }),
    ...(scope.service === 's3' ? { 'x-amz-content-sha256': sha256(body) } : {}),
  };
  const names = Object.keys(headers)
    .filter((name) => name === 'host' || name === 'content-type' || name.startsWith('x-amz-'))
    .sort();
  const authorization = {
    accessKeyId: key.id,
    date: date.slice(0, 8),
    region: scope.region,
    service: scope.service,
    signedHeaders: names,
  };
  const signature = signatureOf(
    { method: request.method, target: url.pathname + url.search, headers: Object.entries(headers), body },
    authorization,
    key.secret,
  );
  const credential = `${key.id}/${authorization.date}/${scope.region}/${scope.service}/aws4_request`;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return headers;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalPath(target: string, service: string): string {
  const path = target.split('?')[0] || '/';
  if (service === 's3') return path; // the only service that neither normalises nor encodes twice
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(encode(part));
  }
  const trailing = path.endsWith('/') && parts.length > 0 ? '/' : '';
  return `/${parts.join('/')}${trailing}`;
}

function canonicalQuery(target: string): string {
  const cut = target.indexOf('?');
  if (cut < 0) return '';
  return target
    .slice(cut + 1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const canonicalHeader = (headers: [string, string][], name: string) =>
  headers
    .filter(([one]) => one === name)
    .map(([, value]) => value.trim().replace(/ +/g, ' '))
    .join(',');
