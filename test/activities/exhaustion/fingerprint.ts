import { createHash } from 'node:crypto';
import { LAG_MS, LATE_MS } from './provider.js';
import { outsideWords, type Scenario, SHORT_MS, type Standing, type State, sinceOf } from './state.js';

/** A text with its times taken out: `texts[0] times[0] texts[1] …`. */
interface Tokens {
  texts: string[];
  times: number[];
}

const TIME = /17\d{11}/;
function tokens(text: string): Tokens {
  const parts = text.split(/(17\d{11})/);
  return {
    texts: parts.filter((part) => !TIME.test(part)),
    times: parts.filter((part) => TIME.test(part)).map(Number),
  };
}

const known = new WeakMap<object, Tokens>();
/** Parts of states are never changed, so each is written down once. */
function tokensOf(part: object, write: () => string = () => JSON.stringify(part)): Tokens {
  let found = known.get(part);
  if (found === undefined) {
    found = tokens(write());
    known.set(part, found);
  }
  return found;
}

/**
 * Two states with the same fingerprint go on in the same ways. Times count from now; of times that are past only the order
 * counts, except for how long a write has been there and how long ago an attempt may have signed its request. Actors alike
 * may change places.
 */
export function fingerprint(state: State, { actors }: Scenario): string {
  const { now } = state;
  const parts: [Tokens, number][] = [];
  for (const key of [...state.rows.keys()].sort()) parts.push([tokensOf(state.rows.get(key) as object), 0]);
  for (const name of [...state.things.keys()].sort()) {
    const writes = state.things.get(name) as object;
    parts.push([tokensOf(writes, () => name + JSON.stringify(writes)), LAG_MS]);
  }
  for (const flight of state.flights) parts.push([tokensOf(flight), 0]);
  for (const key of [...state.begun.keys()].sort()) {
    const truths = state.begun.get(key) as object;
    parts.push([tokensOf(truths, () => key + JSON.stringify(truths)), 0]);
  }
  const standings = state.actors.map((standing) => standingTokens(standing, state));
  const alike: Tokens[] = [];
  for (const [index, standing] of standings.entries()) {
    if (actors[index]?.like === undefined) parts.push([standing, LATE_MS]);
    else alike.push(standing);
  }
  alike.sort((a, b) => compare(a.texts.join(), b.texts.join()) || compare(a.times.join(), b.times.join()));
  for (const standing of alike) parts.push([standing, LATE_MS]);
  const { reconciler } = state;
  if (reconciler !== undefined) {
    parts.push([tokens(reconciler.key), 0], [standingTokens(reconciler.standing, state), LATE_MS]);
  }

  const past = new Set<number>();
  for (const [{ times }] of parts) for (const time of times) if (time <= now) past.add(time);
  const order = [...past].sort((a, b) => a - b);
  const words = [`${state.mishaps} ${state.harm ?? ''} ${state.outside.map((act) => outsideWords(act))}`];
  for (const [{ texts, times }, exact] of parts) {
    for (const [index, text] of texts.entries()) {
      words.push(text);
      const time = times[index];
      if (time === undefined) continue;
      const age = now - time;
      words.push(age < 0 ? `@${age}` : age < exact ? `<${order.indexOf(time)}@${age}` : `<${order.indexOf(time)}`);
    }
    words.push('\n');
  }
  return createHash('md5').update(words.join('')).digest('base64');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function standingTokens(standing: Standing, { now, things }: State): Tokens {
  if (standing.at === 'ended') return { texts: [standing.said], times: [] };
  if (standing.at === 'asleep') {
    return standing.until <= now + SHORT_MS
      ? { texts: [`${standing.left}`], times: [] }
      : { texts: [`${standing.left} until `], times: [standing.until] };
  }
  const { texts, times } = tokensOf(standing.past, () => standing.past.seen);
  const tokens = { texts: [...texts, `${standing.left}`], times: [...times] };
  // when a look began matters as long as it might be shown something older
  if (standing.op.kind === 'look' && [...things.values()].some((writes) => writes.length > 1)) {
    return { texts: [...tokens.texts, ''], times: [...tokens.times, sinceOf(standing.past)] };
  }
  return tokens;
}
