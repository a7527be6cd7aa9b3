// npm run generate: writes the documents that are made from the code. With --check it only says which are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { generatedDocs } = await import(join(root, 'dist', 'worker', 'generated-docs.js'));
const check = process.argv.includes('--check');
const read = (path) => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
};

const stale = Object.entries(await generatedDocs()).filter(([path, text]) => read(path) !== text);
if (check) {
  for (const [path] of stale) console.error(`${path} is not what the code makes. Run: npm run generate`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [path, text] of stale) {
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
process.exit(0);
