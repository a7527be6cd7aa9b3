import {
  and,
  anything,
  check,
  flag,
  list,
  may,
  need,
  number,
  object,
  oneOf,
  type Rule,
  string,
  typed,
} from './shape.js';
import type { Block } from './workspace.js';

/** Where blocks stand: each surface takes others, and another number of them. */
export type Surface = 'message' | 'modal' | 'home';

const plain = (max: number): Rule => typed({ plain_text: object({ text: need(string(max, 1)), emoji: may(flag) }) });
const text = (max: number): Rule =>
  typed({
    plain_text: object({ text: need(string(max, 1)), emoji: may(flag) }),
    mrkdwn: object({ text: need(string(max, 1)), verbatim: may(flag) }),
  });

const confirm = object({
  title: need(plain(100)),
  text: need(text(300)),
  confirm: need(plain(30)),
  deny: need(plain(30)),
  style: may(oneOf('primary', 'danger')),
});

const option = object({
  text: need(text(75)),
  value: need(string(150)),
  description: may(text(75)),
  url: may(string(3000)),
});
const optionGroup = object({ label: need(plain(75)), options: need(list(100, option)) });

const action = { action_id: may(string(255, 1)), confirm: may(confirm) };
const filled = { placeholder: may(plain(150)), focus_on_load: may(flag) };
const select = { ...action, ...filled };
const typing = {
  action_id: may(string(255, 1)),
  ...filled,
  dispatch_action_config: may(object({ trigger_actions_on: may(anything) })),
};

const button = object({
  ...action,
  text: need(plain(75)),
  value: may(string(2000)),
  url: may(string(3000)),
  style: may(oneOf('primary', 'danger')),
  accessibility_label: may(string(75)),
});
const staticSelect = and(
  object({
    ...select,
    options: may(list(100, option)),
    option_groups: may(list(100, optionGroup)),
    initial_option: may(option),
  }),
  check('needs options or option_groups', (one: Block) => one.options !== undefined || one.option_groups !== undefined),
);
const many = { ...select, max_selected_items: may(number) };
const choices = (initial: string): Rule =>
  object({ ...action, focus_on_load: may(flag), options: need(list(10, option)), [initial]: may(anything) });

const menus: Record<string, Rule> = {
  button,
  overflow: object({ ...action, options: need(list(5, option)) }),
  static_select: staticSelect,
  multi_static_select: object({ ...many, options: need(list(100, option)), initial_options: may(list(100, option)) }),
  users_select: object({ ...select, initial_user: may(string(20)) }),
  multi_users_select: object({ ...many, initial_users: may(anything) }),
  channels_select: object({ ...select, initial_channel: may(string(20)), response_url_enabled: may(flag) }),
  conversations_select: object({
    ...select,
    initial_conversation: may(string(20)),
    default_to_current_conversation: may(flag),
    response_url_enabled: may(flag),
    filter: may(anything),
  }),
  datepicker: object({ ...select, initial_date: may(string(10)) }),
  timepicker: object({ ...select, initial_time: may(string(5)), timezone: may(string(100)) }),
  datetimepicker: object({ ...action, focus_on_load: may(flag), initial_date_time: may(number) }),
  radio_buttons: choices('initial_option'),
  checkboxes: choices('initial_options'),
};

const inputs: Record<string, Rule> = {
  plain_text_input: object({
    ...typing,
    initial_value: may(string(3000)),
    multiline: may(flag),
    min_length: may(number),
    max_length: may(number),
  }),
  number_input: object({
    ...typing,
    is_decimal_allowed: need(flag),
    initial_value: may(anything),
    min_value: may(anything),
    max_value: may(anything),
  }),
  email_text_input: object({ ...typing, initial_value: may(anything) }),
  url_text_input: object({ ...typing, initial_value: may(anything) }),
};

const image = object({ image_url: need(string(3000)), alt_text: need(string(2000)) });
const { button: _, overflow: __, ...fillable } = menus;

const block = (fields: Parameters<typeof object>[0]): Rule => object({ block_id: may(string(255)), ...fields });

