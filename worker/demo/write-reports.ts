import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.js';

/** The report of each incident as the API gives it, in all three forms; resolves to the paths. */
export async function writeReports(stage: Stage, incidents: string[]): Promise<string[]> {
  const folder = join(stage.data, 'reports');
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (const incident of incidents) {
    for (const format of ['md', 'json', 'html'] as const) {
      const path = join(folder, `${incident}.${format}`);
      writeFileSync(path, await stage.report('sam', incident, format));
      paths.push(path);
    }
  }
  return paths;
}
