import { el } from './dom.js';

const EMOJI = {
  white_check_mark: '✅',
  heavy_check_mark: '✔',
  x: '❌',
  warning: '⚠',
  rotating_light: '🚨',
  fire: '🔥',
  lock: '🔒',
  unlock: '🔓',
  eyes: '👀',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  key: '🔑',
  bell: '🔔',
  mag: '🔍',
  pushpin: '📌',
  point_right: '👉',
  raised_hand: '✋',
  thumbsup: '👍',
  '+1': '👍',
  red_circle: '🔴',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  ice_cube: '🧊',
  snowflake: '❄',
};

const plainOf = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);

/** Plain text of Slack: emoji, and nothing else. */
export const plain = (text) => withEmoji(plainOf(text ?? ''));

/** Slack's mrkdwn as nodes. `world` knows names, the time and the reader's zone. */
export function mrkdwn(text, world) {
  const nodes = [];
  const parts = String(text ?? '').split(/(```[\s\S]*?```)/);
  for (const part of parts) {
    if (part.startsWith('```') && part.endsWith('```') && part.length > 5) {
      nodes.push(el('pre', {}, plainOf(part.slice(3, -3).replace(/^\n|\n$/g, ''))));
    } else nodes.push(...lines(part, world));
  }
  return nodes;
}

function lines(text, world) {
  const nodes = [];
  let quote;
  const all = text.split('\n');
  all.forEach((line, index) => {
    const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote === undefined) {
        quote = el('blockquote');
        nodes.push(quote);
      } else quote.append(el('br'));
      quote.append(...inline(quoted[1], world));
      return;
    }
    quote = undefined;
    nodes.push(...inline(line, world));
    if (index < all.length - 1 && !/^(?:>|&gt;)/.test(all[index + 1])) nodes.push(el('br'));
  });
  return nodes;
}

const TOKEN =
  /`([^`\n]+)`|<([^<>]+)>|(?<![\w*])\*(\S|\S[^*\n]*\S)\*(?![\w*])|(?<![\w_])_(\S|\S[^_\n]*\S)_(?![\w_])|(?<![\w~])~(\S|\S[^~\n]*\S)~(?![\w~])/g;

function inline(text, world) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > from) nodes.push(plain(text.slice(from, match.index)));
    const [whole, code, angle, bold, italic, struck] = match;
    if (code !== undefined) nodes.push(el('code', {}, plainOf(code)));
    else if (angle !== undefined) nodes.push(reference(angle, world));
    else if (bold !== undefined) nodes.push(el('strong', {}, inline(bold, world)));
    else if (italic !== undefined) nodes.push(el('em', {}, inline(italic, world)));
    else nodes.push(el('s', {}, inline(struck, world)));
    from = match.index + whole.length;
  }
  if (from < text.length) nodes.push(plain(text.slice(from)));
  return nodes;
}

/** What stands between `<` and `>`: a person, a channel, a group, a time, a link. */
function reference(text, world) {
  const [target, label] = text.split(/\|(.*)/s);
  const mention = (name, mine) => el('span', { class: mine ? 'mention mine' : 'mention' }, name);
  if (target.startsWith('@')) {
    const id = target.slice(1);
    return mention(`@${world.user(id)?.realName.split(' ')[0] ?? label ?? id}`, id === world.me);
  }
  if (target.startsWith('#')) return mention(`#${label || (world.names[target.slice(1)] ?? target.slice(1))}`);
  if (target.startsWith('!subteam^')) {
    const group = world.groups.find(({ id }) => id === target.slice(9));
    return mention(`@${group?.handle ?? label ?? 'group'}`, group?.users.includes(world.me));
  }
  if (target.startsWith('!date^')) return time(target, label, world);
  if (/^!(here|channel|everyone)/.test(target)) return mention(`@${target.slice(1).split('^')[0]}`, true);
  if (/^(https?:|mailto:)/.test(target)) {
    const name = plain(label ?? target.replace(/^mailto:/, ''));
    return el('a', { href: plainOf(target), target: '_blank', rel: 'noreferrer' }, name);
  }
  return plain(`<${text}>`);
}

function time(target, fallback, world) {
  const [, seconds, format, link] = target.split('^');
  const at = new Date(Number(seconds) * 1000);
  const read = format ?? '{date}';
  if (Number.isNaN(at.getTime())) return plain(fallback ?? '');
  const show = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: world.zone, ...options }).format(at);
  const day = (when) => new Intl.DateTimeFormat('en-CA', { timeZone: world.zone }).format(when);
  const days = Math.round((Date.parse(day(at)) - Date.parse(day(world.now))) / 86_400_000);
  const near = { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days];
  const date = { day: 'numeric', month: 'long' };
  const words = {
    date_num: () => day(at),
    date_slash: () => show({ day: '2-digit', month: '2-digit', year: 'numeric' }),
    date: () => show(date),
    date_short: () => show({ day: 'numeric', month: 'short', year: 'numeric' }),
    date_long: () => show({ weekday: 'long', ...date, year: 'numeric' }),
    time: () => show({ hour: '2-digit', minute: '2-digit' }),
    time_secs: () => show({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    ago: () => ago(world.now - at.getTime()),
  };
  const said = read.replace(/\{(\w+)\}/g, (whole, name) => {
    const pretty = name.endsWith('_pretty');
    const base = pretty ? name.slice(0, -7) : name;
    if (pretty && near !== undefined) return near;
    return words[base]?.() ?? whole;
  });
  const shown = el('time', { datetime: at.toISOString(), title: at.toISOString() }, said);
  return link ? el('a', { href: link, target: '_blank', rel: 'noreferrer' }, shown) : shown;
}

function ago(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
}
