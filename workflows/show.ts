/** What Temporal itself shows of an incident: its details in words, and search attributes where they are registered. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Run } from './core/run.js';
import { status } from './core/status.js';

const STAGE = defineSearchAttributeKey('FirebreakStage', 'KEYWORD');
const KIND = defineSearchAttributeKey('FirebreakKind', 'KEYWORD');
const PLAYBOOK = defineSearchAttributeKey('FirebreakPlaybook', 'KEYWORD');
const WAITING = defineSearchAttributeKey('FirebreakWaiting', 'KEYWORD');

/** Shows the state; search attributes only when one changed, since each upsert is an event. */
export class Display {
  private shown = '';

  constructor(private readonly searchable: boolean) {}

  update(run: Run): void {
    setCurrentDetails(detailsOf(run));
    if (!this.searchable) return;
    const { stage, waiting, held } = status(run);
    const waitsFor =
      held.length > 0
        ? 'held'
        : waiting.length > 0
          ? [...new Set(waiting.flatMap(({ asked }) => asked))].join(' ')
          : 'nobody';
    const now = `${stage}|${waitsFor}`;
    if (now === this.shown) return;
    this.shown = now;
    upsertSearchAttributes([
      { key: STAGE, value: stage },
      { key: WAITING, value: waitsFor },
      { key: KIND, value: run.plan.credential.kind },
      { key: PLAYBOOK, value: run.plan.playbook.name },
    ]);
  }
}

const MARK: Record<string, string> = { done: 'done', running: 'running', waiting: 'waits', pending: '-' };

/** Markdown for Temporal's UI; names and lines only, nothing secret ever stands in them. */
export function detailsOf(run: Run): string {
  const { stage, closedAs, held, waitingFor, steps } = status(run);
  const head = `**${run.incident}** ${stage}${closedAs === undefined ? '' : ` as ${closedAs}`}`;
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
