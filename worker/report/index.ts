// Placeholder until the renderer is here.
import type { Records } from '../../records/records.js';

export async function loadReport(records: Records, incident: string): Promise<{ incident: string; timeline: unknown }> {
  return { incident, timeline: await records.timeline.ofIncident(incident) };
}
export function renderReport(view: { incident: string; timeline: unknown }): { md: string; html: string; json: string } {
  const json = JSON.stringify(view, null, 2);
  return { md: json, html: json, json };
}
