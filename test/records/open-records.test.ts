import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openRecords } from '../../records/open-records.js';
import { describeChat } from './describe-chat.js';
import { describeChildren } from './describe-children.js';
import { describeRecords } from './describe-records.js';
import { describeRows } from './describe-rows.js';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-records-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

const open = () => {
  files += 1;
  return openRecords({ file: join(folder, `${files}.db`) });
};
describeRecords('embedded file', open);
describeChildren('embedded file', open);
describeChat('embedded file', open);
describeRows('embedded file', open);
