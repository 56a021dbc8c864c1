import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import * as v from 'valibot';
import type { LayerCost, ModelCost } from '../../../src/cost/modelCost';
import { noPhaseWork, type PhaseWork } from '../../../src/cost/work';
import { exportCost } from '../../../src/panels/costExport';
import { outsideName, rowsOf, totalsOf } from '../../../src/panels/costRows';
import { atBatch, costView, type PanelModel } from '../../../src/panels/costView';
import { modelCalled } from '../../../src/panels/modelLabels';
import { sparseWhatIf } from '../../../src/panels/sparseWhatIf';
import { costViewSchema } from '../../../src/protocol/costPanel';

/** Forward, backward twice that, and two FLOPs a parameter in the optimizer. */
function work(macs: number, params: number): PhaseWork {
  const made = noPhaseWork();
  Object.assign(made.forward, { kernels: 1, macs, paddedMacs: macs, bytesMoved: 1000 });
  Object.assign(made.backward, { kernels: 2, macs: 2 * macs, paddedMacs: 2 * macs, bytesMoved: 2000 });
  Object.assign(made.optimizer, { kernels: 1, elementwiseFlops: 2 * params });
  return made;
}

function layer(name: string, macs: number, kernel: number[], more: Partial<LayerCost> = {}): LayerCost {
  const params = kernel.reduce((product, length) => product * length, 1);
  return {
    name,
    className: 'Dense',
    place: { file: '/w/model.ts', line: 3, column: 1 },
    params,
    trainableParams: params,
    kernels: [kernel],
    work: work(macs, params),
    amounts: {},
    outputShape: [1, kernel.at(-1) ?? 1],
    activationBytes: 4 * (kernel.at(-1) ?? 1),
    ...more,
  };
}

/** Two dense layers, 20 x 30 and 30 x 10, and a loss of 50 FLOPs. */
function model(batch = 1): ModelCost {
  const layers = [layer('first', 600 * batch, [20, 30]), layer('second', 300 * batch, [30, 10])];
  const all = work(900 * batch, 900);
  all.forward.elementwiseFlops = 50 * batch;
  return {
    name: 'mlp',
    batch,
    batchIsFree: true,
    params: 900,
    trainableParams: 900,
    inputShapes: [[batch, 20]],
    work: all,
    amounts: {},
    peakBytes: 8000 + 200 * batch,
    weightBytes: 3600,
    optimizerBytes: 0,
    assumptions: ['it is Tuesday'],
    layers,
    lines: [],
  };
}

const fitted: PanelModel['model'] = {
  ...model(1),
  fit: { samples: [model(1), model(2), model(3)], peak: [{ bytes: 8000, bytesPerExample: 200 }] },
};
const question = {
  file: '/w/model.ts',
  convention: 'mac2' as const,
  traced: true,
  models: [{ model: fitted, entry: '/w/model.ts', stale: undefined }],
  chosen: { model: fitted, entry: '/w/model.ts', stale: undefined },
  whatIf: {},
  roofs: [],
};

