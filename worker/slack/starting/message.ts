import type { Button } from '@slack/types';
import type { Message } from '../contract.js';
import { cutToFit } from '../rendering/budget.js';

/** Lines, the first one the fact, and rows of buttons below; the banner begins it. */
export function message(banner: string, lines: string[], ...rows: Button[][]): Message {
  const [first = '', ...rest] = lines.filter((line) => line !== '');
  const all = [[banner, first].filter((part) => part !== '').join(' '), ...rest];
  return cutToFit({ text: all.join('\n'), lines: all, rows }).message;
}
