/** What the API takes and gives; docs/openapi.json is made from it. Times are ms since epoch, UTC. */
import { z } from 'zod';
import { EXPOSURES } from '../../activities/alert.js';
import { CONTROLS } from '../../workflows/core/message.js';

const line = z.string().trim().min(1).max(300);
const slug = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
const printable = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const step = z.string().regex(/^[a-z][a-z0-9_.]{0,119}$/);

export const OpenIncident = z
  .strictObject({
    kind: slug.optional().describe('Kind of credential; may be left out where the id says it (AKIA…).'),
    id: printable.describe('What names it at its provider, never the secret.'),
    account: printable.optional(),
    secret: z
      .string()
      .min(1)
      .max(8_192)
      .optional()
      .describe('The leaked value: sealed on arrival, tried for the proof, never shown.'),
    exposure: z.enum(EXPOSURES).optional(),
    exposedSince: z.iso.datetime({ offset: true }).optional(),
    url: z.string().max(500).optional(),
    summary: z.string().max(2_000).optional(),
    mode: z.literal('observe').optional().describe('Look and tell only, change nothing.'),
    playbook: slug.optional().describe('Another page than the one of its kind.'),
  })
  .meta({ id: 'OpenIncident' });

export const Opened = z.object({ incident: z.string(), joined: z.boolean(), url: z.string() }).meta({ id: 'Opened' });

export const IncidentSummary = z
  .object({
    incident: z.string(),
    credential: z.string().nullable().describe('kind:id, once it is known.'),
    stage: z.string(),
    closedAs: z.string().nullable(),
    waiting: z.string().describe('Who or what is waited for, one sentence; empty = nothing.'),
    held: z.string().describe('Why nothing new starts; empty = it runs.'),
    observe: z.boolean(),
    alerts: z.number(),
    openedAt: z.number(),
    openedBy: z.string(),
    startedAt: z.number().nullable(),
    closedAt: z.number().nullable(),
    joinedTo: z.string().nullable(),
    parent: z.string().nullable().describe('The incident that found its credential and opened it.'),
    url: z.string(),
  })
  .meta({ id: 'IncidentSummary' });

export const IncidentList = z
  .object({
    incidents: z.array(IncidentSummary),
    next: z.string().nullable().describe('Address of the older ones; null = these were the last.'),
  })
  .meta({ id: 'IncidentList' });

const rows = z.array(z.record(z.string(), z.unknown()));
export const IncidentDetail = IncidentSummary.extend({
  digest: z.string().nullable().describe('Of the pinned plan; an answer counts only for it.'),
  live: z.record(z.string(), z.unknown()).nullable().describe('What the running workflow says of itself.'),
  liveError: z.string().nullable().describe('Why there is no live status although it should run.'),
  parents: z.array(z.string()).describe('Incidents that have it as a child: the parent, and those that found it live.'),
  children: rows.describe('Incidents that answer for what this one found, opened for it or live already.'),
  found: rows.describe('What was made or changed since the exposure, and how each was found.'),
  reports: rows.describe('The alerts as they were taken, the first 200; `alerts` counts all.'),
  steps: rows.describe('Steps of the plan with their last line, from the records; see live for now.'),
  decisions: rows,
  effects: rows.describe('Changes in the outside world: intent, state, times.'),
  timeline: rows,
}).meta({ id: 'Incident' });

export const GiveLink = z
  .strictObject({
    code: printable.describe('As Slack told it to whoever has the account; for 15 minutes, once.'),
    account: printable
      .optional()
      .describe('Slack user id of the account that you mean; refused, and the code kept, unless the code is for it.'),
  })
  .meta({ id: 'GiveLink' });
export const PendingLink = z
  .object({ account: z.string(), shown: z.string(), workspace: z.string(), person: z.string() })
  .meta({ id: 'PendingLink' });
export const GivenLink = z.object({ account: z.string(), person: z.string() }).meta({ id: 'GivenLink' });
export const EndedLink = z.object({ person: z.string() }).meta({ id: 'EndedLink' });
export const LinkList = z.object({ links: rows }).meta({ id: 'LinkList' });

export const GiveDecision = z
  .strictObject({
    answer: z.enum(['yes', 'no', 'not_yet', 'done']),
    step: step
      .optional()
      .describe('Question or task, or the page’s name of its step; may be left out when one is open.'),
    minutes: z
      .union([z.literal(10), z.literal(30), z.literal(60)])
      .optional()
      .describe('not_yet: ask again after.'),
    reason: line.optional(),
    generation: z.number().int().positive().optional(),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional()
      .describe('The plan that the person saw; else the present one.'),
  })
  .meta({ id: 'Decision' });

export const GiveControl = z
  .strictObject({
    control: z.enum(
      CONTROLS.filter((control): control is Exclude<(typeof CONTROLS)[number], 'decide'> => control !== 'decide'),
    ),
    step: step.optional().describe('Needed by retry and skip.'),
    minutes: z.number().int().min(1).max(129_600).optional().describe('hold: how long; else until resumed.'),
    reason: line.optional().describe('Needed by skip, cancel, close; the text of a note.'),
  })
  .meta({ id: 'Control' });

export const Said = z
  .object({
    decision: z.string(),
    outcome: z.enum(['counted', 'stored']),
    message: z.string(),
  })
  .meta({ id: 'Said' });

export const ListQuery = z.object({
  state: z.enum(['open', 'closed', 'all']).default('open'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().min(1).optional(),
});
export const ReportQuery = z.object({ format: z.enum(['md', 'json', 'html']).default('md') });
export type ReportFormat = z.infer<typeof ReportQuery>['format'];
