import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { RemoteTwin } from '../../sandbox/twin/control.js';

/** What a run left behind, and where to ask for the rest of it. */
export interface Searched {
  /** A folder. */
  data: string;
  ready: { temporal: { address: string } };
  twins: { mail: RemoteTwin; github: RemoteTwin; slack?: Pick<RemoteTwin, 'state'> | undefined };
}

/** Where a secret was found, and among how many places it was looked for. */
export interface SecretSearch {
  places: number;
  hits: string[];
}

/**
 * Looks for secret values, as they are and in base64, in all that this run left behind: every file of the data folder
 * (records, logs, Temporal's database, CloudTrail files, reports), Temporal's decoded histories, mails, tickets, alerts and what stands in Slack.
 */
export async function searchForSecrets(stage: Searched, secrets: string[], incidents: string[]): Promise<SecretSearch> {
  const needles = secrets.flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
  ]);
  const search: SecretSearch = { places: 0, hits: [] };
  const look = (place: string, content: Buffer) => {
    search.places += 1;
    if (needles.some((needle) => content.includes(needle))) search.hits.push(place);
  };
  for (const file of filesIn(stage.data)) {
    const content = readFileSync(file);
    look(relative(stage.data, file), file.endsWith('.gz') ? unzipped(content) : content);
  }
  const connection = await Connection.connect({ address: stage.ready.temporal.address });
  try {
    const client = new Client({ connection });
    for (const incident of incidents) {
      const history = historyToJSON(await client.workflow.getHandle(incident).fetchHistory());
      look(`history of ${incident}`, Buffer.from(decoded(history)));
    }
  } finally {
    await connection.close();
  }
  const { mail, github, slack } = stage.twins;
  for (const [name, said] of [
    ['mails', mail.do('inbox')],
    ['tickets and alerts', github.state()],
    ...(slack === undefined ? [] : [['Slack', slack.state()] as const]),
  ] as const) {
    look(name, Buffer.from(JSON.stringify(await said)));
  }
  return search;
}

/** What can be had of it, also where its delivery broke off. */
const unzipped = (content: Buffer): Buffer => gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH });

/** Payloads of a history are base64: what they say is looked at as well. */
function decoded(history: string): string {
  return history.replaceAll(
    /"data":\s*"([A-Za-z0-9+/=]+)"/g,
    (whole, data: string) => `${whole} ${Buffer.from(data, 'base64').toString('utf8')}`,
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : [];
  });
}
