import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockProblems, charactersIn } from '../../../../sandbox/slack/block-kit.js';
import type { Message } from '../../../../worker/slack/contract.js';
import type { IncidentView } from '../../../../worker/slack/incident-view/incident-view.js';
import type { QuestionView } from '../../../../worker/slack/incident-view/question-view.js';
import { clockTime, data } from '../../../../worker/slack/mrkdwn.js';
import { clip, cutToFit, MOST, plainText } from '../../../../worker/slack/rendering/budget.js';
import { card } from '../../../../worker/slack/rendering/card.js';
import type { Names } from '../../../../worker/slack/rendering/draft.js';
import { home } from '../../../../worker/slack/rendering/home.js';
import { question } from '../../../../worker/slack/rendering/question.js';
import { threadMessage } from '../../../../worker/slack/rendering/thread-line.js';

/** What strangers write: long, empty, or meant to mention, link and forge. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 6_000 }),
  fc.constantFrom(
    '',
    '<!channel>',
    '<@U0EVIL> & <https://evil.example|here>',
    '&'.repeat(4_000),
    '😀'.repeat(3_000),
    'a\nb\u202ec',
  ),
);
const at = fc.integer({ min: 0, max: 4_000_000_000_000 });
const many = <T>(one: fc.Arbitrary<T>, maxLength = 30) => fc.array(one, { maxLength });
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const classes = fc.constantFrom('read', 'contain', 'burn', 'interrupt', 'replace', 'destroy', 'tell', 'open');
const does = fc.oneof(
  fc.constantFrom('toString', '__proto__', 'disable', 'cut_sessions', 'rotate', 'revoke', 'open', 'contained', ''),
  text,
);

const asked = fc.record({
  id: text,
  kind: fc.constantFrom('question', 'task'),
  generation: fc.integer({ min: 1, max: 9 }),
  digest: text,
  sentence: text,
  title: text,
  covers: many(fc.record({ title: text, does, class: classes, undo: fc.boolean() }), 12),
  looked: fc.boolean(),
  because: many(text),
  openedAt: at,
  places: fc.dictionary(text, fc.integer({ min: 1, max: 3 }), { maxKeys: 4 }),
  seats: fc.integer({ min: 1, max: 9 }),
  filled: many(fc.record({ role: text, person: text, at })),
  asked: many(fc.record({ roles: many(text, 4), people: many(text, 60), at }), 4),
  mayAnswer: many(text, 60),
  tier: fc.integer({ min: 0, max: 3 }),
  next: many(many(text, 4), 3),
  until: at,
  onSilence: fc.constantFrom('hold', 'proceed', 'fail'),
  end: optional(
    fc.record({
      how: fc.constantFrom('done', 'denied', 'unanswered', 'proceeded', 'skipped', 'withdrawn', 'moot', 'again'),
      at,
      by: many(text, 5),
      reason: text,
      line: text,
    }),
  ),
  postponedBy: optional(text),
}) as unknown as fc.Arbitrary<QuestionView>;

const view = fc.record({
  incident: fc.constantFrom('INC-1', 'INC-123456'),
  banner: fc.constantFrom('', 'SANDBOX', 'OBSERVE', 'SANDBOX OBSERVE'),
  mode: fc.constantFrom('act', 'ask', 'observe'),
  credential: fc.record({ kind: text, label: text, name: text, account: text }),
  identified: fc.boolean(),
  exposure: fc.constantFrom('public', 'internal', 'unknown'),
  environment: text,
  criticality: fc.constantFrom('critical', 'normal', 'unknown'),
  severity: fc.constantFrom('sev1', 'sev2', 'sev3'),
  openedAt: at,
  openedBy: text,
  requester: optional(text),
  owner: fc.record({ name: text, source: text }),
  lead: optional(text),
  stage: fc.constantFrom('opening', 'containing', 'assessing', 'undoing', 'closing', 'closed'),
  held: text,
  waiting: text,
  closed: optional(
    fc.record({
      as: fc.constantFrom('dead', 'benign', 'joined', 'cancelled', 'strange'),
      at,
      joinedTo: optional(text),
      remains: many(text),
      line: text,
    }),
  ),
  frozen: optional(fc.record({ at, by: many(text, 4), silent: fc.boolean() })),
  contained: optional(fc.record({ at, grade: fc.constant('refused'), line: text })),
  scan: fc.record({ state: fc.constantFrom('none', 'running', 'done'), line: text, misuse: fc.boolean() }),
  steps: many(
    fc.record({
      id: text,
      title: text,
      does,
      kind: fc.constantFrom('act', 'ask', 'task', 'each'),
      class: classes,
      state: fc.constantFrom('pending', 'running', 'waiting', 'done', 'failed', 'skipped', 'undone'),
      generation: fc.constant(1),
      line: text,
      open: fc.boolean(),
    }),
    64,
  ),
  questions: many(asked, 6),
  found: fc.record({
    source: text,
    summary: text,
    url: optional(fc.webUrl({ withFragments: true, withQueryParameters: true })),
  }),
  alerts: fc.integer({ min: 1, max: 100_000 }),
  ticket: optional(fc.webUrl()),
  children: many(fc.record({ incident: text, claim: text, state: text }), 120),
  parents: many(text, 20),
  digest: text,
  updatedAt: at,
}) as unknown as fc.Arbitrary<IncidentView>;

const names: Names = {
  mention: (person) => (person.length % 2 === 0 ? '<@U0SAM>' : data(person, 60)),
  plain: (person) => data(person, 60),
};
const handles = { incident: 'i'.repeat(22), questions: new Map() };
const urls = { page: 'https://firebreak.acme.example/a', report: 'https://firebreak.acme.example/b' };

/** Only what we write ourselves may be a token of Slack's. */
const OURS = /^(?:<@U0SAM>|<!date\^\d+\^[^|<>]*\|[^<>]*>|<https?:\/\/[^|<>\s]+\|[^<>]*>)$/;

