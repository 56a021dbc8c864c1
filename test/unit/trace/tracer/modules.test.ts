import assert from 'node:assert/strict';
import { BundleError } from '../../../../src/trace/bundle';
import type { TracedModel, TraceResult } from '../../../../src/trace/request';
import { lineOf, onlyModel, onlyRemark, said, Tracing } from './tracing';

const tf = `import * as tf from '@tensorflow/tfjs';`;
const dataDependent = 'From here on the cost depends on data, which a trace does not have.';

describe('what of a file is traced', () => {
  const tracing = new Tracing();

  after(() => tracing.dispose());

  /** A file that begins with the import of TensorFlow.js, so that its own first line is the second. */
  const trace = (text: string, name?: string): Promise<TraceResult> => tracing.trace(`${tf}\n${text}`, name);
  const modelOf = async (text: string): Promise<TracedModel> => {
    const result = await trace(text);
    assert.equal(said(result.remarks), '');
    return onlyModel(result);
  };
  const namesAndLines = ({ models }: TraceResult): string[] =>
    models.map(({ name, params, place }) => `${name} ${params} :${place?.line}`).sort();
  const kinds = (model: TracedModel): string[] =>
    model.lines.map(({ line, kind, layers }) => [line, kind, ...layers].join(' ')).sort();
  const errorOf = async (text: string): Promise<string> => said([onlyRemark(await trace(text))]);

  describe('at its top level', () => {
    it('models, exported or not, and not what is part of one', async () => {
      const result =
        await trace(`const inner = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 2 })] });
        export const outer = tf.sequential({ layers: [inner, tf.layers.dense({ units: 1 })] });
        const input = tf.input({ shape: [3] });
        tf.model({ inputs: input, outputs: tf.layers.dense({ units: 5 }).apply(input) as tf.SymbolicTensor });
        export const empty = tf.sequential();
        export const lonely = tf.layers.dense({ units: 3 });`);
      assert.equal(said(result.remarks), '');
      assert.deepEqual(namesAndLines(result), ['model1 20 :5', 'sequential_2 13 :3']);
    });

    it('no half of a model that breaks off', async () => {
      const { models, remarks } = await trace(
        `const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 2 })] });\nmissing();`,
      );
      assert.equal(said(remarks), '3 error: ReferenceError: missing is not defined');
      assert.equal(models.length, 0);
    });

    it('with several inputs and outputs, shared layers and a nested model', async () => {
      const model = await modelOf(`const inner = tf.sequential({ name: 'inner', layers: [
          tf.layers.dense({ inputShape: [8], units: 4, name: 'first' }),
          tf.layers.dense({ units: 2, name: 'second' })] });
        const [a, b] = [tf.input({ shape: [8] }), tf.input({ shape: [8] })];
        const shared = tf.layers.dense({ units: 8, name: 'shared' });
        const apply = (x: tf.SymbolicTensor) => inner.apply(shared.apply(x)) as tf.SymbolicTensor;
        const joined = tf.layers.concatenate().apply([apply(a), apply(b)]) as tf.SymbolicTensor;
        const heads = [1, 3].map((units) => tf.layers.dense({ units }).apply(joined) as tf.SymbolicTensor);
        export const model = tf.model({ inputs: [a, b], outputs: heads });`);
      assert.deepEqual(model.inputShapes, [
        [1, 8],
        [1, 8],
      ]);
      // The inner model counts once in weights, twice in work.
      assert.equal(model.params, 8 * 8 + 8 + (8 * 4 + 4) + (4 * 2 + 2) + (4 + 1) + (4 * 3 + 3));
      assert.equal(model.work.forward.macs, 2 * (8 * 8 + 8 * 4 + 4 * 2) + 4 * 1 + 4 * 3);
      const shared = model.layers.find(({ name }) => name === 'shared');
      assert.deepEqual([shared?.params, shared?.work.forward.macs, shared?.place?.line], [72, 128, 6]);
      assert.deepEqual(lineOf(model, 9).layers, ['dense_Dense1', 'dense_Dense2']);
      assert.deepEqual(
        [3, 4].map((line) => lineOf(model, line).layers),
        [['first'], ['second']],
      );
    });

    it('recurrent layers', async () => {
      const model = await modelOf(`export const model = tf.sequential();
        model.add(tf.layers.embedding({ inputDim: 50, outputDim: 8, inputLength: 6 }));
        model.add(tf.layers.lstm({ units: 5, returnSequences: true }));
        model.add(tf.layers.bidirectional({ mergeMode: 'concat',
          layer: tf.layers.gru({ units: 3, returnSequences: true }) as tf.RNN }));
        model.add(tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 4 }) }));
        model.add(tf.layers.rnn({ cell: [tf.layers.lstmCell({ units: 4 }), tf.layers.simpleRNNCell({ units: 2 })] }));
        model.add(tf.layers.dense({ units: 1 }));`);
      assert.deepEqual(
        model.layers.map(({ work }) => work.forward.macs),
        [0, 6 * 4 * 5 * (8 + 5), 2 * 6 * 3 * 3 * (5 + 3), 6 * 6 * 4, 6 * (4 * 4 * (4 + 4) + 2 * (4 + 2)), 2],
      );
      assert.deepEqual(
        kinds(model).map((each) => parseInt(each)),
        [3, 4, 5, 7, 8, 9],
      );
    });
  });

  describe('of its exports', () => {
    it('every function that builds a model and needs no argument', async () => {
      const result = await trace(`const small = (units: number) =>
          tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units })] });
        export function declared() { return small(1); }
        export const arrow = () => small(2);
        export async function later() { await null; return small(3); }
        export const expression = function () { return small(4); };
        export function withDefaults(units = 5) { return small(units); }
        export default () => small(6);
        function hidden() { return small(7); }
        export { hidden as renamed };
        export function needs(units: number) { return small(units); }
        export class Net { build() { return small(9); } }
        export const three = 3;
        export function nothing() {}
        export function text() { return 'x'; }
        export function notMeantToBeCalled() { throw new Error('no'); }`);
      assert.equal(said(result.remarks), '');
      assert.deepEqual(namesAndLines(result), [
        'arrow 4 :5',
        'declared 2 :4',
        'default 12 :9',
        'expression 8 :7',
        'later 6 :6',
        'renamed 14 :10',
        'withDefaults 10 :8',
      ]);
    });

    it('a default export without a name', async () => {
      const { name, place } = await modelOf(`export default function () {
        return tf.sequential({ layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });\n}`);
      assert.deepEqual([name, place?.line], ['default', 2]);
    });

    it('functions of another file, on the lines of that file', async () => {
      tracing.write(
        'blocks.ts',
        `${tf}\n\nexport const head = () => tf.layers.dense({ units: 3 });
export function net() {
  const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [2] })] });
  model.add(head());
  return model;
}\n`,
      );
      tracing.write('sizes.json', '{ "units": 7 }');
      const again = onlyModel(await tracing.trace(`export { net as again } from './blocks';`));
      assert.match(again.place?.file ?? '', /blocks\.ts$/);
      assert.deepEqual([again.name, again.place?.line], ['again', 4]);
      assert.equal(lineOf(again, 3, 'blocks.ts').kind, 'layer');
      assert.equal(lineOf(again, 6, 'blocks.ts').kind, 'call');
      const used = await modelOf(`import { head } from './blocks';\nimport sizes from './sizes.json';
const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [2], units: sizes.units })] });
model.add(head());\nexport default model;`);
      assert.equal(used.params, 2 * 7 + 7 + 7 * 3 + 3);
      assert.equal(lineOf(used, 5, 'model.ts').kind, 'call');
      assert.equal(lineOf(used, 3, 'blocks.ts').kind, 'layer');
    });

    it('a function that trains: its first step', async () => {
      const result =
        await trace(`export const net = () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });
        export async function train() {
          const model = net();
          model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
          await model.fit(tf.ones([9, 4]), tf.ones([9, 3]), { batchSize: 5 });
          return model;
        }
        export const zoo = () => net();`);
      assert.equal(said(result.remarks), '');
      assert.deepEqual(namesAndLines(result), ['net 15 :2', 'train 15 :3', 'zoo 15 :9']);
      assert.equal(result.models.find(({ name }) => name === 'train')?.batch, 5);
    });
  });

  describe('with a @cost tag', () => {
    it('a function is given its arguments, and a layer its input shape', async () => {
      const result = await trace(`/** A block. @cost inputShape=[8,8,3] */
        export const block = () => tf.layers.conv2d({ filters: 4, kernelSize: 3 });
        /**
         * @cost inputShape=[4, 4, 3] classes=10
         * @returns a model
         */
        export function build(inputShape: number[], classes: number) {
          return tf.sequential({ layers: [tf.layers.flatten({ inputShape }), tf.layers.dense({ units: classes })] });
        }
        /** @cost units=7 activation=relu */
        export const fields = async ({ units, activation = 'elu' }: { units: number; activation?: 'relu' | 'elu' }) =>
          tf.sequential({ name: activation, layers: [tf.layers.dense({ inputShape: [1], units, activation })] });
        /** @cost sizes={"in": 2, "out": [5]} */
        const later = (sizes: { in: number; out: number[] }) =>
          tf.sequential({ layers: [tf.layers.dense({ inputShape: [sizes.in], units: sizes.out[0]! })] });
        export { later };
`);
      assert.equal(said(result.remarks), '');
      assert.deepEqual(namesAndLines(result), [
        'block 112 :3',
        'build 490 :8',
        'fields 14 :12',
        'later 15 :15',
      ]);
      const block = result.models.find(({ name }) => name === 'block');
      assert.deepEqual([block?.inputShapes, block?.work.forward.macs], [[[1, 8, 8, 3]], 6 * 6 * 4 * 27]);
    });

    for (const [tag, message] of [
      ['@cost n=[4', '2 warning: @cost n=[4: the value is not JSON'],
      ['@cost [4]', '2 warning: @cost takes name=value, not "[4]"'],
      ['@cost n=4', '3 warning: f() returns neither a model nor a layer of a known input shape.'],
      [
        '@cost N=4',
        '2 warning: @cost gives N, which f() does not take.\n' +
          '3 warning: f() returns neither a model nor a layer of a known input shape.',
      ],
    ] as const)
      it(`${tag} is refused`, async () => {
        const { remarks } = await trace(`/** ${tag} */\nexport function f(n: number) { return n ?? 1; }`);
        assert.equal(said(remarks), message);
      });
  });

  describe('on which lines', () => {
    it('helpers, loops and methods: made on the innermost line, called from the others', async () => {
      const model = await modelOf(`function block(units: number) {
  return tf.layers.dense({ units });
}
export const model = tf.sequential();
model.add(tf.layers.inputLayer({ inputShape: [4] }));
for (const units of [8, 16])
  model.add(block(units));
for (let i = 0; i < 2; i++) model.add(tf.layers.dense({ units: 2 })); model.add(tf.layers.dense({ units: 1 }));`);
      assert.deepEqual(kinds(model), [
        '3 layer dense_Dense1 dense_Dense2',
        '8 call dense_Dense1 dense_Dense2',
        '9 layer dense_Dense3 dense_Dense4 dense_Dense5',
      ]);
      assert.equal(lineOf(model, 3).work.forward.macs, 4 * 8 + 8 * 16);
      assert.deepEqual(lineOf(model, 8).work, lineOf(model, 3).work);
    });

    it('a layer of one’s own: its sublayers and operations, and where it is made', async () => {
      const model = await modelOf(`class Block extends tf.layers.Layer {
  static className = 'Block';
  private dense = tf.layers.dense({ units: 4 });
  private w!: tf.LayerVariable;
  build(shape: tf.Shape) {
    this.w = this.addWeight('w', [4, 5], 'float32', tf.initializers.zeros());
    super.build(shape);
  }
  call(inputs: tf.Tensor[]) {
    const x = this.dense.apply(inputs[0]!) as tf.Tensor2D;
    const y = tf.matMul(x, this.w.read() as tf.Tensor2D);
    return tf.relu(y);
  }
  computeOutputShape = (shape: tf.Shape) => [shape[0]!, 5];
}
export const model = tf.sequential();
model.add(tf.layers.inputLayer({ inputShape: [3] }));
model.add(new Block());
model.add(tf.layers.dense({ units: 1 }));`);
      const block = model.layers.find(({ className }) => className === 'Block');
      assert.deepEqual(block?.place?.line, 19);
      assert.equal(block.work.forward.macs, 3 * 4 + 4 * 5);
      assert.deepEqual(
        [4, 12, 13, 19].map((line) => [
          line,
          lineOf(model, line).kind,
          lineOf(model, line).work.forward.macs,
        ]),
        [
          [4, 'layer', 12],
          [12, 'operation', 20],
          [13, 'operation', 0],
          [19, 'layer', 32],
        ],
      );
    });

    it('with line ends of Windows, and a line for the shell first', async () => {
      const text = `#!/usr/bin/env node\n${tf}\n/* two\n lines */ interface Sizes { units: number }
const sizes: Sizes = { units: 3 };
export const model = tf.sequential();
model.add(tf.layers.dense({ inputShape: [4], ...sizes }));\n`;
      for (const each of [
        text,
        text.replaceAll('\n', '\r\n'),
        text.replace(tf, `${tf} void import.meta.url;`),
      ]) {
        const model = onlyModel(await tracing.trace(each));
        assert.deepEqual(kinds(model), ['7 layer dense_Dense1']);
        assert.equal(model.place?.line, 6);
      }
    });

    it('with the same names of layers at each trace', async () => {
      const text = `export const a = () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });
        export const b = () => tf.sequential({ layers: [tf.layers.lstm({ inputShape: [4, 2], units: 3 }), tf.layers.dense({ units: 3 })] });`;
      const names = ({ models }: TraceResult) => models.map(({ layers }) => layers.map(({ name }) => name));
      const first = names(await trace(text));
      for (let i = 0; i < 3; i++) await trace(text);
      assert.deepEqual(names(await trace(text)), first);
      assert.deepEqual(first, [['dense_Dense1'], ['lstm_LSTM1', 'dense_Dense2']]);
    });
  });

  describe('of a script: its first training step', () => {
    const net = `const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });`;
    const scripts: Record<string, string> = {
      fit: `${net}\nawait model.fit(tf.ones([100, 4]), tf.ones([100, 3]), { epochs: 1000, batchSize: 20 });\nmissing();`,
      'fit, in a function that nobody waits for': `${net}
        async function main() { await model.fit(tf.ones([20, 4]), tf.ones([20, 3])); missing(); }\nmain();`,
      fitDataset: `${net}
        const rows = tf.data.generator(function* () { for (;;) yield { xs: tf.ones([4]), ys: tf.ones([3]) }; });
        void model.fitDataset(rows.batch(20) as never, { epochs: 5, batchesPerEpoch: 5 });`,
      trainOnBatch: `${net}\nfor (let i = 0; i < 1e6; i++) await model.trainOnBatch(tf.ones([20, 4]), tf.ones([20, 3]));`,
      minimize: `${net}\nconst optimizer = tf.train.sgd(0.1);
        for (;;) optimizer.minimize(() => (model.apply(tf.ones([20, 4])) as tf.Tensor).square().mean() as tf.Scalar);`,
      'a loop of its own': `${net}\nconst optimizer = tf.train.adam(0.1);
        for (let i = 0; i < 10; i++) {
          const { grads } = tf.variableGrads(() => (model.apply(tf.ones([20, 4])) as tf.Tensor).mean() as tf.Scalar);
          optimizer.applyGradients(grads);
        }`,
      'try and catch around fit': `${net}
        try { await model.fit(tf.ones([20, 4]), tf.ones([20, 3])); } catch (error) { console.error(error); }
        finally { tf.ones([3]).print(); }
        while (true) await model.trainOnBatch(tf.ones([9, 4]), tf.ones([9, 3]));`,
    };
    for (const [what, text] of Object.entries(scripts))
      it(what, async () => {
        const model = await modelOf(text);
        assert.equal(model.batch, 20);
        assert.equal(model.work.forward.macs, 20 * 12);
        assert.equal(model.work.backward.macs, 2 * 20 * 12);
        assert.ok(model.work.optimizer.kernels > 0);
        assert.equal(lineOf(model, 2).work.forward.macs, 20 * 12);
      });

    it('without a model', async () => {
      const model = await modelOf(`const w = tf.variable(tf.randomNormal<tf.Rank.R2>([4, 3]));
        tf.train.adam(0.1).minimize(() => {
          const y = tf.matMul(tf.ones([7, 4]), w as unknown as tf.Tensor2D);
          return y.square().mean() as tf.Scalar;
        });`);
      assert.deepEqual([model.name, model.params, model.place?.line], ['model.ts', 12, 3]);
      assert.deepEqual([lineOf(model, 4).kind, lineOf(model, 4).work.forward.macs], ['operation', 84]);
      assert.equal(lineOf(model, 3).kind, 'call');
    });

    it('of two models', async () => {
      const { models, remarks } = await trace(`
        const g = tf.sequential({ name: 'generator', layers: [tf.layers.dense({ inputShape: [2], units: 4 })] });
        const d = tf.sequential({ name: 'discriminator', layers: [tf.layers.dense({ inputShape: [4], units: 1 })] });
        d.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
        for (let step = 0; step < 5; step++)
          await d.trainOnBatch(g.predict(tf.randomNormal([6, 2])) as tf.Tensor, tf.zeros([6, 1]));`);
      assert.equal(said(remarks), '');
      assert.deepEqual(
        models.map(({ name, batch, place }) => [name, batch, place?.line]),
        [
          ['discriminator', 6, 4],
          ['generator', 1, 3],
        ],
      );
    });

    it('in CommonJS', async () => {
      const text = (end: string) => `const tf = require('@tensorflow/tfjs');
async function run() {
  const model = tf.sequential();
  model.add(tf.layers.dense({ inputShape: [4], units: 3 }));
  model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
  await model.fit(tf.ones([9, 4]), tf.ones([9, 3]));
}\n${end}`;
      const script = onlyModel(await tracing.trace(text('if (require.main === module) run();'), 'script.js'));
      assert.deepEqual(
        [script.batch, script.place?.line, kinds(script)[1]],
        [9, 3, '6 operation'].slice(0, 2).concat(kinds(script)[1] ?? ''),
      );
      const made = onlyModel(
        await tracing.trace(
          `const tf = require('@tensorflow/tfjs');\nmodule.exports = { model: tf.sequential({
  layers: [tf.layers.dense({ inputShape: [4], units: 3 })] }) };`,
          'made.js',
        ),
      );
      assert.deepEqual([made.params, kinds(made)], [15, ['3 layer dense_Dense1']]);
    });
  });

  describe('where values are asked for that nobody has', () => {
    it('goes on, and says so on each line', async () => {
      const { models, remarks } = await trace(`const a = tf.randomNormal<tf.Rank.R1>([100]);
await tf.whereAsync(a.greater(0));
await tf.booleanMaskAsync(a, a.greater(0));
tf.unique(a);
tf.image.nonMaxSuppression(tf.ones([100, 4]), a, 10);
if (a.dataSync()[0]! > 0) console.log('positive');
for (const each of (await a.array()).slice(0, 3)) console.log(each);
tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });`);
      assert.equal(models.length, 1);
      assert.equal(
        said(remarks),
        [3, 4, 5, 6, 7, 8].map((line) => `${line} warning: ${dataDependent}`).join('\n'),
      );
    });

    it('inside a training step', async () => {
      const { models, remarks } = await trace(`const w = tf.variable(tf.randomNormal<tf.Rank.R2>([100, 3]));
tf.train.sgd(0.1).minimize(() => {
  const y = tf.matMul(tf.ones([50, 100]), w as unknown as tf.Tensor2D);
  tf.unique(tf.argMax(y, 1));
  if (y.dataSync()[0]! > 1) throw new Error('too large');
  return y.square().mean() as tf.Scalar;
});`);
      assert.equal(said(remarks), `5 warning: ${dataDependent}\n6 warning: ${dataDependent}`);
      assert.equal(models[0]?.work.forward.macs, 50 * 100 * 3);
    });
  });

  describe('an experiment', () => {
    const experiment = (fields: string) => `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 100, test: 20, shape: 'flat' }),
  model: ({ tf, inputShape }) => tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10 })] }),
  batchSize: 32,
  epochs: 3,
  ${fields}
});`;
    const traceExperiment = (fields: string, name = 'tiny.experiment.ts') =>
      tracing.trace(experiment(fields), name);

    it('with its batch size, its data and its plan', async () => {
      const result = await traceExperiment(`loss: 'meanSquaredError', optimizer: 'sgd',`);
      assert.equal(said(result.remarks), '');
      const model = onlyModel(result);
      const [[, pixels = 0] = []] = model.inputShapes;
      assert.deepEqual([model.name, model.batch, model.place?.line], ['tiny', 32, 2]);
      assert.deepEqual(model.inputShapes, [[32, pixels]]);
      assert.equal(model.work.forward.macs, 32 * pixels * 10);
      assert.equal(model.plan?.epochs, 3);
      assert.equal(model.plan?.stepsPerEpoch, 4);
      assert.deepEqual(
        model.alsoAt.map(({ line }) => line),
        [4],
      );
      assert.equal(lineOf(model, 4).kind, 'layer');
    });

    it('with the limits of its budget, and the line that names them', async () => {
      const model = onlyModel(await traceExperiment(`loss: 'meanSquaredError', budget: { minutes: 3 },`));
      assert.deepEqual(model.plan?.budget, { minutes: 3 });
      assert.equal(model.plan.budgetAt?.line, 7);
    });

    it('with another batch size, where that is asked for', async () => {
      const file = tracing.write('other.experiment.ts', experiment(`loss: 'meanSquaredError',`));
      assert.equal(onlyModel(await tracing.traceFile(file, { batch: 8, batchOfExperiments: true })).batch, 8);
      assert.equal(onlyModel(await tracing.traceFile(file, { batch: 8 })).batch, 32);
    });

    it('with a step and losses of its own, operations on their lines', async () => {
      const step = onlyModel(
        await traceExperiment(`step: ({ tf, model, batch }) => {
    const y = model.apply(batch.xs, { training: true });
    return { loss: tf.losses.meanSquaredError(batch.ys, y).add(
      tf.matMul(y, y, true).mean()), size: y.abs().mean() };
  },`),
      );
      assert.equal(lineOf(step, 10).work.forward.macs, 10 * 32 * 10);
      const two = `loss: ['meanSquaredError', (ys, y, { tf }) => tf.losses.huberLoss(ys, y)],
  data: { train: tf.data.generator(function* () { for (;;) yield {
    xs: tf.ones([6, 5]), ys: { a: tf.ones([6, 2]), b: tf.ones([6, 3]) } }; }) },
  model: ({ tf }) => {
    const input = tf.input({ shape: [5] });
    return tf.model({ inputs: input, outputs: [tf.layers.dense({ units: 2, name: 'a' }).apply(input),
      tf.layers.dense({ units: 3, name: 'b' }).apply(input)] });
  },`;
      const heads = await trace(experiment(two), 'heads.experiment.ts');
      assert.equal(said(heads.remarks), '');
      assert.deepEqual([onlyModel(heads).batch, onlyModel(heads).work.forward.macs], [6, 6 * 5 * 5]);
    });

    it('says what is wrong with it', async () => {
      const { remarks } = await traceExperiment('');
      assert.match(said(remarks), /^2 error: In defineExperiment: "loss" is missing/);
      const broken = await traceExperiment(`loss: 'meanSquaredErr',`);
      assert.match(said(broken.remarks), /^\d error: .*meanSquaredErr/);
    });
  });

  describe('that is meant for another place', () => {
    const remarkOn = async (text: string) => said([onlyRemark(await trace(text))]);

    it('a web page, a folder with files, is no mistake, and its models are traced all the same', async () => {
      const page =
        await trace(`const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [3], units: 2 })] });
document.body.append('loading');`);
      assert.equal(
        said(page.remarks),
        '3 information: ReferenceError: document is not defined here. The cost is of what comes before this line.',
      );
      assert.equal(onlyModel(page).params, 8);
      assert.match(
        await remarkOn(`import { readFileSync } from 'node:fs';\nreadFileSync('data.csv');`),
        /^3 information: ENOENT: no such file or directory, open 'data\.csv' here\. The cost is/,
      );
    });

    it('what its code refuses itself is a warning', async () => {
      assert.equal(
        await remarkOn(`if (process.argv.length < 5) throw new Error('Say which data to train on.');`),
        '2 warning: Say which data to train on.',
      );
    });
  });

  describe('with mistakes', () => {
    const withModel = (text: string) => `const model = tf.sequential();\n${text}`;

    it('layers that do not fit, with the shapes', async () => {
      assert.equal(
        await errorOf(
          withModel(`model.add(tf.layers.dense({ inputShape: [28, 28], units: 3 }));
model.add(tf.layers.conv2d({ filters: 3, kernelSize: 3 }));`),
        ),
        '4 error: Input 0 is incompatible with layer conv2d_Conv2D1: expected ndim=4, found ndim=3. ' +
          'conv2d_Conv2D1 was given [batch, 28, 3].',
      );
      assert.equal(
        await errorOf(`const a = tf.input({ shape: [8, 8, 3] });
const b = tf.layers.conv2d({ filters: 4, kernelSize: 3 }).apply(a) as tf.SymbolicTensor;
export const c =
  tf.layers.add().apply([a, b]);`),
        '5 error: Operands could not be broadcast together with shapes [8,8,3] [6,6,4]. ' +
          'add_Add1 was given [batch, 8, 8, 3] and [batch, 6, 6, 4].',
      );
    });

    it('operations that do not fit, in a function', async () => {
      assert.equal(
        await errorOf(`export function build() {
  return tf.matMul(tf.ones([2, 3]), tf.ones([4, 5]));\n}`),
        '3 error: the inner dimensions of a matrix product differ: [2, 3] by [4, 5]',
      );
    });

    it('operations that do not fit, in a layer of one’s own', async () => {
      const { remarks } = await trace(`class Odd extends tf.layers.Layer {
  static className = 'Odd';
  call(inputs: tf.Tensor[]) {
    return tf.matMul(inputs[0] as tf.Tensor2D, tf.ones([4, 5]));
  }
}
export const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3] }), new Odd()] });`);
      assert.match(said(remarks), /^5 error: .*\[1, 3\] by \[4, 5\]/);
    });

    it('unknown layers, activations and data of another shape', async () => {
      assert.equal(
        await errorOf(withModel(`\nmodel.add((tf.layers as any).convolution({ filters: 3 }));`)),
        '4 error: TypeError: tf.layers.convolution is not a function',
      );
      assert.match(
        await errorOf(
          withModel(
            `model.add(tf.layers.dense({ inputShape: [2], units: 3, activation: 'rellu' as 'relu' }));`,
          ),
        ),
        /^3 error: Unknown activation: rellu/,
      );
      assert.match(
        await errorOf(`const model = tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3 })] });
model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
await model.fit(tf.ones([9, 5]), tf.ones([9, 3]));`),
        /^4 error: .*shape \[4\].*tensor shape \[9,5\]/,
      );
    });

    it('in a function that nobody waits for', async () => {
      assert.match(
        await errorOf(`async function main() {
  await null;
  tf.sequential().add(tf.layers.dense({ units: 3 }));\n}\nmain();`),
        /^4 error: The first layer in a Sequential model must get/,
      );
    });

    it('what cannot be compiled', async () => {
      const problemOf = async (text: string) => {
        const error: unknown = await tracing.trace(text).catch((reason: unknown) => reason);
        assert.ok(error instanceof BundleError);
        const { line, column } = error.place;
        return `${line}:${column} ${error.message}`;
      };
      assert.equal(await problemOf('const a = 1;\nconst b = ;'), '2:11 Unexpected ";"');
      assert.equal(await problemOf(`\nimport './missing';`), '2:8 Could not resolve "./missing"');
      tracing.write('broken.ts', '\n\nlet let = 1;');
      const error: unknown = await tracing.trace(`import './broken';`).catch((reason: unknown) => reason);
      assert.ok(error instanceof BundleError);
      assert.match(error.place.file, /broken\.ts$/);
      assert.equal(error.place.line, 3);
    });
  });
});
