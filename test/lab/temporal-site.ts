/** A site of the lab whose Temporal server the lab itself starts and kills, with a proxy in front of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Site, SiteOptions } from '../system/site.js';
import { openLabSite } from './lab-site.js';
import { startTemporalProxy, type TemporalProxy } from './temporal-proxy.js';
import { startTemporalServer, type TemporalServer } from './temporal-server.js';

export interface TemporalSite {
  site: Site;
  server: TemporalServer;
  proxy: TemporalProxy;
  /** Around the proxy: what Temporal's own UI would send. */
  temporal: Client;
}

/** Opened and started; all of it ends with `site.close()`. */
export async function openTemporalSite(more: SiteOptions = {}): Promise<TemporalSite> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-lab-temporal-'));
  const server = await startTemporalServer(folder);
  const proxy = await startTemporalProxy({ host: '127.0.0.1', port: server.port });
  const connection = Connection.lazy({ address: server.address });
  const closeOurs = async () => {
    await connection.close();
    await proxy.close();
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const cluster: [string, string] = ['version: 1\n', `version: 1\ntemporal: { address: "${proxy.address}" }\n`];
  try {
    const site = await openLabSite({ ...more, settings: [cluster, ...(more.settings ?? [])] });
    const close = site.close.bind(site);
    site.close = () => close().finally(closeOurs);
    return { site, server, proxy, temporal: new Client({ connection }) };
  } catch (error) {
    await closeOurs();
    throw error;
  }
}
