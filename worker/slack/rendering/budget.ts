/**
 * What a message may hold, in one place: below Slack's own limits (50 blocks, 3,000 characters a section, refused somewhere
 * above 13,000 in all), so that no message is ever refused for its length. What does not fit goes into a file, whole.
 */
import type { KnownBlock } from '@slack/types';
import { actions, context, section } from '../mrkdwn.js';
import type { Draft, Fitted } from './draft.js';

export const MOST = {
  blocks: 45,
  characters: 10_000,
  /** Of one section or context. */
  section: 2_900,
  text: 2_000,
  /** Elements in a row of buttons. */
  row: 25,
  /** Of a home; Slack takes 100. */
  homeBlocks: 90,
} as const;

const MORE = '… the rest is in the file below.';
/** Left free for the buttons' own words, the small print and `MORE`. */
const RESERVED = 3_500;
const MOST_ROWS = 8;
const MOST_SMALL = 10;

/** Cuts a draft to what Slack takes; nothing is lost: `rest` holds all lines when some do not fit. */
export function cutToFit({ text, lines, rows, small = [] }: Draft): Fitted {
  const kept: string[] = [];
  let characters = 0;
  for (const line of lines) {
    const cut = clip(line, MOST.section);
    characters += cut.length + 1;
    if (characters > MOST.characters - RESERVED) break;
    kept.push(cut);
  }
  const isCut = kept.length < lines.length || lines.some((line) => line.length > MOST.section);
  const blocks: KnownBlock[] = [
    ...inSections(isCut ? [...kept, MORE] : kept).map((one) => section(one)),
    ...small.slice(0, MOST_SMALL).map((line) => context(clip(line, 300))),
    ...rows
      .filter((row) => row.length > 0)
      .slice(0, MOST_ROWS)
      .map((row) => ({ ...actions(), elements: row.slice(0, MOST.row) })),
  ];
  return {
    message: { text: clip(text, MOST.text), blocks: blocks.slice(0, MOST.blocks) },
    ...(isCut ? { rest: lines.map(plainText).join('\n') } : {}),
  };
}

/** As few sections as hold the lines, none of them too long. */
function inSections(lines: string[]): string[] {
  const sections: string[] = [];
  for (const line of lines.map((one) => (one === '' ? ' ' : one))) {
    const last = sections.at(-1);
    const longer = last === undefined ? line : `${last}\n${line}`;
    if (last === undefined || longer.length > MOST.section) sections.push(line);
    else sections[sections.length - 1] = longer;
  }
  return sections;
}

/** Mentions, dates, links and escaped characters are one piece: half of one would say something else. */
const PIECE = /<[^<>]*>|&(?:amp|lt|gt);|[\s\S]/gu;

/** Cuts Slack's text to `most` characters, at the end of a piece. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (kept.length + piece.length > most - 1) break;
    kept += piece;
  }
  return `${kept}…`;
}

/** Slack's text as it reads without Slack: dates as their fallback, links as what they show. */
export function plainText(text: string): string {
  return text
    .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<@([A-Z0-9]+)>/g, '@$1')
    .replace(/<([^|>]+)\|([^>]*)>/g, '$2 ($1)')
    .replaceAll('*', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
