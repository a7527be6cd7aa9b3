/**
 * A process of its own that writes until it is done or killed: `node writer-process.js <file> <name> <deliveries>
 * <credentials>`. Says one line of JSON for each delivery once it is committed, and begins and finishes an effect each.
 */
import { openRecords } from '../../records/open-records.js';

const [file = '', name = '', deliveries = '0', credentials = '1'] = process.argv.slice(2);
const records = await openRecords({ file });
for (let i = 0; i < Number(deliveries); i += 1) {
  const receipt = await records.receive(
    {
      source: name,
      key: `${i}`,
      kind: 'alert',
      receivedAt: i,
      body: { i },
      claims: [`aws-access-key:AKIA${i % Number(credentials)}`],
    },
    { by: `source:${name}`, observe: false },
  );
  const key = `${name}/s/v/T${i % 3}/${i + 1}`;
  const begun = await records.effects.begin({
    key,
    incident: receipt.incident,
    target: `T${i % 3}`,
    class: 'contain',
    planDigest: 'd',
    args: 'Inactive',
    before: { state: 'Active' },
    mode: 'repeat',
    undoes: '',
    lookedAt: i,
    now: i,
    quietMs: 10,
  });
  if (begun.granted) {
    await records.effects.finish({ key, epoch: begun.row.epoch, state: 'done', clear: true, now: i, lagMs: 1 });
  }
  process.stdout.write(`${JSON.stringify({ ...receipt, key: `${i}` })}\n`);
}
await records.close();
