/** The company of the benches that look at the built program: a site of the system tests whose proofs look close together. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSite, type Site } from '../test/system/site.js';
import { PACKAGED_PLAYBOOKS } from '../worker/house.js';

/** So that what is compared is not the wait that both have. */
const PROOF: [string, string] = ['spread: 10s, window: 2m', 'spread: 2s, window: 20s'];
const OWN_PAGES: [string, string] = ['version: 1\n', 'version: 1\nplaybooks: ./playbooks\n'];

/** A started site; close it. `page`: instead of the shipped one for AWS keys. */
export async function openCompany(page?: string): Promise<Site> {
  const site = await openSite({
    sandbox: { propagationSeconds: 1, deliverySeconds: 1 },
    settings: page === undefined ? [PROOF] : [PROOF, OWN_PAGES],
  });
  try {
    if (page !== undefined) {
      const pages = join(site.folder, 'playbooks');
      mkdirSync(pages);
      cpSync(join(PACKAGED_PLAYBOOKS, 'manual.yaml'), join(pages, 'manual.yaml'));
      writeFileSync(join(pages, 'aws-access-key.yaml'), page);
    }
    await site.start();
    return site;
  } catch (error) {
    await site.close();
    throw error;
  }
}

/** A signed alert about a key; resolves when it was accepted. */
export async function alertAbout(
  company: Site,
  id: string,
): Promise<{ incident: string; sentAt: number; acceptedAt: number }> {
  const sentAt = Date.now();
  const { status, body } = await company.fromMonitoring({ id });
  const acceptedAt = Date.now();
  if (status !== 202 || body.incident === undefined) throw new Error(`an alert was answered ${status}`);
  return { incident: body.incident, sentAt, acceptedAt };
}
