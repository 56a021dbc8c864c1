import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { addKernel, addWork, noPhaseWork, phases, type PhaseWork, type Work } from '../../../src/cost/work';
import type { Layer } from '../../../src/trace/hooks/attribution';
import { layersOf, variablesOf } from '../../../src/trace/summarize';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession, type Compile, type TracedStep } from './session';

const initial = { recurrentInitializer: 'glorotNormal' } as const;
const batch = 3;

/** Multiply-accumulates that a layer should do for one example, by what it is trained with and what lies below it. */
interface Expected {
  readonly forward: number;
  readonly backward: number;
}
interface Subject {
  readonly build: (tf: Tf) => tfjs.LayersModel;
  readonly compile?: Compile;
  /** By the layer's name; layers without matrix work are left out. */
  readonly macs: Readonly<Record<string, Expected>>;
}

/** Features, units and time steps of the subjects: all different, so that a number says where it comes from. */
const [features, units, steps] = [6, 4, 5];
const gates = 4 * (features + units) * units;
/** Of an LSTM: input by input kernel, state by recurrent kernel. */
const lstm = {
  forward: steps * gates,
  // Gradients of both kernels at each step, of each state but the first.
  weights: steps * gates,
  states: (steps - 1) * 4 * units * units,
  input: steps * 4 * features * units,
};

const subjects: Readonly<Record<string, Subject>> = {
  'dense layers': {
    build: (tf) =>
      chain(tf, [features], (l) => [
        l.dense({ units: 7, activation: 'relu', name: 'low' }),
        l.dense({ units, activation: 'relu', name: 'high' }),
      ]),
    // Nobody needs the gradient of the input.
    macs: {
      low: { forward: features * 7, backward: features * 7 },
      high: { forward: 7 * units, backward: 2 * 7 * units },
    },
  },
  'a layer of the user': {
    build: (tf) =>
      chain(tf, [features], (l) => [
        l.dense({ units: 7, activation: 'relu', name: 'low' }),
        gated(tf, 'gated', units),
        l.dense({ units: 2, activation: 'relu', name: 'high' }),
      ]),
    macs: {
      low: { forward: features * 7, backward: features * 7 },
      gated: { forward: 2 * 7 * units, backward: 4 * 7 * units },
      high: { forward: units * 2, backward: 2 * units * 2 },
    },
  },
  'a layer of the user with layers inside': {
    build: (tf) =>
      chain(tf, [features], (l) => [
        l.dense({ units: 7, activation: 'relu', name: 'low' }),
        block(tf, 'block', 7),
        l.dense({ units: 2, activation: 'relu', name: 'high' }),
      ]),
    macs: {
      low: { forward: features * 7, backward: features * 7 },
      block: { forward: 7 * 7, backward: 2 * 7 * 7 },
      high: { forward: 7 * 2, backward: 2 * 7 * 2 },
    },
  },
  'a shared layer': {
    build: (tf) => {
      const inputs = [tf.input({ shape: [features] }), tf.input({ shape: [features] })];
      const shared = tf.layers.dense({ units, activation: 'relu', name: 'shared' });
      const both = inputs.map((each) => shared.apply(each) as tfjs.SymbolicTensor);
      const joined = tf.layers.concatenate().apply(both);
      const outputs = tf.layers.dense({ units: 2, activation: 'relu', name: 'high' }).apply(joined);
      return tf.model({ inputs, outputs: outputs as tfjs.SymbolicTensor });
    },
    macs: {
      shared: { forward: 2 * features * units, backward: 2 * features * units },
      high: { forward: 2 * units * 2, backward: 2 * 2 * units * 2 },
    },
  },
  'a layer applied to its own output': {
    build: (tf) => {
      const x = tf.input({ shape: [features] });
      const again = tf.layers.dense({ units: features, activation: 'relu', name: 'again' });
      const y = again.apply(again.apply(x)) as tfjs.SymbolicTensor;
      return tf.model({ inputs: x, outputs: y });
    },
    macs: { again: { forward: 2 * features ** 2, backward: 3 * features ** 2 } },
  },
  'models within a model': {
    build: (tf) => {
      const inner = tf.sequential({
        name: 'inner',
        layers: [
          tf.layers.dense({ units: 7, activation: 'relu', inputShape: [features], name: 'low' }),
          chain(tf, [7], (l) => [l.dense({ units, activation: 'relu', name: 'middle' })]),
        ],
      });
      return chain(tf, [features], (l) => [inner, l.dense({ units: 2, activation: 'relu', name: 'high' })]);
    },
    macs: {
      low: { forward: features * 7, backward: features * 7 },
      middle: { forward: 7 * units, backward: 2 * 7 * units },
      high: { forward: units * 2, backward: 2 * units * 2 },
    },
  },
  'an LSTM in both directions': {
    build: (tf) =>
      chain(tf, [steps, 3], (l) => [
        l.timeDistributed({ layer: l.dense({ units: features, activation: 'relu' }), name: 'each' }),
        l.bidirectional({ layer: l.lstm({ units, ...initial }), mergeMode: 'concat', name: 'both' }),
        l.dense({ units: 2, activation: 'relu', name: 'high' }),
      ]),
    macs: {
      each: { forward: steps * 3 * features, backward: steps * 3 * features },
      both: { forward: 2 * lstm.forward, backward: 2 * (lstm.weights + lstm.states + lstm.input) },
      high: { forward: 2 * units * 2, backward: 2 * 2 * units * 2 },
    },
  },
  'cells in a recurrent layer': {
    build: (tf) =>
      chain(tf, [steps, features], (l) => [
        l.rnn({ cell: l.lstmCell({ units, ...initial }), name: 'cell' }),
        l.dense({ units: 2, activation: 'relu', name: 'high' }),
      ]),
    macs: {
      cell: { forward: lstm.forward, backward: lstm.weights + lstm.states },
      high: { forward: units * 2, backward: 2 * units * 2 },
    },
  },
  'convolutions and batch norm': {
    build: (tf) =>
      chain(tf, [8, 8, 3], (l) => [
        l.conv2d({ filters: 5, kernelSize: 3, activation: 'relu', name: 'low' }),
        l.batchNormalization(),
        l.separableConv2d({ filters: 4, kernelSize: 3, name: 'separable' }),
        l.maxPooling2d({ poolSize: 2 }),
        l.flatten(),
        l.dense({ units: 2, activation: 'relu', name: 'high' }),
      ]),
    macs: {
      low: { forward: 36 * 27 * 5, backward: 36 * 27 * 5 },
      separable: { forward: 16 * (9 * 5 + 5 * 4), backward: 2 * 16 * (9 * 5 + 5 * 4) },
      high: { forward: 16 * 2, backward: 2 * 16 * 2 },
    },
  },
  'regularizers, dropout and metrics': {
    build: (tf) =>
      chain(tf, [features], (l) => [
        l.dense({ units: 7, activation: 'relu', kernelRegularizer: 'l1l2', name: 'low' }),
        l.dropout({ rate: 0.3 }),
        l.dense({ units, activation: 'softmax', name: 'high' }),
      ]),
    compile: { loss: 'categoricalCrossentropy', metrics: ['accuracy'] },
    macs: {
      low: { forward: features * 7, backward: features * 7 },
      high: { forward: 7 * units, backward: 2 * 7 * units },
    },
  },
};

