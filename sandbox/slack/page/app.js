import { blocks } from './blocks.js';
import { composer, mentioned } from './composer.js';
import { confirmed, modal } from './dialogs.js';
import { avatar, el } from './dom.js';
import { message } from './message.js';
import { mrkdwn, plain } from './mrkdwn.js';
import { act, look } from './server.js';
import { people, places } from './sidebar.js';

const at = (id) => document.getElementById(id);
const [rail, sidebar, main, thread, layer, toasts] = ['people', 'sidebar', 'main', 'thread', 'layer', 'toasts'].map(at);

/** `#sam/C0INCIDENTS/<thread>`: who looks, where, and at which thread. */
const [who = 'sam', where = '', threadTs = ''] = decodeURIComponent(location.hash.slice(1)).split('/');
let here = { user: who || 'sam', place: where, thread: threadTs, tab: 'home' };
let world;
let waiting = new AbortController();
/** How much each person had been told when they were last looked at as, and up to where each channel was read. */
const told = {};
const read = {};
let notified;

function worldOf(state) {
  const me = state.users.find(({ name }) => name === here.user);
  return {
    ...state,
    me: me.id,
    zone: me.zone,
    user: (id) => state.users.find((one) => one.id === id),
    waiting: (id) => (id === me.id ? 0 : (state.notified[id] ?? 0) - (told[id] ?? 0)),
    fresh: (channel) => freshIn(channel, `${me.id}/${channel.id}`),
  };
}

const all = (channel) => channel.messages.flatMap((one) => [one, ...one.replies]);

function freshIn(channel, key) {
  const messages = all(channel);
  // what was said in a channel before one looked is old; what was said to oneself is not
  read[key] ??= channel.kind === 'im' ? '' : (messages.at(-1)?.ts ?? '');
  return messages.filter(({ ts, from }) => ts > read[key] && from !== here.user).length;
}

