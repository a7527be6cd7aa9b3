/** `npm run bench`: every section in one run, each against the same by hand on the same server; prints Markdown. */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchActs } from './acts.js';
import { type Goal, goalTable } from './figures.js';
import { benchFirstChange } from './first-change.js';
import { benchParked } from './parked.js';
import { benchPlaybook } from './playbook.js';

type Section = (options: { quick: boolean; say(line: string): void }) => Promise<Goal[]>;

const SECTIONS: Record<string, Section> = {
  acts: benchActs,
  'first-change': benchFirstChange,
  playbook: benchPlaybook,
  parked: benchParked,
};

const HELP = `npm run bench [-- options]

  --only <section>   ${Object.keys(SECTIONS).join(', ')}; may be given more than once
  --quick            few runs, to see that it works: its figures mean little
  --help             this text

Speed is shown as ratios of things measured side by side in one run. Nothing else should run on the machine.
Exit code 0 = it ran; 1 = it broke. A goal that is missed is printed as such.`;

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.info(HELP);
    return 0;
  }
  const names = values.only ?? Object.keys(SECTIONS);
  const unknown = names.filter((name) => SECTIONS[name] === undefined);
  if (unknown.length > 0) {
    console.error(`there is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
    return 2;
  }
  console.info(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  );
  const goals: Goal[] = [];
  for (const name of names) {
    const began = performance.now();
    goals.push(...(await (SECTIONS[name] as Section)({ quick: values.quick, say: (line) => console.error(line) })));
    console.error(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  }
  const missed = goals.filter(({ met }) => !met);
  console.info(missed.length === 0 ? '\nEvery goal is met.' : `\n### Missed\n\n${goalTable(missed)}`);
  return 0;
}
