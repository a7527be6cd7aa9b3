/** An element with attributes and children; text is text, never markup. Names that begin with `on` are listeners. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = value;
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(
    ...children
      .flat(Number.POSITIVE_INFINITY)
      .filter((one) => one !== undefined && one !== null && one !== false && one !== ''),
  );
  return element;
}

const HUES = [210, 28, 150, 280, 345, 95, 190, 50];
const hues = new Map();

/** A person's picture: their first letter on a colour of their own. */
export function avatar(user, size = '') {
  const bot = user?.bot !== undefined && user?.bot !== null;
  const name = user?.realName ?? '?';
  if (!bot && !hues.has(name)) hues.set(name, HUES[hues.size % HUES.length]);
  const letter = name === 'Firebreak' ? '▲' : name[0];
  const picture = el('span', { class: `avatar ${size} ${bot ? 'bot' : ''}`, 'aria-hidden': 'true' }, letter);
  picture.style.setProperty('--hue', hues.get(name) ?? 0);
  return picture;
}
