import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPage } from '../../../../playbooks/language/page.js';
import { defaultTeam } from '../../../../worker/cases/case-team.js';
import type { LiveIncident } from '../../../../worker/cases/live-incident.js';
import { runCase } from '../../../../worker/cases/run-case.js';
import { catalogue } from '../../../../worker/house.js';
import { incidentView } from '../../../../worker/slack/incident-view/incident-view.js';
import { loadIncident } from '../../../../worker/slack/incident-view/load-incident.js';
import { rebuildRun } from '../../../../worker/slack/incident-view/rebuild-run.js';
import { status } from '../../../../workflows/core/status.js';

/** What the engine says of itself, as far as people see it; a question counts once somebody was told of it. */
async function compare(incident: LiveIncident): Promise<void> {
  const { run, site, id } = incident;
  if (run === undefined) return;
  const now = site.agenda.now();
  const held = (await loadIncident(site.records, id))!;
  const said = status(run);
  const rebuilt = status(rebuildRun(held, now)!);
  const steps = (of: typeof said) =>
    of.steps.map(({ id, state, generation, results }) => ({ id, state, generation, results: results ?? {} }));
  const isTold = ({ id, generation }: { id: string; generation: number }) =>
    held.timeline.some((entry) => entry.kind === 'asked' && entry.step === id && entry.generation === generation);
  const untold = new Set(said.waiting.filter((one) => !isTold(one)).map(({ id }) => id));
  const known = <T extends { id: string; state: string }>(list: T[]) => list.filter(({ id }) => !untold.has(id));
  const where = `${id} at ${now}`;
  expect(known(steps(rebuilt)), where).toEqual(known(steps(said)));
  const shown = incidentView(held, now);
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  const open = shown.questions.filter(({ end }) => end === undefined);
  expect(
    open.sort(byId).map(({ id, kind, generation, tier, until, filled, sentence, onSilence, places }) => {
      return { id, kind, generation, tier, until, filled, sentence, onSilence, places };
    }),
    where,
  ).toEqual(
    said.waiting
      .filter(isTold)
      .sort(byId)
      .map(({ id, kind, generation, tier, until, filled, sentence, onSilence, places }) => {
        return { id, kind, generation, tier, until, filled, sentence, onSilence, places };
      }),
  );
  // Whatever else has changed: only what is done and was not brought back is called frozen.
  const freeze = said.steps.find(({ id }) => /^contain\.(disable|restrict|revoke)/.test(id) && !id.endsWith('.ask'));
  expect(shown.frozen !== undefined, where).toBe(freeze?.state === 'done');
  expect({ lead: shown.lead, closedAs: shown.closed?.as, contained: shown.contained?.at }, where).toEqual({
    lead: said.lead,
    closedAs: said.closedAs,
    contained: said.contained?.at,
  });
}

describe.each(['aws-access-key', 'manual', 'alert-storm'])('%s', (name) => {
  const file = `playbooks/${name}.yaml`;
  const page = readPage(readFileSync(new URL(`../../../../${file}`, import.meta.url)), file, catalogue).page!;

  it.each(page.cases.map((one) => [one.name, one] as const))(
    'shows from records alone what the engine says: %s',
    async (_, one) => {
      let looks = 0;
      let wrong: unknown;
      await runCase({
        page,
        one,
        team: defaultTeam(page),
        catalogue,
        async watch(incidents) {
          for (const incident of incidents) {
            looks += 1;
            await compare(incident).catch((error: unknown) => {
              wrong ??= error;
            });
          }
        },
      });
      if (wrong !== undefined) throw wrong;
      expect(looks).toBeGreaterThan(2);
    },
  );
});
