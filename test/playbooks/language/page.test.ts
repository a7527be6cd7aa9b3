import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

/** A page without a mistake; tests replace one line of it. */
const GOOD = `playbook: aws-access-key
summary: Freeze a leaked key and prove that it is dead.
alongside:
  - do: scan_logs
contain:
  - do: disable
  - prove: contained
recover:
  - do: rotate
  - prove: replacement_works
close:
  - do: revoke
    ask: Delete <credential> for good?
  - prove: dead
cases:
  - { name: silence deletes nothing, people: { revoke: silent }, expect: { incident: held } }
`;

function problemsOf(text: string, settings = {}): string {
  return formatProblems(readPage(text, 'aws-access-key.yaml', CATALOGUE, settings).problems).replaceAll(
    'aws-access-key.yaml:',
    '',
  );
}

function withLine(find: string, replacement: string): string {
  expect(GOOD).toContain(find);
  return problemsOf(GOOD.replace(find, replacement));
}

describe('a page that is not YAML that Firebreak reads', () => {
  it.each([
    [
      'an anchor',
      '- do: disable',
      '- do: &a disable',
      '6:12 FB01 this is not YAML that Firebreak reads: it has an anchor (&a). Write it out.',
    ],
    ['a tag', '- do: disable', '- do: !!str disable', '6:15 FB01 this is not YAML that Firebreak reads: it has a tag'],
    ['an unknown tag', '- do: disable', '- do: !x disable', 'it has a tag (!x)'],
    [
      'a merge key',
      '- do: disable',
      '- do: disable\n    <<: { id: x }',
      '7:5 FB01 this is not YAML that Firebreak reads: it has a merge key (<<). Write it out.',
    ],
    [
      'a key twice',
      '- do: disable',
      '- do: disable\n    do: rotate',
      '7:5 FB01 this is not YAML that Firebreak reads: it has the key do twice (line 6). Keep one.',
    ],
    [
      'a tab',
      '- do: disable',
      '- do:\tdisable',
      '6:8 FB01 this is not YAML that Firebreak reads: it has a tab. Use spaces.',
    ],
    [
      'an empty value',
      '- do: disable',
      '- do: disable\n    then:',
      '7:5 FB01 this is not YAML that Firebreak reads: then has no value',
    ],
    ['a null', '- do: disable', '- do: ~', '6:9 FB01 this is not YAML that Firebreak reads: a value is empty'],
    [
      'an empty item',
      '- do: disable',
      '-\n  - do: disable',
      '6:4 FB01 this is not YAML that Firebreak reads: a list item is empty',
    ],
    ['two documents', 'cases:', '---\na: b\n---\ncases:', 'it holds more than one document'],
    ['a directive', 'playbook: aws-access-key', '%YAML 1.1\n---\nplaybook: aws-access-key', 'it has a directive (%)'],
    [
      'several lines',
      '- do: disable',
      '- do: disable\n  - task: Turn\n      it off.\n    id: x',
      '7:11 FB01 this is not YAML that Firebreak reads: a value goes over several lines',
    ],
    ['a block scalar', '- do: disable', '- do: |\n      disable', 'a value goes over several lines'],
    ['a list with keys', '- do: disable', '- do: [a: b]', 'a list'],
    ['a key that is a list', '- do: disable', '- ? [a]\n    : b', 'a key is not plain text'],
  ])('refuses %s', (_what, find, replacement, problem) => {
    expect(withLine(find, replacement)).toContain(problem);
  });

  it('refuses an alias', () => {
    const text = GOOD.replace('- do: disable', '- &a { do: disable }').replace('- do: rotate', '- *a');
    expect(problemsOf(text)).toContain('9:5 FB01 this is not YAML that Firebreak reads: it has an alias (*)');
  });

  it.each(['yes', 'No', 'on', 'OFF', 'y', 'n', '010', '1_000', '12:30', '2026-10-01', '0o17', '1e3', '0b11', '='])(
    'refuses %s, which other tools read otherwise',
    (word) => {
      expect(withLine('- do: disable', `- do: ${word}`)).toMatch(
        /^6:9 FB02 ".*" is .* in YAML 1\.1 and .* in 1\.2\. Quote it/,
      );
    },
  );

  it('refuses such a word as a key too', () => {
    expect(withLine('{ revoke: silent }', '{ on: silent }')).toContain(
      ' FB02 "on" is true in YAML 1.1 and text in 1.2',
    );
  });

  it.each(['15m', 'mon-fri', 'nobody', '-', '<<b', '0.5', '12', 'true', '1.2.3.4'])('lets %s be', (word) => {
    expect(withLine('- do: disable', `- do: ${word}`)).not.toContain('FB02');
  });

  it('refuses more than 64 KiB, and text that is not UTF-8', () => {
    expect(problemsOf(`${GOOD}${'#'.repeat(65_536)}`)).toMatch(/it has 6\d{4} bytes, at most 65536/);
    const bytes = new Uint8Array([...new TextEncoder().encode(GOOD), 0xff]);
    expect(readPage(bytes, 'aws-access-key.yaml', CATALOGUE).problems[0]?.message).toContain('it is not UTF-8');
  });
});

