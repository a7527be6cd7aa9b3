import { makeToken } from '../api/tokens.js';
import { settingsIfThere } from '../cases/settings-if-there.js';
import { CliError, EXIT_CODES } from './exit-codes.js';
import { textOf } from './say.js';
import type { Run } from './verbs.js';

/** Makes a bearer token. It is shown this once; the settings get its hash. */
export const run: Run = async ({ args, options, io }) => {
  const [person = ''] = args;
  const id = textOf(options.id) ?? `${person}-${new Date().toISOString().slice(0, 10)}`;
  const roles = (textOf(options.roles) ?? '')
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '');
  const words: [string, string][] = [
    [person, 'a person as in the settings: sam'],
    ...roles.map((role): [string, string] => [role, 'a role as in the settings']),
  ];
  for (const [word, meant] of words) {
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(word)) throw new CliError(EXIT_CODES.usage, `"${word}" is not ${meant}.`);
  }
  if (!/^[\w.-]{1,60}$/.test(id))
    throw new CliError(EXIT_CODES.usage, `"${id}" is no short name: letters, digits, . _ -`);
  const { settings } = settingsIfThere({ options, io });
  const known = settings && [...settings.people, ...settings.roles].map(({ name }) => name);
  const missing = words.filter(([word]) => known !== undefined && !known.includes(word));
  for (const [word] of missing) io.err(`The settings do not know ${word} yet; the token does not load until they do.`);
  const { token, sha256 } = makeToken();
  if (options.json) {
    io.out(JSON.stringify({ token, setting: { id, person, sha256, ...(roles.length === 0 ? {} : { roles }) } }));
    return EXIT_CODES.ok;
  }
  io.out(`FIREBREAK_TOKEN=${token}`);
  io.out('It is shown this once. Into firebreak.yaml, under api.tokens:');
  io.out(
    `    - { id: ${id}, person: ${person}, sha256: ${sha256}${roles.length === 0 ? '' : `, roles: [${roles.join(', ')}]`} }`,
  );
  return EXIT_CODES.ok;
};
