import { el } from './dom.js';
import { mrkdwn, plain } from './mrkdwn.js';

const text = (one, world) => (one?.type === 'mrkdwn' ? mrkdwn(one.text, world) : lines(plain(one?.text)));
const lines = (words) => words.split('\n').flatMap((line, index) => (index === 0 ? [line] : [el('br'), line]));

/**
 * Blocks as nodes. `use(element, block, value)` is called when something is pressed or chosen, after its confirmation;
 * `fields` says what inputs are called, and what stands in them.
 */
export function blocks(all, world, use, fields) {
  return all.map((block) => {
    const shown = KINDS[block.type]?.(block, world, use, fields) ?? el('p', { class: 'unknown' }, `[${block.type}]`);
    shown.classList.add('block');
    return shown;
  });
}

const KINDS = {
  header: (block) => el('h3', { class: 'header' }, plain(block.text.text)),
  divider: () => el('hr'),
  section: (block, world, use) =>
    el(
      'div',
      { class: 'section' },
      el(
        'div',
        { class: 'section-body' },
        block.text && el('div', { class: 'text' }, text(block.text, world)),
        block.fields &&
          el(
            'div',
            { class: 'fields' },
            block.fields.map((one) => el('div', {}, text(one, world))),
          ),
      ),
      block.accessory && el('div', { class: 'accessory' }, element(block.accessory, block, world, use)),
    ),
  context: (block, world) =>
    el(
      'div',
      { class: 'context' },
      block.elements.map((one) =>
        one.type === 'image' ? el('img', { src: one.image_url, alt: one.alt_text }) : el('span', {}, text(one, world)),
      ),
    ),
  actions: (block, world, use) =>
    el(
      'div',
      { class: 'actions' },
      block.elements.map((one) => element(one, block, world, use)),
    ),
  image: (block) =>
    el(
      'figure',
      {},
      block.title && el('figcaption', {}, plain(block.title.text)),
      el('img', { src: block.image_url, alt: block.alt_text }),
    ),
  markdown: (block, world) => el('div', { class: 'text' }, mrkdwn(block.text.replace(/\*\*(.+?)\*\*/g, '*$1*'), world)),
  rich_text: (block, world) =>
    el(
      'div',
      { class: 'text' },
      block.elements.flatMap((one) => rich(one, world)),
    ),
  input: (block, world, _use, fields) => input(block, world, fields),
};

function rich(one, world) {
  const inner = () => (one.elements ?? []).flatMap((each) => rich(each, world));
  switch (one.type) {
    case 'rich_text_section':
      return [el('span', {}, inner())];
    case 'rich_text_preformatted':
      return [el('pre', {}, inner())];
    case 'rich_text_quote':
      return [el('blockquote', {}, inner())];
    case 'rich_text_list':
      return [
        el(
          one.style === 'ordered' ? 'ol' : 'ul',
          {},
          one.elements.map((each) => el('li', {}, rich(each, world))),
        ),
      ];
    case 'link':
      return [el('a', { href: one.url, target: '_blank', rel: 'noreferrer' }, one.text ?? one.url)];
    case 'user':
      return mrkdwn(`<@${one.user_id}>`, world);
    case 'emoji':
      return [plain(`:${one.name}:`)];
    default:
      return [
        one.style?.code
          ? el('code', {}, one.text ?? '')
          : one.style?.bold
            ? el('strong', {}, one.text ?? '')
            : (one.text ?? ''),
      ];
  }
}

/** Something to press or to choose from. */
function element(one, block, world, use) {
  const name = one.accessibility_label ?? plain(one.text?.text ?? one.placeholder?.text ?? one.action_id);
  switch (one.type) {
    case 'button':
      return el(
        'button',
        {
          class: `button ${one.style ?? ''}`,
          type: 'button',
          'data-action': one.action_id,
          onclick: () => use(one, block),
        },
        plain(one.text.text),
      );
    case 'overflow':
      return menu('⋯', 'More actions', one.options, (option) => use(one, block, option.value), one.action_id);
    case 'static_select': {
      const options = one.options ?? one.option_groups.flatMap((group) => group.options);
      const chosen = one.initial_option?.text.text ?? one.placeholder?.text ?? 'Choose an option';
      return menu(plain(chosen), name, options, (option) => use(one, block, option.value), one.action_id, 'select');
    }
    case 'users_select': {
      const people = world.users
        .filter(({ bot }) => !bot)
        .map((user) => ({ value: user.id, text: { text: user.realName } }));
      return menu(
        plain(one.placeholder?.text ?? 'Choose a person'),
        name,
        people,
        (option) => use(one, block, option.value),
        one.action_id,
        'select',
      );
    }
    case 'image':
      return el('img', { src: one.image_url, alt: one.alt_text });
    default:
      return el('span', { class: 'unknown' }, `[${one.type}]`);
  }
}

