/** One call made with the credential or with a session issued from it, as the log tells it. Text comes from the log: untrusted. */
export interface Use {
  /** The log's own id of the record; the same record delivered twice counts once. */
  id: string;
  /** ms since epoch; CloudTrail knows whole seconds. */
  at: number;
  /** The access key that signed it: the credential's id, or that of a session. */
  key: string;
  /** `s3.amazonaws.com` */
  service: string;
  /** `ListBuckets` */
  action: string;
  region: string;
  /** An IP address, or the name of the AWS service that called. */
  address: string;
  agent: string;
  /** `AccessDenied`, or empty. */
  error: string;
  /** What it was done to, in the log's words: `userName=mallory`; may be empty. */
  target: string;
  /** Session keys (ASIA…) that it was answered with. */
  sessions: string[];
  /** Long-term keys (AKIA…) that it made. */
  keys: string[];
}

/** The key itself was not accepted: such a call is an attempt, not a use. */
const NOT_ACCEPTED = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
]);

/** The key was accepted and this action was not allowed. */
const NOT_ALLOWED =
  /^(Client\.)?(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|AuthorizationErrorException|NotAuthorized|Forbidden)$/;

export function wasAccepted(use: Use): boolean {
  return !NOT_ACCEPTED.has(use.error);
}

export function wasForbidden(use: Use): boolean {
  return NOT_ALLOWED.test(use.error);
}

/**
 * Firebreak itself tried whether it still works (a proof), and AWS said yes. The agent is only a caller's word, so nothing is
 * believed to be ours but this one call, which gives whoever borrows our name nothing that he had not.
 */
export function wasOurTry({ service, action, agent }: Use): boolean {
  return (
    service === 'sts.amazonaws.com' &&
    action === 'GetCallerIdentity' &&
    /(?:^|\s)firebreak\/INC-\d+(?:\s|\]|$)/.test(agent)
  );
}

/** Some calls are logged with the calling AWS service instead of an address. */
export function isNetworkAddress(address: string): boolean {
  return !(address.endsWith('.amazonaws.com') || address === 'AWS Internal' || address === '');
}

/** An agent without its versions, so that an update of the same tool is not a new tool: `aws-cli`, `Boto3`. */
export function toolOf(agent: string): string {
  const product = /^\[?([A-Za-z][A-Za-z0-9._-]*)/.exec(agent)?.[1];
  return product ?? (agent === '' ? '(none)' : agent.slice(0, 40));
}