function check({ text, blocks }: Message): void {
  expect(blockProblems(blocks, 'message')).toEqual([]);
  expect(blocks.length).toBeLessThanOrEqual(MOST.blocks);
  expect(charactersIn(blocks)).toBeLessThanOrEqual(MOST.characters);
  expect(text.length).toBeLessThanOrEqual(MOST.text);
  expect(text).not.toBe('');
  for (const said of [text, ...textsIn(blocks)])
    for (const [token] of said.matchAll(/<[^>]*>?/g)) expect(token).toMatch(OURS);
}

/** Of mrkdwn alone: plain text is never read as markup. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (value === null || typeof value !== 'object') return [];
  const { type, text } = value as { type?: string; text?: unknown };
  return [...(type === 'mrkdwn' && typeof text === 'string' ? [text] : []), ...Object.values(value).flatMap(textsIn)];
}

const RUNS = { numRuns: 150 };

describe('whatever the incident is, Slack takes it and strangers mention nobody:', () => {
  it('the card', () => {
    fc.assert(
      fc.property(view, (view) => {
        const draft = card({ view, names, handles, urls, cards: new Map() });
        expect(draft.lines.length).toBeLessThanOrEqual(12);
        check(cutToFit(draft).message);
      }),
      RUNS,
    );
  });

  it('a question and a task, open or ended', () => {
    fc.assert(
      fc.property(view, asked, fc.boolean(), (view, question_, direct) => {
        check(cutToFit(question({ view, question: question_, names, handle: 'h'.repeat(22), direct })).message);
      }),
      RUNS,
    );
  });

  it('the thread', () => {
    const line = text.map((one) => `${clockTime(1)} ${data(one, 5_000)}`);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
        const { message, rest } = cutToFit(threadMessage(lines.map((one) => ({ key: '', line: one }))));
        check(message);
        // what does not fit is in the file, whole
        const said = JSON.stringify(message.blocks);
        if (lines.some((one) => !said.includes(JSON.stringify(one).slice(1, -1))))
          expect(rest).toBe(lines.map(plainText).join('\n'));
      }),
      RUNS,
    );
  });

  it('the home tab', () => {
    fc.assert(
      fc.property(many(view, 20), asked, (open, waits) => {
        const shown = home({
          banner: 'SANDBOX',
          person: 'sam',
          open,
          openInAll: open.length,
          waiting: open.slice(0, 10).map((view) => ({ view, question: waits, handle: 'h' })),
          waitingInAll: Math.min(open.length, 10),
          decided: [],
          titles: new Map(),
          names,
          cards: new Map(),
        });
        expect(blockProblems(shown.blocks, 'home')).toEqual([]);
        expect(shown.blocks.length).toBeLessThanOrEqual(100);
        for (const said of textsIn(shown.blocks))
          for (const [token] of said.matchAll(/<[^>]*>?/g)) expect(token).toMatch(OURS);
      }),
      { numRuns: 40 },
    );
  });
});

describe('clip', () => {
  it('cuts no mention, date or escaped character in two', () => {
    const piece = fc.constantFrom('<@U0SAM>', '&amp;', '&lt;', clockTime(0), 'word ', '😀');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.integer({ min: 1, max: 300 }), (pieces, most) => {
        const cut = clip(pieces.join(''), most);
        expect(cut.length).toBeLessThanOrEqual(most);
        const kept = cut.endsWith('…') ? cut.slice(0, -1) : cut;
        const ends = pieces.map((_, n) => pieces.slice(0, n).join(''));
        expect(
          [...ends, pieces.join('')].some(
            (whole) => whole === kept || (whole.startsWith(kept) && /[a-z ]$/.test(kept)),
          ),
        ).toBe(true);
      }),
    );
  });
});
