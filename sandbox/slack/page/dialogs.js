import { blocks } from './blocks.js';
import { avatar, el } from './dom.js';
import { plain } from './mrkdwn.js';

/** Asks before something is done. Resolves with yes or no. */
export function confirmed(layer, confirm) {
  if (confirm === undefined || confirm === null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const done = (answer) => {
      shade.remove();
      resolve(answer);
    };
    const yes = el(
      'button',
      { class: `button ${confirm.style ?? 'primary'} filled`, type: 'button', onclick: () => done(true) },
      plain(confirm.confirm.text),
    );
    const shade = el(
      'div',
      { class: 'shade top' },
      el(
        'div',
        {
          class: 'dialog small',
          role: 'alertdialog',
          'aria-modal': 'true',
          'aria-labelledby': 'confirm-title',
          onkeydown: (event) => event.key === 'Escape' && done(false),
        },
        el('h2', { id: 'confirm-title' }, plain(confirm.title.text)),
        el('p', {}, plain(confirm.text.text)),
        el(
          'footer',
          {},
          el('button', { class: 'button', type: 'button', onclick: () => done(false) }, plain(confirm.deny.text)),
          yes,
        ),
      ),
    );
    layer.append(shade);
    yes.focus();
  });
}

/** The modal on top. `doing`: submit(values), close(), use(element, block, value, values). */
export function modal(view, world, doing, values) {
  const form = el(
    'form',
    {
      class: 'dialog',
      role: 'dialog',
      'aria-modal': 'true',
      'aria-labelledby': 'modal-title',
      'data-view': view.id,
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        doing.submit(values);
      },
      onkeydown: (event) => event.key === 'Escape' && doing.close(),
    },
    el(
      'header',
      {},
      avatar(world.user(world.app.botUser)),
      el('h2', { id: 'modal-title' }, plain(view.title)),
      el('button', { class: 'icon', type: 'button', 'aria-label': 'Close', onclick: doing.close }, '✕'),
    ),
    el(
      'div',
      { class: 'dialog-body' },
      view.errors[''] && el('p', { class: 'error', role: 'alert' }, view.errors['']),
      blocks(view.blocks, world, (one, block, value) => doing.use(one, block, value, values), {
        values,
        errors: view.errors,
      }),
    ),
    el(
      'footer',
      {},
      el('button', { class: 'button', type: 'button', onclick: doing.close }, plain(view.close ?? 'Cancel')),
      view.submit && el('button', { class: 'button primary filled', type: 'submit' }, plain(view.submit)),
    ),
  );
  return el('div', { class: 'shade' }, form);
}
