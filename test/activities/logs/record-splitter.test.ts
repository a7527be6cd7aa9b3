import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordSplitter } from '../../../activities/logs/record-splitter.js';

function split(bytes: Buffer, cuts: number[], broken = false): { records: string[]; wrong: string[] } {
  const records: string[] = [];
  const wrong: string[] = [];
  const splitter = new RecordSplitter(
    (record) => records.push(record.toString()),
    (reason) => wrong.push(reason),
  );
  const edges = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  for (const [i, edge] of [0, ...edges].entries()) splitter.push(bytes.subarray(edge, edges[i] ?? bytes.length));
  splitter.end(broken);
  return { records, wrong };
}

const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '{', '}', '[', ']', ',', '\n', 'é', '"Records":[') });
const anyRecord = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text), fc.dictionary(text, text)));

describe('RecordSplitter', () => {
  it('finds each record of a list, wherever the stream is cut and whatever stands in their strings', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), fc.array(fc.nat()), fc.constantFrom(undefined, 2), (records, cuts, indent) => {
        const { records: found, wrong } = split(Buffer.from(JSON.stringify({ Records: records }, null, indent)), cuts);
        expect(wrong).toEqual([]);
        expect(found.map((record) => JSON.parse(record))).toEqual(records);
      }),
    );
  });

  it('finds one record a line, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord),
        fc.array(fc.nat()),
        fc.constantFrom('\n', '\r\n', '\n\n'),
        (records, cuts, end) => {
          const lines = Buffer.from(records.map((record) => JSON.stringify(record)).join(end));
          const { records: found, wrong } = split(lines, cuts);
          expect(wrong).toEqual([]);
          expect(found.map((record) => JSON.parse(record))).toEqual(records);
        },
      ),
    );
  });

  it('never calls a list whole that was cut off anywhere', () => {
    const whole = Buffer.from(JSON.stringify({ Records: [{ a: '}]}' }, { b: { c: [1] } }] }));
    fc.assert(
      fc.property(fc.integer({ min: 12, max: whole.length - 1 }), fc.array(fc.nat()), (length, cuts) => {
        expect(split(whole.subarray(0, length), cuts).wrong.length).toBeGreaterThan(0);
      }),
    );
  });

  it('takes nothing for a record in a stream that broke', () => {
    expect(split(Buffer.from('{"a":1}\n{"b":'), [], true)).toEqual({
      records: ['{"a":1}'],
      wrong: ['ends in the middle of its records'],
    });
  });
});
