import type { IncidentRow, Records } from '../records/records.js';

const PAGE = 200;

/** Every open incident, newest first, page by page; without plans. */
export async function* openIncidents(records: Records): AsyncGenerator<IncidentRow> {
  for (let before: number | undefined; ; ) {
    const page = await records.incidents.list({
      state: 'open',
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    });
    yield* page;
    before = page.at(-1)?.number;
    if (page.length < PAGE) return;
  }
}
