import assert from 'node:assert/strict';
import * as format from '../../../src/protocol/format';
import { peakText, speedExplanation, speedText } from '../../../src/protocol/formatSpeed';
import {
  fromRunPanelSchema,
  parseMessage,
  runPanelStateSchema,
  toRunPanelSchema,
  type RunView,
} from '../../../src/protocol/runPanel';

const view: RunView = {
  id: '2026-01-02-0304-mlp-abcd',
  name: 'mlp',
  file: 'mlp.experiment.ts',
  status: 'running',
  stopping: false,
  canResume: false,
  canCheckpoint: true,
  backendNotes: [],
  params: { lr: 0.001, name: 'a', nesterov: true },
  attempt: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  elapsedSeconds: 1.5,
  step: 2,
  epoch: 0,
  latest: { 'train/loss': NaN },
  warnings: [],
};

describe('messages of the run panel', () => {
  it('from a webview are only those that there are', () => {
    for (const type of [
      'ready',
      'stop',
      'checkpoint',
      'compare',
      'exportCsv',
      'resume',
      'openFile',
      'openError',
      'openLog',
      'revealFolder',
      'showMasks',
    ])
      assert.deepEqual(parseMessage(fromRunPanelSchema, { type }), { type });
    assert.deepEqual(parseMessage(fromRunPanelSchema, { type: 'acknowledge', id: 3 }), {
      type: 'acknowledge',
      id: 3,
    });
    for (const message of [
      { type: 'ready', compared: ['/w/r'] },
      { type: 'endComparison', directory: '/w/r' },
      { type: 'chooseAxis', axis: 'money' },
      { type: 'exportPng', png: Uint8Array.of(137) },
    ])
      assert.deepEqual(parseMessage(fromRunPanelSchema, message), message);
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
      { type: 'chooseAxis', axis: 'weather' },
      { type: 'exportPng', png: [137] },
      { type: 'endComparison' },
    ])
      assert.equal(parseMessage(fromRunPanelSchema, foreign), undefined, JSON.stringify(foreign));
  });

  it('to a webview carry their numbers as typed arrays, and nothing else', () => {
    assert.ok(parseMessage(toRunPanelSchema, { type: 'gone', id: 1, message: 'no more' }));
    assert.equal(parseMessage(toRunPanelSchema, { type: 'gone', id: 1 }), undefined);
    assert.equal(parseMessage(toRunPanelSchema, { type: 'update', id: 1, run: {}, curves: [] }), undefined);
    const series = [{ key: 'train/loss', after: -1, x: Float64Array.of(1, 2), y: Float64Array.of(2.3, NaN) }];
    const reached = [{ key: 'joules', after: -1, x: Float64Array.of(1), y: Float64Array.of(5) }];
    const curves = { directory: '/w/r', name: 'mlp', status: 'running', fresh: true, series, reached };
    const update = { type: 'update', id: 2, run: view, curves: [curves] };
    assert.deepEqual(parseMessage(toRunPanelSchema, update), update);
    for (const points of [
      { key: 'train/loss', after: -1, x: Float64Array.of(1, 2), y: Float64Array.of(2.3) },
      { key: 'train/loss', after: -1, x: [1], y: [2.3] },
      { key: 'train/loss', after: -1, x: Float32Array.of(1), y: Float32Array.of(2.3) },
      { key: 'train/loss', x: Float64Array.of(1), y: Float64Array.of(2.3) },
      { after: -1, x: Float64Array.of(1), y: Float64Array.of(2.3) },
    ])
      assert.equal(
        parseMessage(toRunPanelSchema, { ...update, curves: [{ ...curves, series: [points] }] }),
        undefined,
      );
    assert.equal(
      parseMessage(toRunPanelSchema, {
        ...update,
        curves: [{ ...curves, reached: [{ ...reached[0], key: 'x' }] }],
      }),
      undefined,
    );
  });

  it('survive what JSON makes of numbers that are none', () => {
    const sent = JSON.parse(JSON.stringify({ type: 'update', id: 1, run: view, curves: [] })) as unknown;
    const message = parseMessage(toRunPanelSchema, sent);
    assert.ok(message?.type === 'update');
    assert.deepEqual(message.run.latest, { 'train/loss': NaN });
  });

  it('to a webview tell all of a run, in the types they are drawn in', () => {
    const parsed = (changes: object) =>
      parseMessage(toRunPanelSchema, { type: 'update', id: 1, run: { ...view, ...changes }, curves: [] });
    assert.ok(parsed({}));
    const peak = { flopsPerSecond: 4.1e10, size: 512, measuredAt: '2026-01-02T03:04:05.000Z' };
    assert.ok(parsed({ flopsPerSecond: 1.8e10, peak }));
    assert.ok(parsed({ peak: { ...peak, threads: 2 } }));
    assert.ok(parsed({ remainingSeconds: [1, 2], error: { message: 'no', file: '/w/a.ts', line: 3 } }));
    for (const wrong of [
      { status: 'paused' },
      { step: '2' },
      { step: NaN },
      { stopping: undefined },
      { params: { lr: [1] } },
      { latest: { 'train/loss': 'NaN' } },
      { remainingSeconds: [1] },
      { warnings: 'none' },
      { error: {} },
      { flopsPerSecond: 0 },
      { flopsPerSecond: Infinity },
      { peak: { ...peak, flopsPerSecond: '41' } },
      { peak: { ...peak, flopsPerSecond: 0 } },
      { peak: { flopsPerSecond: 4.1e10 } },
    ])
      assert.equal(parsed(wrong), undefined, JSON.stringify(wrong));
  });

  it('keep in their state a run and how it is drawn, and drop what cannot be drawn', () => {
    const state = {
      runDirectory: '/w/r',
      smoothing: 0.9,
      logarithmic: ['loss'],
      hiddenSeries: ['train/loss'],
      xAxis: 'energy',
      compared: ['/w/other'],
    };
    assert.deepEqual(parseMessage(runPanelStateSchema, state), state);
    for (const wrong of [
      undefined,
      {},
      { ...state, runDirectory: 3 },
      { ...state, smoothing: 1 },
      { ...state, smoothing: -0.1 },
      { ...state, hiddenSeries: 'train/loss' },
      { ...state, xAxis: 'weather' },
    ])
      assert.equal(parseMessage(runPanelStateSchema, wrong), undefined, JSON.stringify(wrong));
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
    [format.formatFlops(0), '0 FLOPs'],
    [format.formatFlops(980), '980 FLOPs'],
    [format.formatFlops(980_000), '980 kFLOPs'],
    [format.formatFlops(999_499), '999 kFLOPs'],
    [format.formatFlops(999_500), '1 MFLOPs'],
    [format.formatFlops(231_211_008), '231 MFLOPs'],
    [format.formatFlops(2_263_920), '2.26 MFLOPs'],
    [format.formatFlops(1.2749e12), '1.27 TFLOPs'],
    [format.formatFlops(3.5e21), '3500 EFLOPs'],
    [format.formatCounted(1.27e12), '1.27 TFLOPs counted'],
    [format.formatCounted(5e6, 1), '5 MFLOPs counted + 1 uncovered kernel a step'],
    [format.formatCounted(5e6, 2), '5 MFLOPs counted + 2 uncovered kernels a step'],
    [format.formatFlopsPerSecond(18_230_000_000), '18.2 GFLOP/s'],
    [format.formatFlopsPerSecond(999_600_000), '1 GFLOP/s'],
    [format.formatFlopsPerSecond(2.1e14), '210 TFLOP/s'],
    [format.formatThree(0.80249), '0.802'],
    [format.formatThree(34.06), '34.1'],
    [format.formatThree(1234.5), '1,235'],
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

describe('how fast a run is', () => {
  const peak = { flopsPerSecond: 4.1e10, size: 512, measuredAt: '2026-01-02T03:04:05.000Z', threads: 2 };

  it('is written with its share of the fastest matmul, where each is known', () => {
    assert.equal(speedText({ ...view, flopsPerSecond: 1.8e10 }), '18 GFLOP/s');
    assert.equal(
      speedText({ ...view, flopsPerSecond: 1.8e10, peak }),
      '18 GFLOP/s, 44 % of the fastest matmul',
    );
    assert.equal(
      speedText({ ...view, flopsPerSecond: 1e8, peak }),
      '100 MFLOP/s, <1 % of the fastest matmul',
    );
    assert.equal(speedText({ ...view, peak }), undefined);
    assert.equal(speedText(view), undefined);
  });

  it('says what was measured, when and with what', () => {
    assert.equal(peakText(peak), '41 GFLOP/s on 2026-01-02, 512 × 512 matrices, 2 threads');
    const { threads: _, ...onGpu } = peak;
    assert.equal(
      peakText({ ...onGpu, flopsPerSecond: 5.2e13 }),
      '52 TFLOP/s on 2026-01-02, 512 × 512 matrices',
    );
    const explained = speedExplanation({ ...view, backend: 'wasm', flopsPerSecond: 1.8e10, peak });
    assert.match(explained, /counted.*measured.*\n.*on wasm here: 41 GFLOP\/s on 2026-01-02/);
    assert.doesNotMatch(explained, /in no count/);
    assert.match(speedExplanation({ ...view, uncoveredKernels: 2 }), /Some kernels are in no count/);
  });
});