describe('what the cost panel shows', () => {
  it('rows that add up to the whole, what is done outside of layers included', () => {
    const rows = rowsOf(model(), 'mac2');
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['first', 'second', outsideName],
    );
    // 600 MACs forward, 1200 backward, two FLOPs each, and two FLOPs for each of 600 weights.
    assert.deepEqual(rows[0]?.now, {
      params: 600,
      forward: 1200,
      backward: 2400,
      optimizer: 1200,
      activationBytes: 120,
      all: 4800,
      bytesMoved: 3000,
    });
    assert.equal(rows[2]?.now?.all, 50);
    const { forward, backward, optimizer, step } = totalsOf(model(), 'mac2');
    assert.deepEqual([forward, backward, optimizer, step], [1800, 3600, 1800, 7200]);
  });

  it('MACs where those are counted', () => {
    assert.equal(rowsOf(model(), 'mac')[0]?.now?.forward, 600);
  });

  it('another batch size without a trace, where the model was fitted', () => {
    const at64 = atBatch(fitted, 64);
    const { forward, peakBytes, optimizer, batch } = totalsOf(at64, 'mac2');
    assert.deepEqual([batch, forward, optimizer, peakBytes], [64, 64 * 1800, 1800, 8000 + 64 * 200]);
    assert.equal(atBatch(model(), 64).batch, 1);
    const { shown } = costView({ ...question, whatIf: { batch: 64 } });
    assert.equal(shown?.totals.forward, 115_200);
    assert.equal(shown?.pending, true, 'the timeline is still to be traced');
  });

  it('the same sparsity in every layer, in the accounting of the papers', () => {
    const { totals } = sparseWhatIf(model(64).layers, 64, { sparsity: 0.9, distribution: 'uniform' });
    // A tenth of 2 * 900 * 64, three times for a training step.
    assert.equal(totals.denseForward, 115_200);
    assert.equal(totals.forward, 11_520);
    assert.equal(totals.denseStep, 345_600);
    assert.equal(totals.step, 34_560);
    assert.deepEqual([totals.kept, totals.weights], [90, 900]);
  });

  it('sparsity by the size of layers (ERK)', () => {
    const { totals, densities } = sparseWhatIf(model().layers, 1, { sparsity: 0.8, distribution: 'erk' });
    // eps * (20 + 30) + eps * (30 + 10) = 0.2 * 900, so eps = 2: densities 100 / 600 and 80 / 300.
    const [first, second] = [...densities.values()];
    assert.ok(Math.abs((first ?? 0) - 100 / 600) < 1e-9);
    assert.ok(Math.abs((second ?? 0) - 80 / 300) < 1e-9);
    assert.equal(totals.kept, 180);
    assert.equal(totals.forward, 2 * (100 + 80));
  });

  it('no sparsity where no layer multiplies by weights', () => {
    const embedding = layer('embedding', 0, [1000, 64]);
    assert.equal(sparseWhatIf([embedding], 1, { sparsity: 0.9, distribution: 'uniform' }).totals.weights, 0);
  });

  it('zeros that change while training: the mean step as runs of such methods count it', () => {
    const asked = { sparsity: 0.9, distribution: 'uniform', steps: 1000 } as const;
    const step = (evolving?: 'set' | 'rigl' | 'gradual') =>
      sparseWhatIf(model().layers, 1, { ...asked, evolving }).totals;
    const [dense, sparse] = [1800, 180];
    assert.equal(step().step, 3 * sparse);
    assert.equal(step().evolution, undefined);
    assert.equal(step('set').step, 3 * sparse);
    // Updates after steps 100 to 700, each with a gradient in full: 2 f_S + f_D.
    assert.equal(step('rigl').step, Math.round((993 * 3 * sparse + 7 * (2 * sparse + dense)) / 1000));
    assert.equal(step('rigl').evolution?.steps, 1000);
    assert.ok(Math.abs((step('rigl').evolution?.density ?? 0) - 0.1) < 1e-9);
    // Dense for a hundred steps, then by (1 - t / 750)^3 from all to a tenth of 900 weights.
    const { step: gradual, evolution } = step('gradual');
    let sum = 100;
    for (let from = 100; from < 1000; from += 100) {
      const share = 0.1 + 0.9 * (1 - Math.min(1, from / 750)) ** 3;
      sum += (from === 700 ? 50 : 100) * share + (from === 700 ? 50 * 0.1 : 0);
    }
    assert.ok(
      Math.abs(gradual / (3 * dense * (sum / 1000)) - 1) < 0.01,
      `${gradual}, ${3 * dense * sum} / 1000`,
    );
    assert.ok(Math.abs((evolution?.density ?? 0) - sum / 1000) < 0.002);
    assert.equal(step('gradual').forward, sparse, 'in the end');
  });

  it('what each layer and the step are predicted to take, which adds up', () => {
    const profile = {
      ...{
        secondsPer: { 'product.macs': 1e-6, 'map.bytes': 1e-6 },
        stepSeconds: 0.5,
        fuses: true,
        samples: 9,
      },
      residual: { p5: 1, p50: 2, p95: 4 },
    };
    const [first, second] = model().layers;
    assert.ok(first && second);
    const timed: ModelCost = {
      ...model(),
      layers: [
        { ...first, amounts: { 'product.macs': 4e5 } },
        { ...second, amounts: { 'product.macs': 1e5 } },
      ],
      amounts: { 'product.macs': 5e5, 'map.bytes': 1e5 },
    };
    const rows = rowsOf(timed, 'mac2', { profile });
    assert.deepEqual(
      rows.map(({ name, now }) => [name, Number(now?.seconds?.toPrecision(6))]),
      [
        ['first', 0.8],
        ['second', 0.2],
        // Twice what is left, and twice the step itself.
        [outsideName, 0.2 + 1],
      ],
    );
    assert.ok(rowsOf(timed, 'mac2').every(({ now }) => now?.seconds === undefined));
    const device = {
      backend: 'wasm',
      detail: 'x',
      cpu: 'x',
      threads: 2,
      calibratedAt: 'x',
      runs: 0,
    } as const;
    const known = { device, profile, calibrated: profile };
    const report = { stepSeconds: { p5: 1.1, p50: 2.2, p95: 4.4 } };
    const run = { backend: 'wasm', stepSeconds: 2 } as const;
    const timing = { known, report, sources: ['here'], run };
    const view = costView({ ...question, exact: timed, timing });
    v.parse(costViewSchema, view);
    assert.deepEqual(view.shown?.timing, { backend: 'wasm', dense: false, ...report, sources: ['here'] });
    assert.deepEqual(
      [view.shown.measured?.seconds, view.shown.measured?.flops],
      [2, rows.reduce((sum, { now }) => sum + (now?.all ?? 0), 0)],
    );
  });

  it('models of one name from different files apart', () => {
    const here: PanelModel = { model: model(), entry: '/w/model.ts', stale: undefined };
    const there: PanelModel = { ...here, entry: '/w/train.experiment.ts', model: { ...model(), batch: 8 } };
    const other: PanelModel = { ...here, model: { ...model(), name: 'other' } };
    const models = [there, here, other];
    const view = costView({ ...question, models, chosen: here });
    assert.deepEqual(view.models, ['mlp (train.experiment.ts)', 'mlp (model.ts)', 'other']);
    assert.equal(view.asked.model, 'mlp (model.ts)');
    assert.equal(modelCalled(models, 'mlp (model.ts)'), here);
    assert.equal(modelCalled(models, 'mlp'), there, 'by its name alone, the most telling');
    assert.equal(modelCalled(models, 'other'), other);
    assert.equal(modelCalled(models, 'gone'), there);
  });

  it('two models side by side', () => {
    const other = { ...model(), layers: model().layers.slice(1), work: work(300, 300), params: 300 };
    const view = costView({ ...question, exact: model(), other: { label: 'the last commit', model: other } });
    assert.deepEqual(
      view.shown?.rows.map(({ now, before }) => [now !== undefined, before !== undefined]),
      [
        [true, false],
        [true, true],
        [true, false],
      ],
    );
    assert.equal(view.other?.totals?.params, 300);
  });

  it('messages that the page takes', () => {
    for (const whatIf of [{}, { batch: 8 }, { sparsity: 0.9, distribution: 'erk' as const }])
      v.parse(costViewSchema, structuredClone(costView({ ...question, whatIf })));
    const nothing = costView({ ...question, models: [], chosen: undefined });
    assert.equal(v.parse(costViewSchema, nothing).shown, undefined);
  });
});

