import { IAMClient, type IAMClientConfig, type ListAccessKeysCommandOutput } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Secret } from '../../secrets/secret.js';
import { ConnectorError } from '../contract.js';
import { connectorError } from './errors.js';
import type { AwsSettings } from './schema.js';

/** One look may take this long, its second try included: containment waits for the look before it. */
const READ_TIMEOUT_MS = 8_000;

type ResponseMetadata = ListAccessKeysCommandOutput['$metadata'];
type Credentials = Awaited<ReturnType<IAMClient['config']['credentials']>>;

/** AWS as one account's responder sees it. */
export interface Account {
  id: string;
  iam: IAMClient;
  sts: STSClient;
  /**
   * A client for one change: it sends once, and signs with the begin of the attempt, so that AWS itself refuses the
   * request when it arrives late.
   */
  changing(signedAt: number, incident: string): IAMClient;
  /** Fetches our own credentials now; throws ConnectorError. */
  ready(): Promise<void>;
}

export interface Accounts {
  ids: string[];
  of(account: string): Account | undefined;
  /** A client that is whoever holds this pair. Sends once. */
  holding(id: string, secret: Secret, incident: string): STSClient;
}

const providerTimes = new WeakMap<ResponseMetadata, number>();

/** AWS's own clock when it gave this answer, ms since epoch. */
export const providerTimeOf = (output: { $metadata: ResponseMetadata }): number | undefined =>
  providerTimes.get(output.$metadata);

/** Only a UUID is believed to be a request id: anything else would be the provider's free text in our records. */
export function requestIdOf(output: { $metadata: ResponseMetadata }): Record<string, string> {
  const id = output.$metadata.requestId ?? '';
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? { request_id: id } : {};
}

/** Runs one read of the SDK; its errors become ConnectorErrors. */
export async function look<T>(
  tried: string,
  permission: string,
  run: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await run({ abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) });
  } catch (error) {
    throw connectorError(error, tried, permission);
  }
}

/** Opens nothing yet: clients connect when they are first used. Requests are signed by `clock`, else by the machine's. */
export function openAccounts(settings: AwsSettings, clock?: { now(): number }): Accounts {
  const shared = {
    region: settings.region,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    // one pool of connections for every client
    requestHandler: new STSClient({
      requestHandler: { connectionTimeout: 3_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    }).config.requestHandler,
  } satisfies STSClientConfig;
  const accounts = new Map(
    Object.entries(settings.accounts).map(([id, entry]) => [id, openAccount(id, entry, shared, clock)] as const),
  );
  return {
    ids: [...accounts.keys()],
    of: (account) => accounts.get(account),
    holding: (id, secret, incident) =>
      following(
        clock,
        new STSClient({
          ...shared,
          maxAttempts: 1,
          customUserAgent: agent(incident),
          credentials: { accessKeyId: id, secretAccessKey: secret.reveal() },
        }),
      ),
  };
}

/** Says in CloudTrail who called, and for which incident; the log scan knows our own calls by it. */
const agent = (incident: string): [string, string][] => [['firebreak', incident]];

/** The SDK signs by the machine's clock plus an offset that it learns from answers; with a clock of ours, that is the offset. */
function following<C extends IAMClient | STSClient>(clock: { now(): number } | undefined, client: C): C {
  if (clock === undefined) return client;
  Object.defineProperty(client.config, 'systemClockOffset', {
    get: () => clock.now() - Date.now(),
    set: () => {},
  });
  return client;
}

function openAccount(
  id: string,
  entry: AwsSettings['accounts'][string],
  shared: STSClientConfig & IAMClientConfig & { region: string },
  clock?: { now(): number },
): Account {
  const own: Credentials | undefined = entry.credentials && {
    accessKeyId: entry.credentials.access_key_id,
    secretAccessKey: entry.credentials.secret_access_key.reveal(),
    ...(entry.credentials.session_token === undefined
      ? {}
      : { sessionToken: entry.credentials.session_token.reveal() }),
  };
  const reading = { ...shared, maxAttempts: 2, customUserAgent: agent('look'), ...(own && { credentials: own }) };
  const acting =
    entry.role === undefined
      ? reading
      : { ...reading, credentials: assuming(entry.role, entry.external_id, following(clock, new STSClient(reading))) };
  const iam = following(clock, new IAMClient(acting));
  iam.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      const time = Date.parse(headers?.date ?? '');
      if (!Number.isNaN(time)) providerTimes.set((result.output as { $metadata: ResponseMetadata }).$metadata, time);
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'providerTime' },
  );

  return {
    id,
    iam,
    sts: following(clock, new STSClient(acting)),
    changing(signedAt, incident) {
      const { credentials, sha256 } = iam.config;
      const sigv4 = new SignatureV4({ credentials, sha256, region: shared.region, service: 'iam' });
      return new IAMClient({
        ...shared,
        credentials,
        maxAttempts: 1,
        customUserAgent: agent(incident),
        signer: async () => ({
          sign: (request, options) => sigv4.sign(request, { ...options, signingDate: new Date(signedAt) }),
        }),
      });
    },
    async ready() {
      try {
        await iam.config.credentials();
      } catch (error) {
        if (error instanceof ConnectorError) throw error;
        throw new ConnectorError(
          'permission-denied',
          `cannot find AWS credentials for account ${id}; set connectors.aws-access-key.accounts.${id}`,
        );
      }
    },
  };
}

/** A role's credentials; the SDK keeps them, and asks again shortly before they end. */
function assuming(role: string, externalId: string | undefined, sts: STSClient): () => Promise<Credentials> {
  return async () => {
    const { Credentials: got } = await look(`assume ${role}`, 'sts:AssumeRole', (options) =>
      sts.send(
        new AssumeRoleCommand({
          RoleArn: role,
          RoleSessionName: 'firebreak',
          ...(externalId === undefined ? {} : { ExternalId: externalId }),
        }),
        options,
      ),
    );
    if (!got?.AccessKeyId || !got.SecretAccessKey || !got.SessionToken || !got.Expiration) {
      throw new ConnectorError('unexpected-answer', `cannot assume ${role}: AWS answered without credentials`);
    }
    return {
      accessKeyId: got.AccessKeyId,
      secretAccessKey: got.SecretAccessKey,
      sessionToken: got.SessionToken,
      expiration: got.Expiration,
    };
  };
}
