// What a run of `npm run mutate` prints: the changes that no test noticed, and a table of scores.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const isMissed = ({ status }) => status === 'Survived' || status === 'NoCoverage';

/** Prints both and gives the score of the whole, in per cent. */
export function printReport(results, root) {
  const byFile = new Map();
  for (const one of results) {
    const file = relative(root, one.fileName);
    byFile.set(file, [...(byFile.get(file) ?? []), one]);
  }
  for (const [file, mutants] of byFile) {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    for (const mutant of mutants.filter(isMissed)) printChange(file, lines, mutant);
  }
  console.log(
    '\n| file | changes | caught | of them by its time or end | not caught | of them reached by no test | score |',
  );
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  for (const [file, mutants] of byFile) console.log(row(`\`${file}\``, mutants));
  console.log(row('**all**', results));
  return scoreOf(results);
}

function printChange(file, lines, { location: { start, end }, mutatorName, replacement, status }) {
  const last = start.line === end.line ? end.column : lines[start.line].length;
  const before = lines[start.line].slice(start.column, last) + (start.line === end.line ? '' : ' …');
  const why = status === 'NoCoverage' ? ' (no test reaches it)' : '';
  console.log(`\n${file}:${start.line + 1}:${start.column + 1} ${mutatorName}${why}`);
  console.log(`- ${short(before)}\n+ ${short(replacement)}`);
}

const short = (text) => text.replace(/\s+/g, ' ').slice(0, 160);

function scoreOf(mutants) {
  return (100 * mutants.filter((one) => !isMissed(one)).length) / mutants.length;
}

function row(title, mutants) {
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const missed = mutants.filter(isMissed).length;
  const cells = [mutants.length, mutants.length - missed, count('Timeout', 'Died'), missed, count('NoCoverage')];
  return `| ${title} | ${cells.join(' | ')} | ${scoreOf(mutants).toFixed(1)} % |`;
}
