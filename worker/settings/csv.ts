/** Rows of a small CSV file (RFC 4180 quotes, `#` comments, blank lines), each with its line number; the first row is not special. */
export function readCsv(text: string): { line: number; cells: string[] }[] {
  return text
    .split(/\r?\n/)
    .map((row, index) => ({ line: index + 1, cells: cellsOf(row) }))
    .filter(({ cells }) => cells.some((cell) => cell !== '') && !cells[0]?.startsWith('#'));
}

function cellsOf(row: string): string[] {
  // with a comma in front, every cell begins with one, the empty ones too
  const cells = [...`,${row}`.matchAll(/,\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g)];
  return cells.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')));
}