describe('a page with a mistake', () => {
  it.each([
    [
      'an unknown key',
      'recover:',
      'recovr:',
      '8:1 FB06 a page has no key recovr; it has playbook, summary, for, alongside, contain, assess, recover, close, cases. Did you mean recover?',
    ],
    [
      'a phase too early',
      'contain:',
      'close: [ { prove: dead, id: dead_too } ]\ncontain:',
      '6:1 FB11 contain stands after close but runs before it. Move it.',
    ],
    [
      'no head',
      '- do: disable',
      '- doo: disable',
      '6:5 FB04 a step has one of do, prove, task, respond_to_each, together; here 0. Did you mean do?',
    ],
    [
      'two heads',
      '- do: disable',
      '- { do: disable, prove: dead }',
      '6:5 FB04 a step has one of do, prove, task, respond_to_each, together; here 2. Split it.',
    ],
    [
      'a step that is a word',
      '- do: disable',
      '- disable',
      '6:5 FB03 contain takes steps, not "disable". Write `do: disable`.',
    ],
    [
      'a misspelt verb',
      '- do: disable',
      '- do: disabel',
      '6:9 FB06 aws-access-key has no verb disabel; it has disable, cut_sessions, find_created, rotate, revoke, scan_logs, open_ticket, notify, resolve_alert. Did you mean disable?',
    ],
    [
      'a proof as a verb',
      '- do: disable',
      '- do: contained',
      '6:9 FB06 aws-access-key has no verb contained; it is a proof. Write `prove: contained`.',
    ],
    [
      'a verb the kind cannot do',
      '- do: disable',
      '- { do: restrict, remove: [write] }',
      '6:11 FB13 aws-access-key cannot restrict; it can disable, cut_sessions, find_created, rotate, revoke, scan_logs, open_ticket, notify, resolve_alert. Write a task that `does: restrict`.',
    ],
    [
      'a look for what was made while more can be made',
      '- do: disable',
      '- do: find_created\n  - do: disable',
      '6:5 FB33 find_created must stand after the proof of contained, in assess. Move it.',
    ],
    [
      'a response to what no step finds',
      '- do: disable',
      '- do: disable\n  - respond_to_each: find_created',
      '7:22 FB06 respond_to_each has no find_created step find_created; it has none. Write `do: find_created`.',
    ],
    [
      'more incidents at once than anybody can answer',
      '- do: rotate',
      '- do: find_created\n  - { respond_to_each: find_created, at_most: 101 }\n  - do: rotate',
      '10:47 FB03 at_most takes a number from 1 to 100, not the number 101. Write at_most: 20.',
    ],
    [
      'a response with a question',
      '- do: rotate',
      '- do: find_created\n  - { respond_to_each: find_created, ask: Really? }\n  - do: rotate',
      'respond_to_each has no key ask; it has respond_to_each, at_most, id, when, unless.',
    ],
    [
      'a verb twice',
      '- do: rotate',
      '- do: rotate\n  - do: disable',
      '10:5 FB05 two steps are called disable (line 6). Give it an `id`.',
    ],
    [
      'a task without a name',
      '- do: disable',
      '- task: Turn it off.',
      '6:5 FB05 this task needs an id. Give it an `id`.',
    ],
    [
      'a name that is a fact',
      '- do: disable',
      '- { do: disable, id: owner }',
      '6:24 FB03 id takes a name that is not a fact, not "owner". Write id: look_at_owner.',
    ],
    [
      'an argument that is missing',
      '- do: disable',
      '- do: disable\n  - { do: notify, audience: owner }',
      '7:5 FB03 notify needs say. Write say: A sentence.',
    ],
    [
      'an argument it has not',
      '- do: disable',
      '- { do: disable, since: 3d }',
      '6:20 FB06 disable has no key since; it has do, id,',
    ],
    [
      'a time that is none',
      '- do: scan_logs',
      '- { do: scan_logs, since: 2w }',
      '4:29 FB03 since takes a time up to 90d, not "2w". Write since: 15m.',
    ],
    [
      'too long a time',
      '- do: scan_logs',
      '- { do: scan_logs, since: 91d }',
      '4:29 FB03 since takes a time up to 90d, not "91d". Write since: 15m.',
    ],
    [
      'a number for a time',
      '- do: scan_logs',
      '- { do: scan_logs, since: 30 }',
      '4:29 FB03 since takes a time, not the number 30. Write it quoted: "30".',
    ],
    [
      'too many people',
      '?\n',
      '?\n    from: { ciso: 6 }\n',
      '14:19 FB03 ciso takes a number of people from 1 to 5, not the number 6. Write { ciso: 1 }.',
    ],
    ['no role', '?\n', '?\n    from: { Ciso: 1 }\n', '14:13 FB03 from takes roles, not Ciso.'],
    ['terms without a question', '- do: disable', '- { do: disable, within: 3m }', '6:20 FB03 within needs ask.'],
    ['a question without a mark', 'for good?', 'for good.', '13:10 FB40 a question needs a ? Write it.'],
    [
      'an unknown word',
      '?\n',
      '?\n    if_silent: procede\n',
      '14:16 FB06 if_silent has no word procede; it has hold, proceed. Did you mean proceed?',
    ],
    [
      'too long a sentence',
      'summary: Freeze',
      `summary: ${'x'.repeat(300)}`,
      '2:10 FB03 summary is 340 characters long, at most 300. Shorten it.',
    ],
    [
      'a sentence that forges a line',
      'Delete <credential> for good?',
      '"Delete\\u2028it?"',
      '13:10 FB03 ask takes a sentence of printable characters',
    ],
    [
      'a placeholder for nothing',
      '<credential>',
      '<credentail>',
      '13:10 FB06 a sentence has no fact credentail; it has credential,',
    ],
    [
      'a placeholder for no result',
      '<credential>',
      '<scan_logs.verdikt>',
      '13:10 FB06 scan_logs has no result verdikt; it has state, verdict, uses. Did you mean verdict?',
    ],
    [
      'a placeholder for no step',
      '<credential>',
      '<scan_log.verdict>',
      '13:10 FB06 this page has no step scan_log; it has scan_logs, disable,',
    ],
    [
      'a condition on nothing',
      '- do: rotate',
      '- { do: rotate, when: { exposur: public } }',
      '9:27 FB06 a condition has no fact exposur; it has environment, criticality, exposure, secret, credential.kind,',
    ],
    [
      'a condition on a sentence fact',
      '- do: rotate',
      '- { do: rotate, when: { owner: unknown } }',
      '9:27 FB06 a condition cannot look at owner; it can at environment,',
    ],
    [
      'a condition without its word',
      '- do: rotate',
      '- { do: rotate, when: { exposure: publik } }',
      '9:37 FB06 exposure has no word publik; it has public, internal, unknown. Did you mean public?',
    ],
    [
      'a condition on a number',
      '- do: rotate',
      '- { do: rotate, when: { environment: 12 } }',
      '9:40 FB03 environment takes a slug, not the number 12. Write it quoted: "12".',
    ],
    [
      'a count compared',
      '- do: rotate',
      '- { do: rotate, unless: { scan_logs.uses: many } }',
      'FB06 scan_logs.uses has no word many; it has none.',
    ],
    [
      'two reasons not to',
      '- do: rotate',
      '- { do: rotate, unless: { exposure: public, secret: held } }',
      '9:19 FB03 unless takes one path, not 2. Write two steps, or `when`.',
    ],
    [
      'a together in a together',
      '- do: disable',
      '- together:\n      - together: [ { do: disable } ]',
      'FB04 a together has no together in it',
    ],
    [
      'a together with a name',
      '- do: disable',
      '- { together: [ { do: disable } ], id: x }',
      '6:38 FB06 together has no key id; it has together',
    ],
    ['a comment in a sentence', 'for good?', 'ticket #12 for good? #now', '13:10 FB40 a question needs a ?'],
    [
      'another file name',
      'playbook: aws-access-key',
      'playbook: api-key',
      '1:11 FB03 playbook takes the name of its file, aws-access-key, not api-key.',
    ],
    [
      'an unknown kind',
      'summary:',
      'for: aws-acces-key\nsummary:',
      '2:6 FB06 this installation has no kind aws-acces-key; it has manual, aws-access-key, github-token, postgres-role, api-key, exchange-key. Did you mean aws-access-key?',
    ],
    ['no cases', GOOD.slice(GOOD.indexOf('cases:')), '', '1:1 FB03 a page needs cases. Write cases:'],
    [
      'an empty phase',
      'contain:\n  - do: disable\n  - prove: contained',
      'contain: []',
      '5:10 FB03 contain takes a list of steps, not an empty list',
    ],
  ])('names %s, where it is and what to do', (_what, find, replacement, problem) => {
    expect(withLine(find, replacement)).toContain(problem);
  });

  it('reports all mistakes at once, in the order of the file', () => {
    const text = GOOD.replace('do: scan_logs', 'do: scan_log')
      .replace('do: rotate', 'do: rotat')
      .replace('silent', 'silnt');
    expect(problemsOf(text).match(/^\d+:\d+ \w+/gm)).toEqual(
      ['4:9 FB06', '9:9 FB06', '16:56 FB06', '16:5 W51'].sort(
        (a, b) => parseInt(a, 10) - parseInt(b, 10) || a.localeCompare(b),
      ),
    );
  });

  it('says nothing of missing proofs while a step could not be read', () => {
    expect(withLine('- prove: contained', '- prove: containd')).not.toContain('FB31');
  });

  it('refuses 65 steps', () => {
    const many = Array.from({ length: 62 }, (_, i) => `  - { task: Look at it., id: look_${i} }`).join('\n');
    expect(withLine('  - do: scan_logs', many)).toContain('FB03 this page is 68 steps long, at most 64');
  });

  it('knows a team’s roles, audiences and environments when it is given them', () => {
    const text = GOOD.replace('?\n', '?\n    from: { cisso: 1 }\n').replace(
      '- do: rotate',
      '- { do: rotate, when: { environment: prod } }\n  - { do: notify, audience: customers, say: It is dead. }',
    );
    const told = problemsOf(text, { roles: ['ciso'], environments: ['production'], audiences: ['customer'] });
    expect(told).toContain('FB06 firebreak.yaml has no role cisso; it has ciso. Did you mean ciso?');
    expect(told).toContain('FB06 environment has no word prod; it has production, default');
    expect(told).toContain('FB06 firebreak.yaml has no audience customers; it has customer. Did you mean customer?');
    expect(problemsOf(text)).toBe('');
  });
});

