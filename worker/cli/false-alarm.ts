import { answerTo } from './answer-to.js';
import { createClient, incidentOf } from './client.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { reasonOf, say } from './say.js';
import type { Incident } from './status.js';
import type { Run } from './verbs.js';

/** Says what will be brought back, asks, and brings the credential back to what it was before us. */
export const run: Run = async (context) => {
  const { args, options, io } = context;
  const id = incidentOf(args[0]);
  const incident = await createClient(context).get<Incident>(`/incidents/${id}`);
  if (options.yes !== true) {
    if (!io.isTTY || options.json) {
      throw new CliError(EXIT_CODES.usage, `${summaryOf(incident)} Say --yes if that is meant.`);
    }
    io.out(summaryOf(incident));
    if ((await answerTo(io, `Bring ${incident.credential ?? id} back? Type yes:`)) !== 'yes') {
      io.out('Nothing was changed.');
      return EXIT_CODES.refused;
    }
  }
  return say(context, {
    to: 'controls',
    body: { control: 'false_alarm', ...reasonOf(context) },
    counted: 'false alarm; the credential is being brought back, and it closes once that is proven.',
  });
};

function summaryOf({ incident, credential, effects }: Incident): string {
  const done = effects.filter(({ state, undoneBy }) => state === 'done' && undoneBy === null);
  const back = done.filter(({ class: kind }) => kind === 'contain' || kind === 'interrupt').map(verbOf);
  const gone = done.filter(({ class: kind }) => kind === 'destroy' || kind === 'burn').map(verbOf);
  return [
    `${incident}: ${credential ?? 'the credential'} works again for whoever has it.`,
    back.length === 0 ? 'Nothing of ours stands in its way.' : `Undone: ${back.join(', ')}.`,
    ...(gone.length === 0 ? [] : [`Cannot be undone: ${gone.join(', ')}; the old one stays dead.`]),
  ].join(' ');
}

/** `INC-142/contain.disable/disable/<target>/1` -> `disable`. */
const verbOf = ({ key }: { key: string }): string => key.split('/')[2] ?? key;
