import { menu } from './blocks.js';
import { el } from './dom.js';

/** Where one writes. `doing`: say(text), shortcut(callback). */
export function composer(name, world, doing, { inThread = false } = {}) {
  const box = el('textarea', { rows: 1, 'aria-label': name, placeholder: name });
  const send = () => {
    const text = box.value.trim();
    if (text === '') return;
    box.value = '';
    doing.say(text);
  };
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  const everywhere = world.shortcuts
    .filter(({ type }) => type === 'global')
    .map(({ name: title, callback }) => ({ value: callback, text: { text: title } }));
  return el(
    'form',
    {
      class: 'composer',
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
    },
    box,
    el(
      'div',
      { class: 'composer-tools' },
      menu('⚡', 'Shortcuts', everywhere, ({ value }) => doing.shortcut(value), undefined, 'icon'),
      el('span', { class: 'tip' }, inThread ? '@firebreak status' : '/firebreak and what leaked · @firebreak status'),
      el('button', { class: 'button primary filled', type: 'submit' }, 'Send'),
    ),
  );
}

/** `@firebreak` and `@sam` as Slack writes them. */
export const mentioned = (text, { users }) =>
  text.startsWith('/')
    ? text
    : text.replace(/(?<!\S)@([a-z][a-z-]*)/g, (whole, name) => {
        const user = users.find((one) => one.name === name);
        return user ? `<@${user.id}>` : whole;
      });
