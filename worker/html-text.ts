const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text of anybody as HTML that shows just it. Also takes away what reorders or hides text on the screen. */
export function htmlText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}
