import { createHash } from 'node:crypto';
import { tell } from './act.js';
import { bannerOf } from './banner.js';
import { StepFailed } from './contract.js';
import { effectName } from './effect-key.js';
import { type Page, pageChange } from './notify/pager.js';
import type { Seams } from './seams.js';
import type { MailCall } from './send-mail.js';

/** Within what PagerDuty takes. */
const LONGEST_KEY = 255;

/**
 * Wakes whoever is on call for the role, once for each time the step is asked. Throws StepFailed with what was wrong, and
 * what `applyEffect` throws.
 */
export async function pageRole(
  seams: Seams,
  call: MailCall,
  { role, sentence, silence }: { role: string; sentence: string; silence: string },
): Promise<void> {
  const { pager } = seams;
  if (pager === undefined) return;
  const banner = bannerOf(seams.banner, await seams.records.incidents.get(call.incident));
  const page = pageOf(seams, call.incident, call.step, call.generation, role);
  const change = pageChange(pager, 'trigger', {
    ...page,
    summary: [banner, `${call.incident}: ${sentence}`].filter((part) => part !== '').join(' '),
    details: { asked: role, silence, answer: `firebreak status ${call.incident}` },
  });
  const outcome = await tell(seams, { ...call, verb: PAGE, change, args: { role } });
  if (outcome.state !== 'done') throw new StepFailed('unknown-outcome', outcome.line);
}

const PAGE = 'page';
const RESOLVE = 'resolve_page';

/** The pages of the incident that still ring, each with what ends it: by the step and generation that it was sent for. */
export async function ringing(
  seams: Seams,
  incident: string,
): Promise<{ step: string; generation: number; resolve: () => Promise<void> }[]> {
  const { pager } = seams;
  if (pager === undefined) return [];
  const effects = (await seams.records.effects.ofIncident(incident)).map((row) => ({ row, name: effectName(row.key) }));
  const resolved = new Set(
    effects.filter(({ name, row }) => name.verb === RESOLVE && row.state !== 'intent').map(({ row }) => row.target),
  );
  return effects
    .filter(({ name, row }) => name.verb === PAGE && row.state === 'done' && !resolved.has(row.target))
    .map(({ name: { step, generation }, row }) => ({
      step,
      generation,
      async resolve() {
        const { role } = row.args as { role: string };
        const page = pageOf(seams, incident, step, generation, role);
        const call = { incident, digest: row.planDigest, step, generation };
        const outcome = await tell(seams, { ...call, verb: RESOLVE, change: pageChange(pager, 'resolve', page) });
        if (outcome.state !== 'done') throw new StepFailed('unknown-outcome', outcome.line);
      },
    }));
}

/** Two installations that page by one service never end each other's pages. */
function pageOf(seams: Seams, incident: string, step: string, generation: number, role: string): Page {
  const url = `${seams.publicUrl}/api/v1/incidents/${incident}`;
  const words = [seams.publicUrl, incident, step, role, generation].join('/');
  const digest = createHash('sha256').update(words).digest('hex').slice(0, 16);
  const dedupKey = words.length <= LONGEST_KEY ? words : `${words.slice(0, LONGEST_KEY - 17)}/${digest}`;
  return { dedupKey, summary: '', url, details: {} };
}
