// `node records-lock.mjs <file> <ms>`: holds the write lock of a records file for so long, says `locked` when it has it.
import Libsql from 'libsql';

const [file, ms] = process.argv.slice(2);
const database = new Libsql(file, { timeout: 5_000 });
database.exec('begin immediate');
console.log('locked');
setTimeout(() => {
  database.exec('rollback');
  database.close();
}, Number(ms));
