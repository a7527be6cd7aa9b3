import { kindOfId } from '../intake/credential-ids.js';
import { looksSecretWord, WORD } from '../intake/looks-secret.js';

/** A value that was typed where everybody may read it, and what it appears to be: `an AWS secret access key`. */
export interface TypedSecret {
  value: string;
  what: string;
}

/**
 * Shapes of secrets wherever they stand. More is taken out than the API refuses: a chat is pasted into at night, whole
 * consoles and files at a time. A group, where there is one, is the value; else all of it is.
 */
const SHAPES: { what: string; shape: RegExp }[] = [
  // what comes after the header is secret even where the end was not copied
  {
    what: 'a private key',
    shape: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*-----END [A-Z ]*PRIVATE KEY-----|[\s\S]*$)/,
  },
  { what: 'a GitHub token', shape: /(?<![A-Za-z0-9_])(?:gh[pousr]_|github_pat_)\w{20,}/ },
  { what: 'a GitLab token', shape: /(?<![A-Za-z0-9_])glpat-[\w-]{20,}/ },
  { what: 'a Slack token', shape: /(?<![A-Za-z0-9_])(?:xox[a-z][-.]|xapp-)\S{10,}/ },
  { what: 'a Slack webhook', shape: /https:\/\/hooks\.slack\.com\/\w+\/[\w/]{10,}/ },
  { what: 'an npm token', shape: /(?<![A-Za-z0-9_])npm_\w{30,}/ },
  { what: 'a live key of a payment provider', shape: /(?<![A-Za-z0-9_])(?:[rs]k_(?:live|test)_|whsec_)\w{16,}/ },
  // prefixes that their makers chose to be found by
  {
    what: 'an API key',
    shape:
      /(?<![A-Za-z0-9_-])(?:pypi-AgE|do[opr]_v1_|hf_|hv[sbr]\.|SG\.|gl(?:rt|dt|ptt|ft|cbt|agent)-|shp(?:at|ca|pa|ss)_|lin_api_|dapi(?=[0-9a-f]{32})|ya29\.|AGE-SECRET-KEY-1)[\w.-]{16,}/,
  },
  {
    what: 'a password',
    shape:
      /(?<![A-Za-z])Basic\s{1,3}((?=[A-Za-z0-9+/]{0,40}[A-Z])(?=\S{0,40}[0-9=])[A-Za-z0-9+/]{12,}={0,2})(?![A-Za-z0-9])/,
  },
  { what: 'an API key', shape: /(?<![A-Za-z0-9_-])(?:sk-[\w-]{20,}|AIza[\w-]{35})/ },
  { what: 'a signed token', shape: /(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]*)?/ },
  // glued to its id, or with only a slash between: no boundary tells them apart
  {
    what: 'an AWS secret access key',
    shape: /(?<=(?<![A-Za-z0-9])A[KS]IA(?:[A-Z2-7]{16}|[A-Z2-7]{12,28}[/+]))[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/,
  },
  {
    what: 'an AWS secret access key',
    shape: /(?<![A-Za-z0-9/+])(?=\S{0,39}[A-Z])(?=\S{0,39}[a-z])(?=\S{0,39}[0-9+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/,
  },
  { what: 'a session token', shape: /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{100,}={0,2}/ },
  { what: 'a password', shape: /:\/\/[^\s/:@]{1,100}:([^\s/@]{4,200})@/ },
  {
    what: 'a secret',
    shape:
      /(?:secret|passw(?:or)?d|pwd|passphrase|secret[_ -]?access[_ -]?key|(?:session|access|auth|api)[_ -]?(?:token|key))["']?\s{0,3}[=:]\s{0,3}["']?(?!\[secret\]|https?:\/\/|<)([^\s"'`,;]{8,})/i,
  },
];

/**
 * What somebody typed or pasted, with `[secret]` for everything that looks like one, and the values in their order. Takes
 * text as Slack sends it and undoes its markup (`<https://…|…>`, `&amp;`), so that values are what was pasted. Call it
 * before anything is stored, seal the values at once, and keep none.
 */
export function takeOutSecrets(slackText: string): { text: string; secrets: TypedSecret[] } {
  const secrets: TypedSecret[] = [];
  let text = '';
  let rest = asTyped(slackText);
  for (;;) {
    const found = firstSecret(rest);
    if (found === undefined) return { text: text + rest, secrets };
    const { at, what } = found;
    const value = secrets.length < MOST ? found.value : rest.slice(at);
    secrets.push({ value, what });
    text += `${rest.slice(0, at)}[secret]`;
    rest = rest.slice(at + value.length);
  }
}

/** Whoever pastes more pastes a whole file, and what comes after is taken out unread. */
const MOST = 40;

type Found = TypedSecret & { at: number };

/** The one that begins first, the longest of those. */
function firstSecret(text: string): Found | undefined {
  const found = [...SHAPES.flatMap(({ what, shape }) => shaped(text, what, shape)), ...secretWord(text)];
  return found.sort((a, b) => a.at - b.at || b.value.length - a.value.length)[0];
}

function shaped(text: string, what: string, shape: RegExp): Found[] {
  const match = new RegExp(shape, `${shape.flags}d`).exec(text);
  const [at, end] = match?.indices?.[1] ?? match?.indices?.[0] ?? [0, 0];
  const value = text.slice(at, end);
  return value === '' || kindOfId(value) !== undefined ? [] : [{ at, value, what }];
}

/** What the API and the command line would refuse as a secret is one here too. */
function secretWord(text: string): Found[] {
  for (const match of text.matchAll(WORD)) {
    const what = looksSecretWord(match[0]);
    if (what !== undefined) return [{ at: match.index, value: match[0].replace(/[.!]+$/, ''), what }];
  }
  return [];
}

/** Slack's markup back to what was typed: links to their address, `&lt;` to `<`. Who is mentioned stays `<@U…>`. */
function asTyped(text: string): string {
  return text
    .replaceAll(/<(?:mailto|tel):[^<>|]*\|([^<>]*)>/g, '$1')
    .replaceAll(/<(https?:[^<>|\s]*)(?:\|[^<>]*)?>/g, '$1')
    .replaceAll(/<!date\^[^<>|]*\|([^<>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
