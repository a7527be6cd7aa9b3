const SHAPES: { what: string; pattern: RegExp }[] = [
  { what: 'a GitHub token', pattern: /^(?:gh[pousr]_|github_pat_)\w{20,}$/ },
  { what: 'a Slack token', pattern: /^xox[abeoprs]-\S{10,}$/ },
  { what: 'an npm token', pattern: /^npm_\w{30,}$/ },
  { what: 'a live key of a payment provider', pattern: /^[rs]k_live_\w{16,}$/ },
  { what: 'a private key', pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
];

/**
 * What secret a text appears to be, or undefined. An id names a credential and may be shown; a secret pasted in its
 * place must not reach a shell history, a log or a record.
 */
export function looksSecret(text: string): string | undefined {
  const shape = SHAPES.find(({ pattern }) => pattern.test(text.trim()));
  if (shape !== undefined) return shape.what;
  // 40 characters of base64 are an AWS secret; 40 of hex are a commit.
  const aws = /^[A-Za-z0-9/+]{40}$/.test(text.trim()) && !/^[0-9a-f]{40}$/i.test(text.trim());
  return aws ? 'an AWS secret access key' : undefined;
}

/** What people put around a value in a sentence: `key="…".` */
export const WORD = /[^\s"'`,;:=<>()[\]{}|&?]+/g;

/** As `looksSecret`, for a word with the end of its sentence. */
export const looksSecretWord = (word: string): string | undefined => looksSecret(word.replace(/[.!]+$/, ''));

/** Whether free text appears to hold a secret, alone or in a sentence. */
export function holdsSecret(text: string): boolean {
  return (
    looksSecret(text) !== undefined || (text.match(WORD) ?? []).some((word) => looksSecretWord(word) !== undefined)
  );
}

/** Free text of a stranger with `[secret]` where one appears to stand, or the known one stands. Before it is cut: a part is enough. */
export function withoutSecrets(text: string, known?: string): string {
  if (looksSecret(text) !== undefined) return '[secret]';
  const rest = known === undefined ? text : text.replaceAll(known, '[secret]');
  return rest.replaceAll(WORD, (word) => (looksSecretWord(word) === undefined ? word : '[secret]'));
}
