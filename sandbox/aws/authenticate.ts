import type { Request } from '../twin/serve.js';
import { AwsError } from './aws-error.js';
import { type Authorization, amzDate, parseAmzDate, parseAuthorization, signatureMatches } from './sigv4.js';
import type { AccessKey, Role, Session, User, World } from './world.js';

/** Who asks. */
export interface Caller {
  accessKeyId: string;
  arn: string;
  region: string;
  /** IAM user: the key's or the session's. */
  user?: User;
  role?: Role & { sessionName: string };
  session?: Session;
  key?: AccessKey;
}

export interface Timing {
  lateSeconds: number;
  propagationSeconds: number;
  newKeySeconds: number;
}

const EARLY_SECONDS = 300;

/** The caller, if the key is alive (as far as the news has spread), the signature fresh, and every signed byte as signed. */
export function authenticate(request: Request, service: string, world: World, timing: Timing, now: number): Caller {
  const header = request.header('authorization');
  if (header === undefined) {
    throw new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token');
  }
  const authorization = parseAuthorization(header);
  const signedAt = parseAmzDate(request.header('x-amz-date'));
  if (authorization === undefined || signedAt === undefined) {
    throw new AwsError('IncompleteSignature', 400, 'Authorization header or X-Amz-Date is missing or malformed.');
  }
  const { caller, secret } = holder(authorization, request, world, timing, now);
  checkScope(authorization, service, signedAt);
  checkAge(signedAt, timing.lateSeconds, now);
  if (!matches(request, authorization, secret)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  if (caller.session !== undefined && caller.session.expiresAt <= now) {
    throw new AwsError('ExpiredToken', 403, 'The security token included in the request is expired');
  }
  return caller;
}

function holder(
  { accessKeyId, region }: Authorization,
  request: Request,
  world: World,
  timing: Timing,
  now: number,
): { caller: Caller; secret: string } {
  const token = request.header('x-amz-security-token');
  const session = world.sessions.get(accessKeyId);
  if (session !== undefined && session.token === token) {
    const { user, role } = session;
    const arn = user?.arn ?? `arn:aws:sts::${world.account}:assumed-role/${role!.name}/${role!.sessionName}`;
    const caller = { accessKeyId, arn, region, session, ...(user ? { user } : {}), ...(role ? { role } : {}) };
    return { caller, secret: session.secret };
  }
  const key = world.keys.get(accessKeyId);
  const user = key && world.users.get(key.userName);
  if (key === undefined || user === undefined || token !== undefined || !authenticates(key, timing, now)) {
    throw new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.');
  }
  return { caller: { accessKeyId, arn: user.arn, region, user, key }, secret: key.secret };
}

/** A change of status is believed `propagationSeconds` after it was made, a new key `newKeySeconds` after. */
export function authenticates(
  key: AccessKey,
  timing: Pick<Timing, 'propagationSeconds' | 'newKeySeconds'>,
  now: number,
): boolean {
  if (now < key.createdAt + timing.newKeySeconds * 1000) return false;
  const spread = Math.max(now - timing.propagationSeconds * 1000, key.createdAt);
  return key.status.at(spread) === 'Active';
}

function checkScope(authorization: Authorization, service: string, signedAt: number): void {
  if (authorization.service !== service) {
    throw new AwsError('SignatureDoesNotMatch', 403, `Credential should be scoped to correct service: '${service}'.`);
  }
  if (authorization.date !== amzDate(signedAt).slice(0, 8)) {
    throw new AwsError('SignatureDoesNotMatch', 403, 'Date in Credential scope does not match YYYYMMDD from ISO-8601');
  }
}

function checkAge(signedAt: number, lateSeconds: number, now: number): void {
  const [signed, here] = [amzDate(signedAt), amzDate(now)];
  if (signedAt < now - lateSeconds * 1000) {
    const limit = lateSeconds % 60 === 0 ? `${lateSeconds / 60} min.` : `${lateSeconds} sec.`;
    const earliest = amzDate(now - lateSeconds * 1000);
    const message = `Signature expired: ${signed} is now earlier than ${earliest} (${here} - ${limit})`;
    throw new AwsError('SignatureDoesNotMatch', 403, message);
  }
  if (signedAt > now + EARLY_SECONDS * 1000) {
    const latest = amzDate(now + EARLY_SECONDS * 1000);
    const message = `Signature not yet current: ${signed} is still later than ${latest} (${here} + 5 min.)`;
    throw new AwsError('SignatureDoesNotMatch', 403, message);
  }
}

function matches(request: Request, authorization: Authorization, secret: string): boolean {
  try {
    return signatureMatches(request, authorization, secret);
  } catch {
    return false; // a query that cannot be decoded was not signed by anybody
  }
}