describe('a step by phases and layers', () => {
  let test: TestSession;
  let tf: Tf;
  before(async () => {
    test = await TestSession.start();
    ({ tf } = test);
  });
  after(() => test.end());

  for (const [name, { build, compile, macs }] of Object.entries(subjects)) {
    it(`gives each layer its matrix work, forward and backward, with ${name}`, async () => {
      const { layers } = await test.stepOf(build, compile, { batch });
      const working = layers.filter(({ work }) => work.forward.macs + work.backward.macs > 0);
      const counted = working.map((layer) => [
        layer.name,
        { forward: layer.work.forward.macs / batch, backward: needed(layer.work.backward) / batch },
      ]);
      assert.deepEqual(Object.fromEntries(counted), macs);
      for (const { work } of layers)
        assert.equal(work.optimizer.macs + work.data.macs + work.forward.unusedMacs, 0);
    });

    it(`adds up to the total over layers and what belongs to none with ${name}`, async () => {
      for (const optimizer of ['sgd', 'adam', 'rmsprop']) {
        const model = test.build(build, { ...compile, optimizer });
        const step = await test.step(model, { batch });
        const sum = ofNobody(step, model);
        for (const { work } of step.layers) for (const phase of phases) addWork(sum[phase], work[phase]);
        assert.deepEqual(sum, step.work);
        model.dispose();
      }
    });

    it(`gives the optimizer's work to the layer whose weights it updates with ${name}`, async () => {
      for (const [optimizer, perParameter, single] of [
        ['sgd', 2, 0],
        ['adam', 14, 4],
        ['rmsprop', 15, 0],
      ] as const) {
        const { layers, work } = await test.stepOf(build, { ...compile, optimizer }, { batch });
        for (const { trainableParams, work: own, name: layer } of layers)
          assert.equal(own.optimizer.elementwiseFlops, perParameter * trainableParams, layer);
        const all = layers.reduce((sum, { trainableParams }) => sum + trainableParams, 0);
        assert.ok(all > 0);
        assert.equal(work.optimizer.elementwiseFlops, perParameter * all + single);
      }
    });

    it(`knows the phases of its kernels with ${name}`, async () => {
      const model = test.build(build, compile);
      const { work, recording } = await test.step(model, { batch });
      const inputs = model.inputs.map(({ shape }) => tf.zeros([batch, ...(shape.slice(1) as number[])]));
      const predicted = test.kernelsOf(() => model.predictOnBatch(inputs));
      model.dispose();
      // The same matrix work without training, and each phase begins when the one before has ended.
      const macs = predicted.reduce((sum, kernel) => sum + addedTo(kernel).macs, 0);
      assert.equal(work.forward.macs, macs);
      assert.equal(work.optimizer.macs + work.data.macs, 0);
      const order = recording.kernels
        .map(({ phase }) => phase)
        .filter((phase, i, all) => phase !== all[i - 1]);
      assert.deepEqual(
        order.filter((phase) => phase !== 'data'),
        ['forward', 'backward', 'optimizer'],
      );
    });
  }
  describe('with layers that are not trained', () => {
    const widths = [6, 5, 4, 3, 2];
    const macsOf = (i: number) => (widths[i] ?? 0) * (widths[i + 1] ?? 0);
    interface Stack {
      readonly input: number[];
      /** Whether TensorFlow.js computes gradients that nobody needs: it does where it fuses a product with its bias. */
      readonly more: boolean;
      readonly layer: (l: Tf['layers'], units: number, name: string) => Layer;
      readonly positions: number;
    }
    const stacks: Readonly<Record<string, Stack>> = {
      'dense layers with an activation': {
        input: [6],
        more: false,
        positions: 1,
        layer: (l, units, name) => l.dense({ units, name, activation: 'relu' }),
      },
      'dense layers without one': {
        input: [6],
        more: true,
        positions: 1,
        layer: (l, units, name) => l.dense({ units, name }),
      },
      'convolutions with an activation': {
        input: [3, 3, 6],
        more: false,
        positions: 9,
        layer: (l, filters, name) => l.conv2d({ filters, kernelSize: 1, name, activation: 'relu' }),
      },
      'convolutions without one': {
        input: [3, 3, 6],
        more: true,
        positions: 9,
        layer: (l, filters, name) => l.conv2d({ filters, kernelSize: 1, name }),
      },
    };
    const masks = Array.from({ length: 15 }, (_, i) => [1, 2, 4, 8].map((bit) => ((i + 1) & bit) !== 0));
    for (const [name, { input, more, layer, positions }] of Object.entries(stacks))
      it(`takes no gradient of their weights, and of no input below the lowest that is, of ${name}`, async () => {
        let unused = 0;
        for (const trained of masks) {
          const { layers } = await test.stepOf(
            () =>
              chain(tf, input, (l) => {
                const made = trained.map((_, i) => layer(l, widths[i + 1] ?? 0, `layer${i}`));
                made.forEach((each, i) => (each.trainable = trained[i] ?? true));
                return made;
              }),
            { optimizer: 'adam' },
            { batch },
          );
          const lowest = trained.indexOf(true);
          for (const [i, trainable] of trained.entries()) {
            const work = layers.find((each) => each.name === `layer${i}`)?.work ?? noPhaseWork();
            const each = batch * positions * macsOf(i);
            const gradients = Number(trainable) + Number(i > lowest);
            assert.equal(work.forward.macs, each);
            assert.equal(needed(work.backward), gradients * each, `${trained.join()}: layer ${i}`);
            assert.equal(work.optimizer.elementwiseFlops > 0, trainable);
            unused += work.backward.unusedMacs;
          }
        }
        assert.equal(unused > 0, more);
      });

    it('neither of a whole model within another', async () => {
      const { layers, trainableParams } = await test.stepOf(
        () => {
          const inner = chain(tf, [features], (l) => [
            l.dense({ units: 7, activation: 'relu', name: 'low' }),
            l.dense({ units, activation: 'relu', name: 'middle' }),
          ]);
          inner.trainable = false;
          return chain(tf, [features], (l) => [
            inner,
            l.dense({ units: 2, activation: 'relu', name: 'high' }),
          ]);
        },
        {},
        { batch },
      );
      const backward = layers.map(({ work }) => work.backward.macs).filter((macs) => macs > 0);
      assert.deepEqual(backward, [batch * units * 2]);
      assert.equal(trainableParams, units * 2 + 2);
    });
  });

  it('tells weights of the same shape apart, whatever the optimizer', async () => {
    const optimizers: Readonly<Record<string, [perParameter: number, make: () => tfjs.Optimizer]>> = {
      SGD: [2, () => tf.train.sgd(0.1)],
      momentum: [4, () => tf.train.momentum(0.1, 0.9)],
      Nesterov: [6, () => tf.train.momentum(0.1, 0.9, true)],
      Adagrad: [7, () => tf.train.adagrad(0.1)],
      Adadelta: [16, () => tf.train.adadelta()],
      Adam: [14, () => tf.train.adam()],
      Adamax: [10, () => tf.train.adamax()],
      RMSProp: [15, () => tf.train.rmsprop(0.01)],
      'centered RMSProp': [16, () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true)],
    };
    for (const [name, [perParameter, make]] of Object.entries(optimizers)) {
      const { layers } = await test.stepOf(
        () => chain(tf, [4], (l) => ['a', 'b', 'c', 'd'].map((each) => l.dense({ units: 4, name: each }))),
        { optimizer: make() },
      );
      for (const { trainableParams, work, className } of layers)
        if (className === 'Dense')
          assert.equal(work.optimizer.elementwiseFlops, perParameter * trainableParams, name);
    }
  });

  it("counts an optimizer of the user's own as one", async () => {
    class Signs extends tf.Optimizer {
      static readonly className = 'Signs';

      override applyGradients(
        gradients: tfjs.NamedTensorMap | { name: string; tensor: tfjs.Tensor }[],
      ): void {
        const named = Array.isArray(gradients)
          ? gradients.map(({ name, tensor }) => [name, tensor] as const)
          : Object.entries(gradients);
        const { registeredVariables } = tf.engine() as unknown as {
          registeredVariables: Record<string, tfjs.Variable>;
        };
        for (const [name, gradient] of named)
          tf.tidy(() => {
            const weight = registeredVariables[name] as tfjs.Variable;
            weight.assign(tf.sub(weight, tf.mul(tf.sign(gradient), 0.1)));
          });
      }

      override getConfig(): tfjs.serialization.ConfigDict {
        return {};
      }
    }
    const step = await test.stepOf((subjects['dense layers'] as Subject).build, { optimizer: new Signs() });
    assert.equal(step.work.optimizer.elementwiseFlops, 3 * step.trainableParams);
    for (const { trainableParams, work } of step.layers)
      assert.equal(work.optimizer.elementwiseFlops, 3 * trainableParams);
  });

  it('counts a regularizer with the phases, and for no layer', async () => {
    const at = (kernelRegularizer?: ReturnType<Tf['regularizers']['l2']>) =>
      test.stepOf(() =>
        chain(tf, [features], (l) => [
          l.dense({ units: 7, activation: 'relu', ...(kernelRegularizer && { kernelRegularizer }) }),
          l.dense({ units, activation: 'relu' }),
        ]),
      );
    const [without, l2] = [await at(), await at(tf.regularizers.l2({ l2: 0.1 }))];
    const weights = features * 7;
    // Squares, times the rate, summed; the sum to zero and to the loss.
    assert.equal(l2.work.forward.elementwiseFlops - without.work.forward.elementwiseFlops, 3 * weights + 2);
    // The sum's gradient spread, times the rate, times either factor of the square and these summed, and added to the
    // weights' gradient; the loss's gradient summed.
    assert.equal(l2.work.backward.elementwiseFlops - without.work.backward.elementwiseFlops, 6 * weights + 1);
    const ofLayers = ({ layers }: TracedStep) => layers.map(({ work }) => work);
    assert.deepEqual(ofLayers(l2), ofLayers(without));
    assert.deepEqual(l2.work.optimizer, without.work.optimizer);
  });

  it('counts a metric with the forward pass, in which tf.layers computes it, and for no layer', async () => {
    const { build, compile } = subjects['regularizers, dropout and metrics'] as Subject;
    const accuracy = await test.stepOf(build, compile, { batch });
    const none = await test.stepOf(build, { ...compile, metrics: [] }, { batch });
    // The largest of labels and of predictions, compared, averaged.
    const flops = 2 * batch * units + 2 * batch;
    assert.equal(accuracy.work.forward.elementwiseFlops - none.work.forward.elementwiseFlops, flops);
    for (const phase of ['backward', 'optimizer', 'data'] as const)
      assert.deepEqual(accuracy.work[phase], none.work[phase]);
    assert.deepEqual(
      accuracy.layers.map(({ work }) => work),
      none.layers.map(({ work }) => work),
    );
  });

  it('counts what is in no gradient as data', () => {
    const kernels = test.kernelsOf(() => {
      const x = tf.zeros([10, 4]);
      const sliced = tf.slice(x, [0, 0], [5, 4]);
      tf.grad((each) => tf.sum(tf.square(each)))(sliced);
      tf.argMax(sliced, 1);
    });
    const phaseOf = (name: string) =>
      kernels.filter(({ kernel }) => kernel === name).map(({ phase }) => phase);
    assert.deepEqual(phaseOf('Slice'), ['data']);
    assert.deepEqual(phaseOf('ArgMax'), ['data']);
    assert.deepEqual(phaseOf('Square'), ['forward']);
    assert.ok(phaseOf('Multiply').every((phase) => phase === 'backward'));
  });
});