describe('a page without a mistake', () => {
  it('is read with its names, classes, defaults and the digest of its text', () => {
    const { page, problems } = readPage(GOOD, 'playbooks/aws-access-key.yaml', CATALOGUE);
    expect(problems).toEqual([]);
    expect(page).toMatchObject({
      name: 'aws-access-key',
      kind: 'aws-access-key',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      phases: {
        alongside: [
          { steps: [{ name: 'scan_logs', class: 'read', args: { since: '30d' }, at: { line: 4, column: 5 } }] },
        ],
        close: [
          { steps: [{ name: 'revoke', class: 'destroy', ask: 'Delete <credential> for good?' }] },
          { steps: [{ name: 'dead' }] },
        ],
      },
    });
  });

  it('is the same page from bytes as from text, with and without carriage returns', () => {
    const { page } = readPage(GOOD, 'aws-access-key.yaml', CATALOGUE);
    const bytes = readPage(new TextEncoder().encode(GOOD), 'aws-access-key.yaml', CATALOGUE).page;
    const windows = readPage(GOOD.replaceAll('\n', '\r\n'), 'aws-access-key.yaml', CATALOGUE).page;
    expect(bytes).toEqual(page);
    expect({ ...windows, sha256: '' }).toEqual({ ...page, sha256: '' });
  });

  it('may hold < and > and # that are no placeholders and no comments', () => {
    const said = readPage(
      GOOD.replace('Delete <credential>', 'If uses < 3 > 2, delete#1 <Credential>'),
      'aws-access-key.yaml',
      CATALOGUE,
    );
    expect(said.problems).toEqual([]);
  });

  it('warns where a comment may have eaten the end of a sentence', () => {
    expect(withLine('for good?', 'for good? #1')).toBe(
      '13:10 W61 # after a sentence: is it a comment? Quote the sentence if not.',
    );
  });
});