/** Asks again and again for what is newer. */
async function watch() {
  for (;;) {
    waiting = new AbortController();
    const version = world !== undefined && world.screen.user === idOf(here.user) ? world.version : -1;
    const state = await look(here.user, version, waiting.signal);
    if (state !== undefined) show(state);
    else if (!waiting.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const idOf = (name) => world.users.find((one) => one.name === name)?.id;

function go(change) {
  here = { ...here, ...change };
  const parts = [here.user, here.place, here.thread].filter((one) => one !== '');
  history.replaceState(null, '', `#${parts.join('/')}`);
  if (change.user !== undefined) {
    notified = undefined;
    waiting.abort();
  } else show(world);
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

function show(state) {
  world = worldOf(state);
  const before = main.querySelector('.messages');
  const stays = before !== null && isAtEnd(before);
  told[world.me] = state.notified[world.me] ?? 0;
  const { channels } = world.screen;
  if (here.place !== 'app' && !channels.some(({ id }) => id === here.place)) {
    here.place = (channels.find(({ member }) => member) ?? channels[0])?.id ?? 'app';
  }
  const channel = placeOf();
  if (channel) read[`${world.me}/${channel.id}`] = all(channel).at(-1)?.ts ?? '';
  rail.replaceChildren(...people(world, { become }));
  sidebar.replaceChildren(...places(world, here.place, { open: openPlace }));
  showMain(channel);
  showThread(channel);
  showModal();
  announce();
  if (stays && before.isConnected) before.scrollTop = before.scrollHeight; // opening a thread makes the channel narrower
}

/** The channel that is looked at; of the app, its direct messages. */
function placeOf() {
  const { channels } = world.screen;
  return here.place === 'app' ? ofApp() : channels.find(({ id }) => id === here.place);
}

const ofApp = () =>
  world.screen.channels.find(({ kind, name }) => kind === 'im' && name === world.app.name.toLowerCase());

/** The app opens with what it wrote since one looked, else with its Home tab. */
async function openPlace(place) {
  const direct = ofApp();
  const fresh = place === 'app' && direct !== undefined && world.fresh(direct) > 0;
  go({ place, thread: '', tab: fresh ? 'messages' : 'home' });
  await openedHome();
}

async function openedHome() {
  if (here.place === 'app' && here.tab === 'home') await did(act('home', { user: here.user }));
}

async function become(user) {
  go({ user, thread: '' });
  await openedHome();
}

async function openTab(tab) {
  go({ tab });
  await openedHome();
}

/** Shows what Slack says when something did not work. */
async function did(acting) {
  const answer = await acting;
  if (answer.notice && answer.notice !== 'dismissed') toast(answer.notice, 'bad');
  return answer;
}

function toast(text, kind = '') {
  const shown = el('div', { class: `toast ${kind}` }, mrkdwn(text, world));
  toasts.append(shown);
  setTimeout(() => shown.remove(), 6000);
}

/** What this person's phone shows, of places that they are not looking at. */
function announce() {
  const { notifications } = world.screen;
  for (const one of notifications.slice(notified ?? notifications.length)) {
    if (one.channel !== placeOf()?.id) toast(`*${world.app.name}* ${one.text}`);
  }
  notified = notifications.length;
}

/** Keeps nodes whose message did not change: menus stay open, and nothing flickers. */
function fill(list, messages, make) {
  const known = new Map([...list.children].map((node) => [node.dataset.key, node]));
  const atEnd = isAtEnd(list);
  const nodes = messages.map((one) => {
    const key = JSON.stringify([one, here.user]);
    const node = known.get(key) ?? make(one);
    node.dataset.key = key;
    return node;
  });
  const same = nodes.length === list.children.length && nodes.every((node, index) => node === list.children[index]);
  if (!same) list.replaceChildren(...nodes);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Presses what stands in a message, on the Home tab or in a modal; asks first where it says so. */
async function press(element, block, option, where = {}) {
  const pressed = { user: here.user, action: element.action_id, block: block.block_id, option, ...where };
  if (!(await confirmed(layer, element.confirm))) return;
  if (element.type === 'button' && element.url) open(element.url, '_blank', 'noreferrer');
  await did(act('press', pressed));
}

const doing = {
  use: (one, element, block, value) => press(element, block, value, { channel: placeOf().id, message: one.ts }),
  openThread: (ts) => go({ thread: ts }),
  shortcut: (one, callback) =>
    did(act('shortcut', { user: here.user, callback, channel: placeOf().id, message: one.ts })),
};

function showMain(channel) {
  const key = `${here.user}/${here.place}/${here.place === 'app' ? here.tab : ''}`;
  if (main.dataset.key !== key) {
    main.dataset.key = key;
    main.replaceChildren(...(here.place === 'app' ? appFrame(channel) : channelFrame(channel)));
  }
  const list = main.querySelector('.messages');
  if (list) fill(list, channel?.messages ?? [], (one) => message(one, world, doing));
  const home = main.querySelector('.home');
  if (home) showHome(home);
}

function channelFrame(channel) {
  const im = channel.kind === 'im';
  return [
    el(
      'header',
      { class: 'place' },
      el('h1', {}, im ? channel.name : `# ${channel.name}`),
      channel.shared && el('span', { class: 'app-tag outside' }, 'shared with another workspace'),
      el('p', {}, mrkdwn(channel.topic, world)),
    ),
    el('div', { class: 'messages', role: 'log', 'aria-label': `Messages in ${channel.name}` }),
    composer(im ? `Message ${channel.name}` : `Message #${channel.name}`, world, composing(channel)),
  ];
}

function appFrame(channel) {
  const tab = (name, label) =>
    el(
      'button',
      { role: 'tab', type: 'button', 'aria-selected': String(here.tab === name), onclick: () => openTab(name) },
      label,
    );
  return [
    el(
      'header',
      { class: 'place' },
      el('h1', {}, avatar(world.user(world.app.botUser), 'tiny'), world.app.name),
      el('div', { class: 'tabs', role: 'tablist' }, tab('home', 'Home'), tab('messages', 'Messages')),
    ),
    ...(here.tab === 'home'
      ? [el('div', { class: 'home', role: 'tabpanel', 'aria-label': 'Home' })]
      : [
          el('div', { class: 'messages', role: 'log', 'aria-label': `Messages with ${world.app.name}` }),
          channel && composer(`Message ${world.app.name}`, world, composing(channel)),
        ].filter(Boolean)),
  ];
}

function showHome(home) {
  const view = world.screen.home;
  // what is published again and says the same stays: somebody may be pressing it
  const key = JSON.stringify(view?.blocks ?? null);
  if (home.dataset.key === key) return;
  home.dataset.key = key;
  home.replaceChildren(
    ...(view
      ? [el('div', { class: 'page' }, blocks(view.blocks, world, press, { values: {}, errors: {} }))]
      : [el('p', { class: 'empty' }, 'Nothing here yet.')]),
  );
}

const composing = (channel, threadOf) => ({
  say: (text) =>
    did(act('type', { user: here.user, channel: channel.id, text: mentioned(text, world), thread: threadOf })),
  shortcut: (callback) => did(act('shortcut', { user: here.user, callback })),
});

function showThread(channel) {
  const root = channel?.messages.find(({ ts }) => ts === here.thread);
  thread.hidden = root === undefined;
  document.body.classList.toggle('with-thread', root !== undefined);
  if (root === undefined) return;
  const key = `${here.user}/${channel.id}/${here.thread}`;
  if (thread.dataset.key !== key) {
    thread.dataset.key = key;
    thread.replaceChildren(
      el(
        'header',
        { class: 'place' },
        el('h1', {}, 'Thread'),
        el(
          'button',
          { class: 'icon', type: 'button', 'aria-label': 'Close thread', onclick: () => go({ thread: '' }) },
          '✕',
        ),
      ),
      el('div', { class: 'messages', role: 'log', 'aria-label': 'Messages in thread' }),
      composer('Reply in thread', world, composing(channel, here.thread), { inThread: true }),
    );
  }
  const list = thread.querySelector('.messages');
  fill(list, [root, ...root.replies], (one) => message(one, world, doing, { inThread: true }));
}

let filledIn = { view: '', values: {} };

function showModal() {
  const view = world.screen.modal;
  const key = view === undefined ? '' : JSON.stringify([view, here.user]);
  if (layer.dataset.key === key) return;
  layer.dataset.key = key;
  if (view === undefined) {
    layer.replaceChildren();
    return;
  }
  if (filledIn.view !== view.id) filledIn = { view: view.id, values: {} };
  const { values } = filledIn;
  const user = here.user;
  layer.replaceChildren(
    modal(
      view,
      world,
      {
        submit: async () => {
          const { outcome, notice } = await act('submit', { user, values });
          if (outcome !== 'acked' && notice && world.screen.modal === undefined) toast(notice, 'bad');
        },
        close: () => did(act('close', { user })),
        use: (element, block, value) => press(element, block, value, { values }),
      },
      values,
    ),
  );
  layer.querySelector('input, textarea, select')?.focus();
}

document.title = `${plain('Slack')} in the sandbox`;
watch();
