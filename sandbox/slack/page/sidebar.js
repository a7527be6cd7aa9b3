import { avatar, el } from './dom.js';

/** The people one can look as. `doing.become(name)`. */
export function people(world, doing) {
  const all = world.users.filter(({ bot }) => !bot);
  return [
    el('p', { class: 'rail-title' }, 'See as'),
    ...all.map((user) => {
      const waiting = world.waiting(user.id);
      const outside = user.team !== world.team.id;
      const name = `${user.realName}${waiting > 0 ? `, ${waiting} new` : ''}`;
      return el(
        'button',
        {
          type: 'button',
          class: outside ? 'outside' : '',
          'aria-label': name,
          'aria-pressed': String(user.id === world.me),
          title: outside ? `${user.realName}: of another workspace` : user.realName,
          onclick: () => doing.become(user.name),
        },
        avatar(user, 'large'),
        el('span', { class: 'name', 'aria-hidden': 'true' }, user.realName.split(' ')[0]),
        waiting > 0 && el('span', { class: 'badge', 'aria-hidden': 'true' }, String(waiting)),
      );
    }),
  ];
}

/** Channels, direct messages and the app. `doing.open(place)`. */
export function places(world, here, doing) {
  const { channels } = world.screen;
  const entry = (place, label, picture, channel) => {
    const fresh = channel ? world.fresh(channel) : 0;
    return el(
      'button',
      {
        type: 'button',
        class: fresh > 0 ? 'fresh' : '',
        'aria-current': here === place ? 'page' : undefined,
        'aria-label': fresh > 0 ? `${label}, ${fresh} new` : label,
        onclick: () => doing.open(place),
      },
      picture,
      el('span', { class: 'label' }, label),
      fresh > 0 && el('span', { class: 'badge' }, String(fresh)),
    );
  };
  const mark = (text) => el('span', { class: 'mark', 'aria-hidden': 'true' }, text);
  const dm = channels.filter(({ kind }) => kind === 'im');
  const app = dm.find(({ name }) => name === world.app.name.toLowerCase());
  const group = (title, entries) =>
    entries.length === 0 ? [] : [el('h2', {}, title), el('div', { class: 'entries' }, entries)];
  return [
    el('div', { class: 'workspace' }, el('strong', {}, world.team.name), el('small', {}, 'Slack in the sandbox')),
    ...group(
      'Channels',
      channels
        .filter(({ kind }) => kind !== 'im')
        .map((channel) => entry(channel.id, channel.name, mark(channel.kind === 'private' ? '◆' : '#'), channel)),
    ),
    ...group(
      'Direct messages',
      dm.filter((channel) => channel !== app).map((channel) => entry(channel.id, channel.name, mark('@'), channel)),
    ),
    ...group('Apps', [entry('app', world.app.name, avatar(world.user(world.app.botUser), 'tiny'), app)]),
  ];
}