/** What no layer did, and no weight of a layer needed: losses, metrics, sums of gradients, the optimizer's own numbers. */
function ofNobody({ recording }: TracedStep, model: tfjs.LayersModel): PhaseWork {
  const layers = new Set<Layer>(layersOf(model));
  const weights = new Set(layersOf(model).flatMap(variablesOf));
  const work = noPhaseWork();
  for (const kernel of recording.kernels) {
    let [scope, owned] = [kernel.scope, kernel.variable !== undefined && weights.has(kernel.variable)];
    for (; scope; scope = scope.outer) owned ||= layers.has(scope.layer);
    if (!owned) addKernel(work[kernel.phase], kernel, { zeros: kernel.zeros, alias: kernel.alias });
  }
  return work;
}

function addedTo(kernel: Parameters<typeof addKernel>[1]): Work {
  const work = noPhaseWork().forward;
  addKernel(work, kernel);
  return work;
}

/** Multiply-accumulates that somebody uses. */
function needed({ macs, unusedMacs }: Work): number {
  return macs - unusedMacs;
}

function chain(tf: Tf, input: number[], make: (l: Tf['layers']) => Layer[]): tfjs.LayersModel {
  const x = tf.input({ shape: input });
  let y: tfjs.SymbolicTensor = x;
  for (const layer of make(tf.layers)) y = layer.apply(y) as tfjs.SymbolicTensor;
  return tf.model({ inputs: x, outputs: y });
}

