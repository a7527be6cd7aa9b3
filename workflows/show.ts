/** What Temporal itself shows of an incident: its details in words, and search attributes where they are registered. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Status } from './core/message.js';
import type { Run } from './core/run.js';
import { status } from './core/status.js';

const STAGE = defineSearchAttributeKey('FirebreakStage', 'KEYWORD');
const KIND = defineSearchAttributeKey('FirebreakKind', 'KEYWORD');
const PLAYBOOK = defineSearchAttributeKey('FirebreakPlaybook', 'KEYWORD');
const WAITING = defineSearchAttributeKey('FirebreakWaiting', 'KEYWORD');

/**
 * Shows the state. Search attributes only when one changed, since each upsert is an event, an Action and a write of the
 * server's index. That it has ended says Temporal itself: its last call is no stage of its own, and `closed` is none.
 */
export class Display {
  private shown = '';
  private stage = '';

  constructor(
    private readonly searchable: boolean,
    private readonly revision = 0,
  ) {}

  update(run: Run): void {
    const shown = status(run);
    setCurrentDetails(detailsOf(shown));
    if (!this.searchable) return;
    const { waiting, held } = shown;
    const waitsFor =
      held.length > 0
        ? 'held'
        : waiting.length > 0
          ? [...new Set(waiting.flatMap(({ asked }) => asked))].join(' ')
          : 'nobody';
    if (this.revision < 2 || !isEnding(run)) this.stage = shown.stage;
    const now = `${this.stage}|${waitsFor}`;
    if (now === this.shown) return;
    this.shown = now;
    upsertSearchAttributes([
      { key: STAGE, value: this.stage },
      { key: WAITING, value: waitsFor },
      { key: KIND, value: run.plan.credential.kind },
      { key: PLAYBOOK, value: run.plan.playbook.name },
    ]);
  }
}

/** Nothing is left but to write that it has ended, or it has. */
const isEnding = ({ closed, calls }: Run): boolean =>
  closed !== undefined ||
  Object.values(calls).some(({ call, endedAt }) => call.purpose === 'close' && endedAt === undefined);

const MARK: Record<string, string> = { done: 'done', running: 'running', waiting: 'waits', pending: '-' };

/** Markdown for Temporal's UI; names and lines only, nothing secret ever stands in them. */
export function detailsOf({ incident, stage, closedAs, held, waitingFor, steps }: Status): string {
  const head = `**${incident}** ${stage}${closedAs === undefined ? '' : ` as ${closedAs}`}`;
  const rows = steps.map(
    ({ title, state, line }) => `| ${MARK[state] ?? state} | ${cell(title)} | ${cell(line ?? '')} |`,
  );
  return [
    head,
    ...(held.length === 0 ? [] : [`Held: ${plain(held.join(' · '))}`]),
    ...(waitingFor === '' ? [] : [`Waits for ${plain(waitingFor)}`]),
    '',
    '| | step | |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

const cell = (text: string) => plain(text.slice(0, 200));

/** Names of a provider's and words of people, as Markdown that says them and does nothing: no links, no images. */
const plain = (text: string) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|~!]/g, '\\$&')
    .replace(/:(?=\/\/)/g, '\\:');
