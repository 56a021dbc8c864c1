import assert from 'node:assert/strict';
import * as format from '../../../src/protocol/format';
import { fromRunPanelSchema, parseMessage, toRunPanelSchema } from '../../../src/protocol/runPanel';

describe('messages of the run panel', () => {
  it('from a webview are only those that there are', () => {
    for (const type of ['ready', 'stop', 'resume', 'openFile', 'openError', 'openLog', 'revealFolder'])
      assert.deepEqual(parseMessage(fromRunPanelSchema, { type }), { type });
    assert.deepEqual(parseMessage(fromRunPanelSchema, { type: 'acknowledge', id: 3 }), {
      type: 'acknowledge',
      id: 3,
    });
    for (const foreign of [
      undefined,
      null,
      'stop',
      [],
      {},
      { type: 'delete' },
      { type: 'acknowledge' },
      { type: 'acknowledge', id: '3' },
      { type: ['stop'] },
    ])
      assert.equal(parseMessage(fromRunPanelSchema, foreign), undefined, JSON.stringify(foreign));
  });

  it('to a webview carry their numbers as typed arrays, and nothing else', () => {
    assert.ok(parseMessage(toRunPanelSchema, { type: 'gone', id: 1, message: 'no more' }));
    assert.equal(parseMessage(toRunPanelSchema, { type: 'gone', id: 1 }), undefined);
    assert.equal(
      parseMessage(toRunPanelSchema, {
        type: 'hydrate',
        id: 1,
        run: {},
        series: [{ key: 'x', x: [1], y: [2] }],
      }),
      undefined,
    );
  });
});

describe('how figures are written', () => {
  const cases: [string, string][] = [
    [format.formatCount(1234567), '1,234,567'],
    [format.formatMeasure(0.123456), '0.1235'],
    [format.formatMeasure(1234.56), '1235'],
    [format.formatMeasure(1e-7), '1e-7'],
    [format.formatMeasure(NaN), 'NaN'],
    [format.formatMeasure(-Infinity), '-Infinity'],
    [format.formatSeconds(0), '0.0 s'],
    [format.formatSeconds(9.96), '10 s'],
    [format.formatSeconds(59.6), '1 min 0 s'],
    [format.formatSeconds(3599.7), '1 h 0 min'],
    [format.formatSeconds(90061), '1 d 1 h'],
    [format.formatSecondsInterval([8.2, 11.7]), '8–12 s'],
    [format.formatSecondsInterval([100, 110]), '1.7–1.8 min'],
    [format.formatSecondsInterval([5, 5]), '5 s'],
    [format.formatMilliseconds(9.4249), '9.42 ms'],
    [format.formatMilliseconds(1234), '1.23 s'],
    [format.formatPercent(0.999), '99 %'],
    [format.formatPercent(1), '100 %'],
    [format.formatBytes(999), '999 B'],
    [format.formatBytes(1_500_000), '1.5 MB'],
    [format.formatBytes(170_052_171), '170 MB'],
    [format.formatAge(0, 30_000), 'just now'],
    [format.formatAge(0, 3 * 3_600_000), '3 h ago'],
    [format.formatAge(0, 40 * 86_400_000), '1970-01-01'],
  ];
  for (const [written, expected] of cases)
    it(expected, () => {
      assert.equal(written, expected);
    });
});