/** A button that opens a list of things to choose from. */
export function menu(label, name, options, choose, action, kind = 'overflow') {
  const list = el('div', { class: 'menu', role: 'menu', 'aria-label': name, hidden: true });
  const open = (shown) => {
    list.hidden = !shown;
    button.setAttribute('aria-expanded', String(shown));
    if (shown) addEventListener('click', away, true);
    else removeEventListener('click', away, true);
  };
  const away = (event) => {
    if (!holder.contains(event.target)) open(false);
  };
  const button = el(
    'button',
    {
      class: kind === 'select' ? 'button select' : `button ${kind}`,
      type: 'button',
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-label': kind === 'select' ? undefined : name,
      'data-action': action,
      onclick: () => open(list.hidden),
    },
    label,
    kind === 'select' && el('span', { class: 'chevron', 'aria-hidden': 'true' }, '▾'),
  );
  list.append(
    ...options.map((option) =>
      el(
        'button',
        {
          role: 'menuitem',
          type: 'button',
          onclick: () => {
            open(false);
            choose(option);
          },
        },
        plain(option.text.text),
        option.description && el('small', {}, plain(option.description.text)),
      ),
    ),
  );
  const holder = el(
    'span',
    { class: 'menu-holder', onkeydown: (event) => event.key === 'Escape' && open(false) },
    button,
    list,
  );
  return holder;
}

/** A field of a modal. What is filled in goes into `fields.values`, by block. */
function input(block, world, fields) {
  const one = block.element;
  const id = `field-${block.block_id}`;
  const { values, errors } = fields;
  const label = plain(block.label.text);
  const change = (value) => {
    values[block.block_id] = value;
  };
  const error = errors[block.block_id];
  return el(
    'div',
    { class: `input ${error ? 'refused' : ''}` },
    el('label', { for: id }, label, block.optional && el('small', {}, ' (optional)')),
    field(one, { id, label, change, value: values[block.block_id], world, described: error && `${id}-error` }),
    error && el('p', { class: 'error', id: `${id}-error`, role: 'alert' }, error),
    block.hint && el('p', { class: 'hint' }, plain(block.hint.text)),
  );
}

function field(one, { id, label, change, value, world, described }) {
  const attributes = { id, name: one.action_id, 'aria-describedby': described };
  const placeholder = plain(one.placeholder?.text ?? '');
  if (one.type === 'plain_text_input' || one.type.endsWith('_text_input') || one.type === 'number_input') {
    return el(one.multiline ? 'textarea' : 'input', {
      ...attributes,
      placeholder,
      rows: one.multiline ? 4 : undefined,
      autofocus: one.focus_on_load,
      value: value ?? one.initial_value ?? '',
      oninput: (event) => change(event.target.value),
    });
  }
  const options =
    one.type === 'users_select'
      ? world.users.filter(({ bot }) => !bot).map((user) => ({ value: user.id, text: { text: user.realName } }))
      : (one.options ?? one.option_groups?.flatMap((group) => group.options) ?? []);
  const initial = value ?? one.initial_option?.value ?? one.initial_user ?? '';
  if (one.type === 'radio_buttons') {
    return el(
      'div',
      { role: 'radiogroup', 'aria-label': label, id },
      options.map((option) =>
        el(
          'label',
          { class: 'choice' },
          el('input', {
            type: 'radio',
            name: id,
            value: option.value,
            checked: option.value === initial,
            onchange: () => change(option.value),
          }),
          el(
            'span',
            {},
            plain(option.text.text),
            option.description && el('small', {}, plain(option.description.text)),
          ),
        ),
      ),
    );
  }
  if (one.type === 'checkboxes') {
    const chosen = new Set(value ?? one.initial_options?.map((option) => option.value) ?? []);
    return el(
      'div',
      { role: 'group', 'aria-label': label, id },
      options.map((option) =>
        el(
          'label',
          { class: 'choice' },
          el('input', {
            type: 'checkbox',
            checked: chosen.has(option.value),
            onchange: (event) => {
              if (event.target.checked) chosen.add(option.value);
              else chosen.delete(option.value);
              change([...chosen]);
            },
          }),
          el('span', {}, plain(option.text.text)),
        ),
      ),
    );
  }
  const select = el('select', { ...attributes, onchange: (event) => change(event.target.value || undefined) });
  select.append(
    el('option', { value: '' }, placeholder || 'Choose an option'),
    ...options.map((option) =>
      el('option', { value: option.value, selected: option.value === initial }, plain(option.text.text)),
    ),
  );
  return select;
}
