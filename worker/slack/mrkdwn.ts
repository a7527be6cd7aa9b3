/** Slack's text. Whatever is not written here is data and is escaped: it must not mention people, link, or forge a line. */
import type { ActionsBlock, Button, ConfirmationDialog, ContextBlock, SectionBlock } from '@slack/types';
import { oneLine } from '../../activities/alert.js';
import type { ActionName } from './contract.js';

/** Of a section's text; Slack takes 3,000. */
const SECTION_CHARACTERS = 2_900;

/** Data as it may stand in Slack's text: one line, and no `<@U…>`, `<!channel>` or link of its own. */
export function data(text: string, max = 200): string {
  return oneLine(text, max).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A time in the reader's own zone: `03:13`; `seconds`: `03:13:55`; `when`: with its day. Where Slack shows no blocks it reads in UTC. */
export function clockTime(at: number, when: 'time' | 'seconds' | 'when' = 'time'): string {
  const utc = new Date(at)
    .toISOString()
    .replace('T', ' ')
    .slice(0, when === 'seconds' ? 19 : 16);
  const shown = { time: '{time}', seconds: '{time_secs}', when: '{date_short_pretty} {time}' }[when];
  return `<!date^${Math.floor(at / 1_000)}^${shown}|${utc} UTC>`;
}

/** Text in which we wrote times as `2026-11-24 03:11 UTC`, with each in the reader's own zone. */
export function inReadersZone(text: string): string {
  return text.replaceAll(/\b(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC/g, (all, day: string, time: string) => {
    const at = Date.parse(`${day}T${time}Z`);
    return Number.isNaN(at) ? all : clockTime(at, 'when');
  });
}

/** A link that shows `text`. */
export const link = (url: string, text: string): string =>
  `<${url.replaceAll(/[<>|\s]/g, encodeURIComponent)}|${data(text)}>`;

/** A section. `text` is Slack's own already; nothing in it is looked up as a name. Cut at a line where it is too long. */
export function section(text: string, accessory?: Button): SectionBlock {
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: fitting(text), verbatim: true },
    ...(accessory === undefined ? {} : { accessory }),
  };
}

export const context = (text: string): ContextBlock => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text: fitting(text), verbatim: true }],
});

export const actions = (...buttons: Button[]): ActionsBlock => ({ type: 'actions', elements: buttons });

/** A button; `value` is a handle and nothing else. `nth` tells those apart that do the same in one message. */
export function button(
  action: ActionName,
  label: string,
  {
    value,
    style,
    nth,
    confirm,
  }: { value?: string; style?: 'primary' | 'danger'; nth?: number; confirm?: ConfirmationDialog } = {},
): Button {
  return {
    type: 'button',
    action_id: nth === undefined ? action : `${action}:${nth}`,
    text: { type: 'plain_text', text: oneLine(label, 75) },
    ...(value === undefined ? {} : { value }),
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined ? {} : { confirm }),
  };
}

function fitting(text: string): string {
  if (text.length <= SECTION_CHARACTERS) return text;
  const cut = text.lastIndexOf('\n', SECTION_CHARACTERS - 2);
  // one line that is longer is no sentence of ours
  return `${cut > 0 ? text.slice(0, cut) : text.slice(0, SECTION_CHARACTERS - 2).replace(/[&<][^;>]*$/, '')}\n…`;
}
