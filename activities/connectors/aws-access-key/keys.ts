import { type AccessKeyMetadata, ListAccessKeysCommand } from '@aws-sdk/client-iam';
import { ConnectorError } from '../contract.js';
import { type Account, look, providerTimeOf } from './accounts.js';

/** More pages than a user can have keys: AWS would be answering in circles. */
const MOST_PAGES = 20;

export interface Key {
  id: string;
  active: boolean;
  /** `Active`, `Inactive`, `Expired`. */
  status: string;
  /** ms since epoch, AWS's clock. */
  createdAt?: number;
}

export interface KeyList {
  keys: Key[];
  /** AWS's clock at the first page, ms since epoch. */
  providerTime?: number;
}

/** All keys of a user, every page. `undefined`: the user does not exist. Throws ConnectorError. */
export async function listKeys(account: Account, user: string): Promise<KeyList | undefined> {
  const keys: Key[] = [];
  let marker: string | undefined;
  let providerTime: number | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const input = { UserName: user, ...(marker === undefined ? {} : { Marker: marker }) };
    try {
      const answer = await look(`list the keys of ${user}`, 'iam:ListAccessKeys', (options) =>
        account.iam.send(new ListAccessKeysCommand(input), options),
      );
      providerTime ??= providerTimeOf(answer);
      keys.push(...(answer.AccessKeyMetadata ?? []).map(keyOf));
      if (answer.IsTruncated !== true) return { keys, ...(providerTime === undefined ? {} : { providerTime }) };
      marker = answer.Marker;
      if (marker === undefined) break;
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'not-found') return undefined;
      throw error;
    }
  }
  throw new ConnectorError('unexpected-answer', `cannot list the keys of ${user}: AWS's pages do not end`);
}

function keyOf(metadata: AccessKeyMetadata): Key {
  if (metadata.AccessKeyId === undefined || metadata.Status === undefined) {
    throw new ConnectorError('unexpected-answer', 'AWS listed a key without its id or its status');
  }
  return {
    id: metadata.AccessKeyId,
    active: metadata.Status === 'Active',
    status: metadata.Status,
    ...(metadata.CreateDate === undefined ? {} : { createdAt: metadata.CreateDate.getTime() }),
  };
}
