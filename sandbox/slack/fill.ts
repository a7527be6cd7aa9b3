import { elementsOf } from './block-kit.js';
import { optionsOf } from './payloads.js';
import type { Block } from './workspace.js';

/** What is filled into a modal, by block id, action id or label; of menus the value or the text of an option. */
export type FillValues = Record<string, unknown>;

export interface Filled {
  element: Block;
  block: string;
  value: unknown;
}

const textOf = (text: unknown) => String((text as { text?: unknown } | undefined)?.text ?? '');

/** Every field of a modal with what stands in it now: what was filled in, else what it began with. */
export function filledIn(blocks: Block[], values: FillValues): Filled[] {
  return blocks.flatMap((block) =>
    elementsOf(block)
      .filter(({ type }) => type !== 'button' && type !== 'overflow')
      .map((element) => {
        const names = [String(block.block_id), String(element.action_id), textOf(block.label)];
        const name = names.find((one) => values[one] !== undefined);
        const value = name === undefined ? initial(element) : byValue(element, values[name]);
        return { element, block: String(block.block_id), value };
      }),
  );
}

function initial(element: Block): unknown {
  const { initial_option, initial_options } = element as Block & {
    initial_option?: { value: string };
    initial_options?: { value: string }[];
  };
  if (initial_option !== undefined) return initial_option.value;
  if (initial_options !== undefined) return initial_options.map(({ value }) => value);
  return (
    element.initial_value ??
    element.initial_user ??
    element.initial_users ??
    element.initial_channel ??
    element.initial_conversation ??
    element.initial_date ??
    element.initial_time
  );
}

function byValue(element: Block, given: unknown): unknown {
  const options = optionsOf(element);
  if (options.length === 0) return given;
  const of = (one: unknown) => options.find(({ value, text }) => value === one || text.text === one)?.value ?? one;
  return Array.isArray(given) ? given.map(of) : of(given);
}

/** Why Slack's client does not even send it, by block. */
export function refusedFields(blocks: Block[], filled: Filled[]): Record<string, string> {
  const refused: Record<string, string> = {};
  for (const { element, block: id, value } of filled) {
    const block = blocks.find((one) => one.block_id === id)!;
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    const { min_length, max_length } = element as Block & { min_length?: number; max_length?: number };
    if (block.type === 'input' && block.optional !== true && empty)
      refused[id] = 'Please complete this required field.';
    else if (typeof value !== 'string' || empty) continue;
    else if (min_length !== undefined && value.length < min_length) {
      refused[id] = `Must be at least ${min_length} characters.`;
    } else if (value.length > (max_length ?? 3000)) {
      refused[id] = `Must be at most ${max_length ?? 3000} characters.`;
    }
  }
  return refused;
}
