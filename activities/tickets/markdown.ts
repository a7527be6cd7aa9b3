/**
 * Text from elsewhere (logs, alerts, people) as Markdown that says it and does nothing: no links, images, HTML, headings,
 * lists, mentions (`@mia`) or references (`#3`). One line.
 */
export function inline(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_[\]<>|~$&]/g, (char) => ENTITIES[char] ?? `\\${char}`)
    .replace(/^([-+=#]|\d+\.)/, '\\$1')
    .replace(/^\\(\d+)\./, '$1\\.')
    .replace(/([@#])(?=\w)/g, '$1\u2060') // word joiner: shown as it is, mentions nobody
    .replace(/(https?|ftp|www)(:|\.)/gi, '$1\u2060$2');
}

const ENTITIES: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

/** The same as code: for ids, addresses, file names. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '';
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Without line breaks, control, and invisible direction-changing characters. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim();
}
