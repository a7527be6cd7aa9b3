import { code, inline } from '../../activities/tickets/markdown.js';
import { htmlText } from '../html-text.js';

/** A report as blocks of plain text. Both renderers escape every string that they are given; nothing passes through raw. */
export type Block =
  | { heading: string; level: 1 | 2 | 3 }
  | { text: string }
  | { list: string[]; empty: string }
  | { table: string[]; rows: Cell[][]; empty: string };

/** Text, or an id, address or hash that is set as code. */
export type Cell = string | { code: string };

export function toMarkdown(blocks: Block[]): string {
  return `${blocks.map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block): string {
  if ('heading' in block) return `${'#'.repeat(block.level)} ${inline(block.heading)}`;
  if ('text' in block) return inline(block.text);
  if ('list' in block) {
    return block.list.length === 0 ? inline(block.empty) : block.list.map((item) => `- ${inline(item)}`).join('\n');
  }
  if (block.rows.length === 0) return inline(block.empty);
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(block.table.map(inline)),
    line(block.table.map(() => '---')),
    ...block.rows.map((row) => line(row.map(markdownCell))),
  ].join('\n');
}

function markdownCell(cell: Cell): string {
  // a pipe ends a cell even inside code
  return typeof cell === 'string' ? inline(cell) : code(cell.code.replaceAll('|', '¦'));
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #d0d7de}h3{font-size:1rem}
table{border-collapse:collapse;display:block;overflow-x:auto;font-size:13px}td,th{border:1px solid #d0d7de;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#f6f8fa}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th,h2{border-color:#30363d}th{background:#161b22}}`;

/** One file that loads nothing, links nowhere and runs nothing. */
export function toHtml(title: string, blocks: Block[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>${STYLE}</style></head>
<body>
${blocks.map(htmlOf).join('\n')}
</body></html>
`;
}

function htmlOf(block: Block): string {
  if ('heading' in block) return `<h${block.level}>${htmlText(block.heading)}</h${block.level}>`;
  if ('text' in block) return `<p>${htmlText(block.text)}</p>`;
  if ('list' in block) {
    if (block.list.length === 0) return `<p>${htmlText(block.empty)}</p>`;
    return `<ul>${block.list.map((item) => `<li>${htmlText(item)}</li>`).join('')}</ul>`;
  }
  if (block.rows.length === 0) return `<p>${htmlText(block.empty)}</p>`;
  const head = block.table.map((cell) => `<th>${htmlText(cell)}</th>`).join('');
  const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${htmlCell(cell)}</td>`).join('')}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function htmlCell(cell: Cell): string {
  return typeof cell === 'string' ? htmlText(cell) : `<code>${htmlText(cell.code)}</code>`;
}