describe('a cost that is exported', () => {
  it('is CSV with exact numbers, units in its head', () => {
    const odd = model();
    const text = exportCost(
      {
        ...odd,
        layers: [
          { ...odd.layers[0]!, name: 'a "b", c' },
          { ...odd.layers[1]!, name: '=1+1' },
        ],
      },
      'mac2',
      'csv',
    );
    const rows = parse<Record<string, string>>(text, { columns: true });
    assert.equal(rows.length, 3);
    assert.equal(rows[0]?.layer, 'a "b", c');
    assert.equal(rows[1]?.layer, "'=1+1", 'no table program computes it');
    assert.deepEqual(
      [rows[0]?.forward_flops, rows[0]?.backward_flops, rows[0]?.optimizer_flops, rows[0]?.output_shape],
      ['1200', '2400', '1200', '1x30'],
    );
    const shares = rows.reduce((sum, row) => sum + Number(row.share_of_step), 0);
    assert.ok(Math.abs(shares - 1) < 1e-4);
  });

  it('is JSON that says how it was counted', () => {
    const report = JSON.parse(exportCost(model(), 'mac', 'json')) as Record<string, unknown>;
    assert.equal(report.convention, 'mac');
    assert.equal(report.kind, 'counted');
    assert.equal(report.batch, 1);
    assert.deepEqual(report.flops, { forward: 900, backward: 1800, optimizer: 1800 });
  });

  it('is Markdown with a table of the layers', () => {
    assert.match(exportCost(model(), 'mac2', 'markdown'), /\| first +\| +3 \|/);
  });
});
