import { inline, oneLine } from './markdown.js';

/** The sections of a ticket that people fill in, as data: report and docs name the same ones. */
export const SECTIONS: readonly { heading: string; asks: string; prefilled: boolean }[] = [
  {
    heading: 'Timeline',
    asks: 'What happened when. Firebreak fills in what it saw and did; add what it could not see.',
    prefilled: true,
  },
  {
    heading: 'Root cause',
    asks: 'How did the credential get there, and why did nothing stop it? Go on asking why until the answer is something you can change.',
    prefilled: false,
  },
  {
    heading: 'Lessons',
    asks: 'What went well, what went badly, what is changed, by whom and until when.',
    prefilled: false,
  },
];

export interface TicketWords {
  /** `INC-142` */
  incident: string;
  /** `AWS key AKIA…QX7 (svc-payouts)`. Not escaped by the caller. */
  credential: string;
  summary: string;
  environment: string;
  owner: string;
  /** Where it was found, a line each; may hold untrusted text. */
  found: string[];
  /** What is known so far: time (already in the reader's zone) and what happened. */
  timeline: { at: string; line: string }[];
  /** Link to the incident; ours. */
  url: string;
  /** `SANDBOX`, `OBSERVE`, both, or empty. */
  banner: string;
}

/** Title and body of the ticket that is opened with an incident. Everything that is not ours is escaped. */
export function ticketOf(words: TicketWords): { title: string; body: string } {
  const banner = words.banner === '' ? '' : `${words.banner} `;
  const lines = [
    ...bannerLines(words.banner),
    inline(words.summary),
    '',
    `- Credential: ${inline(words.credential)}`,
    `- Environment: ${inline(words.environment)} · Owner: ${inline(words.owner)}`,
    ...words.found.map((line) => `- Found: ${inline(line)}`),
    `- Incident: [${words.incident}](${words.url})`,
    '',
    ...SECTIONS.flatMap(({ heading, asks, prefilled }) => [
      `## ${heading}`,
      `_${asks}_`,
      '',
      ...(prefilled ? timeline(words.timeline) : ['- [ ] not written yet']),
      '',
    ]),
  ];
  return {
    title: oneLine(`${banner}${words.incident}: ${words.credential} leaked`).slice(0, 200),
    body: lines.join('\n'),
  };
}

/** What the first words of the title mean. */
function bannerLines(banner: string): string[] {
  const meanings = [
    ...(banner.includes('SANDBOX') ? ['nothing of this is real'] : []),
    ...(banner.includes('OBSERVE') ? ['Firebreak only looks and tells, it changes nothing'] : []),
  ];
  return banner === '' ? [] : [`**${inline(banner)}**: ${meanings.join('; ')}.`, ''];
}

function timeline(entries: TicketWords['timeline']): string[] {
  return entries.map(({ at, line }) => `- ${inline(at)} ${inline(line)}`);
}
