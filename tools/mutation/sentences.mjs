// Text for people is not mutated: a test that caught its loss would repeat the sentence. What code tells apart (names, codes, states) has no
// blank in it and is mutated; so is SQL.
const SQL = /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA|WITH|BEGIN|COMMIT|ROLLBACK)\b/i;

/** @param {string} text */
const isSentence = (text) => /\S\s+\S|\S\s$|^\s\S/.test(text) && !SQL.test(text);

/** Says of a piece of code why it is not changed; undefined = it is. */
export const sentences = {
  shouldIgnore({ node }) {
    const text =
      node.type === 'StringLiteral'
        ? node.value
        : node.type === 'TemplateLiteral'
          ? node.quasis.map((part) => part.value.raw).join('_')
          : '';
    return isSentence(text) ? 'a sentence for people' : undefined;
  },
};