/** Blocks that stand anywhere. */
const everywhere: Record<string, Rule> = {
  section: and(
    block({
      text: may(text(3000)),
      fields: may(list(10, text(2000))),
      accessory: may(typed({ ...menus, image })),
      expand: may(flag),
    }),
    check('needs text or fields', (one: Block) => one.text !== undefined || one.fields !== undefined),
  ),
  header: block({ text: need(plain(150)) }),
  divider: block({}),
  context: block({ elements: need(list(10, typed({ image, plain_text: text(2000), mrkdwn: text(2000) }))) }),
  actions: block({ elements: need(list(25, typed(menus))) }),
  image: block({
    image_url: need(string(3000)),
    alt_text: need(string(2000)),
    title: may(plain(2000)),
  }),
  rich_text: block({ elements: need(list(1000, anything)) }),
};

const input = block({
  label: need(plain(2000)),
  element: need(typed({ ...inputs, ...fillable })),
  hint: may(plain(2000)),
  optional: may(flag),
  dispatch_action: may(flag),
});

const inMessages: Record<string, Rule> = {
  ...everywhere,
  input,
  markdown: block({ text: need(string(12_000, 1)) }),
  table: block({ rows: need(list(100, list(20, anything))), column_settings: may(anything) }),
};

const surfaces: Record<Surface, Rule> = {
  message: list(50, typed(inMessages), 0),
  modal: list(100, typed({ ...everywhere, input }), 0),
  home: list(100, typed({ ...everywhere, input }), 0),
};

/** What is wrong with these blocks, in Slack's words; nothing when they are fine. */
export function blockProblems(blocks: unknown, surface: Surface, at = '/blocks'): string[] {
  const problems: string[] = [];
  surfaces[surface](blocks, at, problems);
  if (problems.length > 0) return problems;
  const seen = new Set<string>();
  for (const { block_id } of blocks as Block[]) {
    if (block_id === undefined) continue;
    if (seen.has(block_id)) problems.push(`[ERROR] \`block_id\` already exists: ${block_id} [json-pointer:${at}]`);
    seen.add(block_id);
  }
  for (const one of blocks as Block[]) {
    const ids = elementsOf(one).flatMap(({ action_id }) => (typeof action_id === 'string' ? [action_id] : []));
    const twice = ids.find((id, index) => ids.indexOf(id) !== index);
    if (twice !== undefined) {
      problems.push(`[ERROR] \`action_id\` already exists for block: ${twice} [json-pointer:${at}]`);
    }
  }
  return problems;
}

const modal = object({
  title: need(plain(24)),
  blocks: need(anything),
  submit: may(plain(24)),
  close: may(plain(24)),
  private_metadata: may(string(3000)),
  callback_id: may(string(255)),
  external_id: may(string(255)),
  clear_on_close: may(flag),
  notify_on_close: may(flag),
  submit_disabled: may(flag),
});
const home = object({
  blocks: need(anything),
  private_metadata: may(string(3000)),
  callback_id: may(string(255)),
  external_id: may(string(255)),
  title: may(plain(24)),
});

/** What is wrong with a view. */
export function viewProblems(view: unknown, surface: 'modal' | 'home'): string[] {
  const problems: string[] = [];
  typed({ [surface]: surface === 'modal' ? modal : home })(view, '/view', problems);
  const { blocks, submit } = (view ?? {}) as { blocks?: Block[]; submit?: unknown };
  problems.push(...blockProblems(blocks, surface, '/view/blocks'));
  if (surface === 'modal' && Array.isArray(blocks) && blocks.some(({ type }) => type === 'input') && !submit) {
    problems.push('[ERROR] `submit` is required when an `input` block is within blocks [json-pointer:/view]');
  }
  return problems;
}

/** All that somebody can press, choose or fill in a block. */
export function elementsOf(one: Block): Block[] {
  const { type, elements, accessory, element } = one as Block &
    Partial<Record<'elements', Block[]>> &
    Partial<Record<'accessory' | 'element', Block>>;
  if (type === 'actions') return elements ?? [];
  const single = type === 'input' ? element : accessory;
  return single === undefined || single.type === 'image' ? [] : [single];
}

/** Characters that people read, which is what Slack's limit on a whole message counts. */
export function charactersIn(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return Object.entries(value).reduce(
    (sum, [name, one]) => sum + (name === 'text' && typeof one === 'string' ? one.length : charactersIn(one)),
    0,
  );
}

/** The same blocks; what has no id gets one, as Slack does. */
export function withIds(blocks: Block[], newId: () => string): Block[] {
  const copy = structuredClone(blocks);
  for (const one of copy) {
    one.block_id ??= newId();
    for (const element of elementsOf(one)) element.action_id ??= newId();
  }
  return copy;
}
