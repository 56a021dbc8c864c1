import assert from 'node:assert/strict';
import { costText } from '../../../../src/cost/table';
import { reportModel } from '../../../../src/cost/report';
import { costFormats } from '../../../../src/protocol/formatCost';
import { lineOf, onlyModel, said, Tracing } from './tracing';

const lenet = `tf.sequential({
    layers: [
      tf.layers.dense({ inputShape, units: 300, activation: 'relu' }),
      tf.layers.dense({ units: 100, activation: 'relu' }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  })`;

describe('a sparse experiment that is traced', function () {
  this.timeout(60_000);
  let tracing: Tracing;
  before(() => {
    tracing = new Tracing();
  });
  after(() => tracing.dispose());

  const experiment = (sparsity: string, model = lenet, more = '') => `import * as lens from 'compute-lens';
const { rigl, set, snip, snfs, gradualMagnitude, lotteryTicket, nm } = lens;
export default lens.defineExperiment({
  data: lens.glyphs({ train: 95, test: 0, shape: 'flat' }),
  model: ({ tf, inputShape }) => ${model},
  loss: 'meanSquaredError',
  batchSize: 10,
  epochs: 10,
  params: { sparsity: 0.9 },
  ${more}
  ${sparsity}
});`;
  const trace = async (sparsity: string, model?: string, more?: string) =>
    tracing.trace(experiment(sparsity, model, more), 'sparse.experiment.ts');
  const traced = async (...args: Parameters<typeof trace>) => {
    const result = await trace(...args);
    assert.equal(said(result.remarks), '');
    return onlyModel(result);
  };
  const er90 = `sparsity: ({ params }) => rigl({ sparsity: params.sparsity, distribution: 'er', updateEvery: 10 }),`;

  it('keeps what the distribution gives each layer, of LeNet-300-100 at 90 %', async () => {
    const model = await traced(er90);
    // The budget is 26,620. Of it the last layer takes its 1,000; eps = 25,620 / (1,084 + 400), and what is left of
    // each layer is rounded up: 0.0796, 0.2302 and 1 of its weights.
    const kept = [18_715, 6906, 1000];
    assert.deepEqual(
      model.layers.map(({ sparsity }) => [sparsity?.active, sparsity?.size]),
      kept.map((count, i) => [count, [235_200, 30_000, 1000][i]]),
    );
    const line = lineOf(model, 7);
    assert.deepEqual(line.sparsity, { size: 235_200, active: 18_715, zeroMacs: 10 * (235_200 - 18_715) });
    assert.equal(model.sparsity?.active, 26_621);
    assert.equal(model.sparsity?.uncertain, undefined);
    // The trace itself is of what dense kernels do.
    assert.equal(line.work.forward.macs, 10 * 235_200);
  });

  it('counts its whole training as the papers do, updates and a shorter last batch included', async () => {
    const { sparsity } = await traced(er90);
    const dense = 2 * 266_200;
    const sparse = 2 * 26_621;
    // 100 steps, the last of each ten with 5 examples. Updates at 10, 20, ..., 70 (75 is the end): each the last of its epoch.
    const examples = 90 * 10 + 10 * 5;
    const flops = (examples - 7 * 5) * 3 * sparse + 7 * 5 * (2 * sparse + dense);
    assert.deepEqual(sparsity?.training, {
      flops,
      denseFlops: examples * 3 * dense,
      meanDensity: sparsity?.training?.meanDensity,
    });
    assert.ok(Math.abs((sparsity?.training?.meanDensity ?? 0) - 26_621 / 266_200) < 1e-9);
  });

  it('has the training of the experiment also where another batch size is traced', async () => {
    const file = tracing.write('other.experiment.ts', experiment(er90));
    const asked = { batch: 1, batchOfExperiments: true };
    const [own, other] = [await tracing.traceFile(file), await tracing.traceFile(file, asked)].map(onlyModel);
    assert.deepEqual([own?.batch, other?.batch], [10, 1]);
    assert.deepEqual(other?.sparsity?.training, own?.sparsity?.training);
    assert.equal(lineOf(other!, 7).sparsity?.zeroMacs, 235_200 - 18_715);
  });

  it('says the final density of gradual pruning, and the mean over training', async () => {
    const { sparsity } = await traced(
      `sparsity: gradualMagnitude({ sparsity: 0.9, distribution: 'er', updateEvery: 1, until: 1 }),`,
    );
    assert.equal(sparsity?.active, 26_621);
    // Before step s the density is 0.1 + 0.9 (1 - (s - 1) / 100)^3; every tenth batch has 5 examples of 10.
    const steps = Array.from({ length: 100 }, (_, i) => ({
      density: 0.1 + 0.9 * (1 - i / 100) ** 3,
      examples: i % 10 === 9 ? 5 : 10,
    }));
    const mean = (weight: (step: (typeof steps)[number]) => number) =>
      steps.reduce((sum, step) => sum + weight(step) * step.density, 0) /
      steps.reduce((sum, step) => sum + weight(step), 0);
    const { flops = 0, denseFlops = 1, meanDensity = 0 } = sparsity?.training ?? {};
    assert.ok(Math.abs(meanDensity - mean(() => 1)) < 1e-5, `${meanDensity}`);
    assert.ok(
      Math.abs(flops / denseFlops - mean(({ examples }) => examples)) < 1e-5,
      `${flops / denseFlops}`,
    );
  });

  it('says what a schedule has come to, where training is over before it', async () => {
    const { sparsity } = await traced(
      `sparsity: gradualMagnitude({ sparsity: 0.9, distribution: 'er', updateEvery: 30, until: 200 }),`,
    );
    // The last update is that of step 90: of what is to go, 1 - (1 - 90 / 200)^3 is gone.
    const dropped = (266_200 - 26_621) * (1 - 0.55 ** 3);
    assert.ok(Math.abs((sparsity?.active ?? 0) - (266_200 - dropped)) <= 3, `${sparsity?.active}`);
  });

  const conv = `tf.sequential({
    layers: [
      tf.layers.reshape({ inputShape, targetShape: [28, 28, 1] }),
      tf.layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'same', name: 'conv' }),
      tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: 'valid', name: 'wide' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, name: 'head' }),
    ],
  })`;

  it('weighs the weights of convolutions by the places they are used at', async () => {
    const model = await traced(
      `sparsity: set({ sparsity: 0.5, distribution: 'uniform', layers: { wide: 0.75 }, keepDense: ['conv'] }),`,
      conv,
    );
    assert.equal(lineOf(model, 8).sparsity, undefined);
    // 3 * 3 * 8 * 16 = 1,152 weights at 12 * 12 places, a quarter of them kept.
    assert.deepEqual(lineOf(model, 9).sparsity, { size: 1152, active: 288, zeroMacs: 10 * 864 * 144 });
    const report = reportModel(model, 'mac2');
    const wide = report.layers.find(({ name }) => name === 'wide');
    assert.equal(wide?.sparsity?.forwardFlops, 10 * 2 * 288 * 144);
    assert.equal(reportModel(model, 'mac').layers[2]?.sparsity?.forwardFlops, 10 * 288 * 144);
    // 72 weights at 14 * 14 places, and half of 23,040, are done in full and in half.
    const forward = 72 * 196 + 288 * 144 + 11_520;
    assert.equal(report.sparsity?.forwardFlops, 10 * 2 * forward);
    assert.deepEqual(
      [report.sparsity?.method, report.sparsity?.size, report.sparsity?.active, report.sparsity?.allCounted],
      ['set', 24_192, 288 + 11_520, true],
    );
  });

  it('claims no share of a layer where training decides it, and no FLOPs that hang on it', async () => {
    for (const sparsity of [
      'snip({ sparsity: 0.9 })',
      'lotteryTicket({ sparsity: 0.9 })',
      'snfs({ sparsity: 0.9 })',
    ]) {
      const model = await traced(`sparsity: ${sparsity},`, conv);
      assert.deepEqual(lineOf(model, 9).sparsity, { size: 1152 });
      assert.equal(model.sparsity?.training, undefined);
      assert.match(model.sparsity?.uncertain ?? '', /weights/);
      assert.ok(Math.abs((model.sparsity?.active ?? 0) / 24_264 - 0.1) < 0.001);
    }
    // Where a weight does the same work in every layer, it does not matter which are left.
    const { sparsity } = await traced(`sparsity: snip({ sparsity: 0.9, distribution: 'er' }),`);
    assert.equal(sparsity?.training?.flops, 3 * 2 * (10 * 266_200 + 940 * 26_621));
  });

  it('knows layers by the names that they have in the file, and those inside of wrappers', async () => {
    const model = `tf.sequential({
    layers: [
      tf.layers.reshape({ inputShape, targetShape: [28, 28] }),
      tf.layers.bidirectional({ layer: tf.layers.simpleRNN({ units: 4 }), mergeMode: 'concat' }),
      tf.layers.dense({ units: 10 }),
    ],
  })`;
    for (let again = 0; again < 2; again++) {
      const cost = await traced(`sparsity: rigl({ sparsity: 0.5, keepDense: ['dense_Dense1'] }),`, model);
      assert.equal(lineOf(cost, 8).sparsity?.size, 2 * (28 * 4 + 4 * 4));
      assert.equal(lineOf(cost, 9).sparsity, undefined);
    }
  });

  it('is told of as text, dense and sparse apart', async () => {
    const text = costText(await traced(er90), 'mac2', costFormats('mac2'));
    assert.match(text, /- sparse by rigl: 26,621 of 266,200 weights kept in the end \(10\.0 %\)/);
    assert.match(text, /\| dense_Dense1 +\| +7 \| .*\| +4\.7 MFLOPs \| +8\.0 % \| +374 kFLOPs \|/);
    const plain = costText(await traced(''), 'mac2', costFormats('mac2'));
    assert.doesNotMatch(plain, /sparse by|kept/);
  });

  it('is in error at the line of its sparsity, before any run', async () => {
    const wrong: [sparsity: string, message: RegExp][] = [
      ['sparsity: rigl({ sparsity: 1.5 }),', /rigl: sparsity is 1\.5; it takes a number from 0 to below 1/],
      ['sparsity: rigl({ sparsity: 0.9, dropfraction: 0.3 }),', /rigl: "dropfraction" is not an option/],
      ['sparsity: ({ params }) => set({ sparsity: 9 * params.sparsity }),', /set: sparsity is 8\.1/],
      [
        `sparsity: rigl({ sparsity: 0.9, keepDense: ['fc9'] }),`,
        /"fc9" is the name of no layer or weight; there are dense_Dense1\/kernel/,
      ],
      [
        `sparsity: ({ params }) => rigl({ sparsity: params.sparsity, layers: { 'conv*': 0.5 } }),`,
        /"conv\*" is the name of no layer/,
      ],
      [
        'sparsity: lotteryTicket({ sparsity: 0.9, rewindTo: 50 }),',
        /lotteryTicket: 11 rounds in 100 steps are 8 steps each/,
      ],
      ['sparsity: 0.9,', /sparsity must be what rigl\(\)/],
      [`sparsity: () => 'rigl',`, /sparsity must be what rigl\(\)/],
    ];
    for (const [sparsity, message] of wrong) {
      const { remarks, models } = await trace(sparsity);
      assert.match(said(remarks), new RegExp(`^17 error: .*${message.source}`));
      assert.equal(models.length, 0);
    }
    const epochs = await trace('epochs: () => 0,');
    assert.match(said(epochs.remarks), /^17 error: epochs must be a whole number above 0, not 0/);
  });
});
