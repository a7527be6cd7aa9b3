import { blocks, menu } from './blocks.js';
import { avatar, el } from './dom.js';
import { mrkdwn, plain } from './mrkdwn.js';

const clock = (ts, zone) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' }).format(
    new Date(Number(ts) * 1000),
  );

/** A message. `doing`: use(message, element, block, value), openThread(message), shortcut(message, callback). */
export function message(one, world, doing, { inThread = false } = {}) {
  const user = world.users.find(({ name }) => name === one.from);
  const at = clock(one.ts, world.zone);
  const content =
    one.blocks.length > 0
      ? blocks(one.blocks, world, (element, block, value) => doing.use(one, element, block, value))
      : one.text && [el('div', { class: 'text' }, mrkdwn(one.text, world))];
  return el(
    'article',
    {
      class: `message ${one.onlyForYou ? 'whisper' : ''}`,
      'aria-label': `${user?.realName ?? one.from} at ${at}`,
      'data-ts': one.ts,
    },
    avatar(user),
    el(
      'div',
      { class: 'message-body' },
      one.onlyForYou && el('p', { class: 'only-you' }, 'Only visible to you'),
      el(
        'header',
        {},
        el('strong', {}, user?.realName ?? one.from),
        user?.bot && el('span', { class: 'app-tag' }, 'APP'),
        user && user.team !== world.team.id && el('span', { class: 'app-tag outside' }, 'other workspace'),
        el('time', {}, at),
      ),
      content,
      one.edited && el('span', { class: 'edited' }, '(edited)'),
      (one.attachments ?? []).map((each) => attachment(each, world)),
      one.files.map((file) => shownFile(file)),
      one.reactions.length > 0 &&
        el(
          'div',
          { class: 'reactions' },
          one.reactions.map(({ name, users }) => el('span', {}, `${plain(`:${name}:`)} ${users.length}`)),
        ),
      !inThread && one.replies.length > 0 && threadLink(one, world, doing),
    ),
    tools(one, world, doing, inThread),
  );
}

function attachment(one, world) {
  const bar = el(
    'div',
    { class: 'attachment' },
    one.pretext && el('div', {}, mrkdwn(one.pretext, world)),
    one.title &&
      el('strong', {}, one.title_link ? mrkdwn(`<${one.title_link}|${one.title}>`, world) : plain(one.title)),
    one.text && el('div', {}, mrkdwn(one.text, world)),
    (one.fields ?? []).map((field) =>
      el('div', {}, el('strong', {}, plain(field.title)), ' ', mrkdwn(field.value, world)),
    ),
  );
  if (/^#?[0-9a-f]{6}$/i.test(one.color ?? '')) bar.style.borderColor = `#${one.color.replace('#', '')}`;
  return bar;
}

const shownFile = ({ name, title, text }) =>
  el('details', { class: 'file' }, el('summary', {}, '▤ ', title || name), el('pre', {}, text));

function threadLink({ replies }, world, doing) {
  const people = [...new Set(replies.map(({ from }) => from))].slice(0, 4);
  return el(
    'button',
    {
      class: 'thread-link',
      type: 'button',
      onclick: (event) => doing.openThread(event.target.closest('article').dataset.ts),
    },
    people.map((name) =>
      avatar(
        world.users.find((one) => one.name === name),
        'tiny',
      ),
    ),
    el('span', {}, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`),
    el('small', {}, `Last at ${clock(replies.at(-1).ts, world.zone)}`),
  );
}

function tools(one, world, doing, inThread) {
  if (one.onlyForYou) return undefined;
  const shortcuts = world.shortcuts
    .filter(({ type }) => type === 'message')
    .map(({ name, callback }) => ({ value: callback, text: { text: name } }));
  return el(
    'div',
    { class: 'tools', role: 'toolbar', 'aria-label': 'Message actions' },
    !inThread &&
      el(
        'button',
        {
          class: 'icon',
          type: 'button',
          'aria-label': 'Reply in thread',
          title: 'Reply in thread',
          onclick: () => doing.openThread(one.ts),
        },
        '↩',
      ),
    menu('⋮', 'More message actions', shortcuts, ({ value }) => doing.shortcut(one, value), undefined, 'icon'),
  );
}