/** A layer as users write them: x by w, gated by x by v. */
function gated(tf: Tf, name: string, outputs: number): Layer {
  class Gated extends tf.layers.Layer {
    static readonly className = 'Gated';
    private kernels: tfjs.LayerVariable[] = [];

    override build(inputShape: tfjs.Shape): void {
      const shape = [inputShape.at(-1) ?? 0, outputs];
      this.kernels = ['w', 'v'].map((each) =>
        this.addWeight(each, shape, 'float32', tf.initializers.glorotNormal({})),
      );
      this.built = true;
    }

    override computeOutputShape(inputShape: tfjs.Shape): tfjs.Shape {
      return [...inputShape.slice(0, -1), outputs];
    }

    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      const [x] = [inputs].flat();
      return tf.tidy(() => {
        const [w, v] = this.kernels.map((kernel) => tf.matMul(x as tfjs.Tensor, kernel.read()));
        return tf.mul(w as tfjs.Tensor, tf.sigmoid(v as tfjs.Tensor));
      });
    }
  }
  return new Gated({ name });
}

/** A layer as users write them, that has another one do its work and adds to it. */
function block(tf: Tf, name: string, width: number): Layer {
  class Block extends tf.layers.Layer {
    static readonly className = 'Block';
    private readonly inner = tf.layers.dense({ units: width, activation: 'relu' });

    override build(inputShape: tfjs.Shape): void {
      this.inner.build(inputShape);
      this.trainableWeights = this.inner.trainableWeights;
      this.built = true;
    }

    override computeOutputShape(inputShape: tfjs.Shape): tfjs.Shape {
      return inputShape;
    }

    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      const [x] = [inputs].flat();
      return tf.tidy(() => tf.add(x as tfjs.Tensor, this.inner.apply(x as tfjs.Tensor) as tfjs.Tensor));
    }
  }
  return new Block({ name });
}
