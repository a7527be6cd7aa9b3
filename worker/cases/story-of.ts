import type { CaseResult } from './run-case.js';

/** Where it went differently, then all that happened, by the clock of the case. */
export function storyOf({ differences, timeline, givenDirectly }: CaseResult): string {
  return [
    ...differences.map((line) => `  ${line}`),
    ...(givenDirectly.length === 0 ? [] : [`  given directly, no twin plays it: ${givenDirectly.join(', ')}`]),
    '  what happened:',
    ...timeline.map(({ at, line }) => `    ${virtualTime(at)}  ${line}`),
  ].join('\n');
}

/** `+2d 03:04:05` since the alert. */
export function virtualTime(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor((seconds % 86_400) / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  return `+${days === 0 ? '' : `${days}d `}${clock.map(two).join(':')}`;
}
