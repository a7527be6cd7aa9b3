import { FAST, openSite, type Site, type SiteOptions } from '../system/site.js';

/** Every change is asked about, so that an incident can be brought up to any of them and left there. */
const ask = (role: string) => `{ any: { from: { ${role}: 1 }, within: 1h, if_silent: hold } }`;

/** The sandbox's settings, as fast as the protocols allow, where people decide about everything. */
export const LAB: SiteOptions = {
  sandbox: FAST.sandbox ?? {},
  settings: [
    ...(FAST.settings ?? []).filter(([from]) => from !== 'lag: 5s }'),
    // long enough to die in a scan
    ['lag: 5s }', 'lag: 12s }'],
    // other terms than an interrupt's: steps of one phase with equal terms would share one question
    ['    any: now\n', '    any: { from: { security-on-call: 1 }, within: 2h, if_silent: hold }\n'],
    // other people than for contain, or one question would cover both
    ['interrupt: { any: now }', `interrupt: ${ask('service-owner')}`],
    ['replace: { any: now }', `replace: ${ask('security-on-call')}`],
  ],
};

/** Where nobody dies in a scan, it waits no longer than everything else. */
export const QUICK_SCAN: SiteOptions = { settings: [['lag: 12s }', 'lag: 2s }']] };

/** A site of the lab, started. `more`: settings on top of the lab's own. */
export async function openLabSite(more: SiteOptions = {}): Promise<Site> {
  const site = await openSite({
    ...LAB,
    ...more,
    sandbox: { ...LAB.sandbox, ...more.sandbox },
    settings: [...(LAB.settings ?? []), ...(more.settings ?? [])],
  });
  await site.start().catch(async (error: unknown) => {
    await site.close();
    throw error;
  });
  return site;
}

/** Names of everything that a request may say of an incident. */
export const wordsOf = ({ user, key, incident }: { user: string; key: { id: string }; incident: string }): string[] =>
  [user, key.id, incident].filter((word) => word !== '');
