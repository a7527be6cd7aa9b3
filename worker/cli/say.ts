import { createClient, incidentOf } from './client.js';
import { EXIT_CODES } from './exit-codes.js';
import type { VerbContext } from './verbs.js';

interface Said {
  decision: string;
  outcome: 'counted' | 'stored';
  message: string;
}

/**
 * Passes a decision or a control on and tells what became of it. What is only stored ends as unreachable: nothing has
 * happened yet, and a script must not take it for done.
 */
export async function say(
  context: VerbContext,
  { to, body, counted }: { to: 'decisions' | 'controls'; body: object; counted: string },
): Promise<number> {
  const { io, options, args } = context;
  const incident = incidentOf(args[0]);
  const { body: said } = await createClient(context).post<Said>(`/incidents/${incident}/${to}`, body);
  const done = said.outcome === 'counted';
  if (options.json) io.out(JSON.stringify({ incident, ...said }));
  else io.out(done ? `${incident}: ${counted}` : `${incident}: ${said.message}`);
  return done ? EXIT_CODES.ok : EXIT_CODES.unreachable;
}

/** An option's text, undefined where it was not given. */
export const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

/** `{ reason }` from `--why`, or nothing. */
export function reasonOf({ options }: VerbContext): { reason?: string } {
  const reason = textOf(options.why);
  return reason === undefined ? {} : { reason };
}
