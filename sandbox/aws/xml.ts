/** Content of an element: a text, elements by name, or a list of either. */
export type Xml = { [name: string]: Xml | (Xml | string)[] | string | number | undefined };

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

const content = (value: Xml | string | number, item: string): string =>
  typeof value === 'object' ? xml(value, item) : escaped(String(value));

/**
 * Elements in the order of their names; a list becomes `<name><item>…</item></name>`, undefined
 * becomes nothing. Without an item name the list repeats its own, as S3's do.
 */
export function xml(elements: Xml, item = 'member'): string {
  return Object.entries(elements)
    .map(([name, value]) => {
      if (value === undefined) return '';
      if (!Array.isArray(value)) return `<${name}>${content(value, item)}</${name}>`;
      if (item === '') return value.map((one) => `<${name}>${content(one, item)}</${name}>`).join('');
      return `<${name}>${value.map((one) => `<${item}>${content(one, item)}</${item}>`).join('')}</${name}>`;
    })
    .join('');
}

export const xmlTime = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;
