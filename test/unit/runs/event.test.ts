import assert from 'node:assert/strict';
import * as v from 'valibot';
import { parseEvent, runEventSchema } from '../../../src/runs/event';

describe('a line of a run', () => {
  const step = { type: 'step', t: 5, attempt: 1, step: 2, epoch: 0, loss: 0.5, ms: 3 };
  const bySchema = (line: unknown) => {
    const result = v.safeParse(runEventSchema, line);
    return result.success ? result.output : undefined;
  };

  it('of a step is what the schema makes of it, the quick way or the slow one', () => {
    const values = [
      undefined,
      null,
      1,
      '1',
      'NaN',
      'Infinity',
      'other',
      [],
      {},
      { acc: 1 },
      { acc: 'NaN' },
      { acc: null },
    ];
    const keys = ['t', 'attempt', 'step', 'epoch', 'loss', 'metrics', 'ms', 'flops', 'foreign'];
    let read = 0;
    for (const key of keys)
      for (const value of values) {
        const line = JSON.parse(JSON.stringify({ ...step, [key]: value })) as unknown;
        const expected = bySchema(line);
        assert.deepEqual(parseEvent(JSON.stringify(line)), expected, `${key}: ${JSON.stringify(value)}`);
        if (expected) read++;
      }
    assert.ok(read > 20 && read < keys.length * values.length, `${read} were read`);
  });

  it('that is no event is none', () => {
    for (const line of ['', 'null', '[]', '{"type":"step"', '{"type":"later"}', '7'])
      assert.equal(parseEvent(line), undefined, line);
  });
});
