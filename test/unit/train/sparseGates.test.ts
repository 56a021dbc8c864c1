import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { constantFanIn, nm, rigl, snfs } from '../../../src/api/sparsity';
import { activeAt, countActive, type Mask, type Part, type SparsityMethod } from '../../../src/sparse';
import { fanIns } from '../../../src/sparse/fanIn';
import { sparseWeights } from '../../../src/train/sparseWeights';
import { packSparse, unpackSparse } from '../../../src/train/sparseState';
import { loadWithOwnKernels } from '../kernels/ownKernels';
import { isNm } from '../sparse/random';

type Sparse = InstanceType<ReturnType<typeof loadWithOwnKernels>['SparseTraining']>;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe('sparse training of gates', function () {
  this.timeout(60_000);
  const tf = loadWithOwnKernels();
  const { layers } = tf;
  const dynamic = { sparsity: 0.8, updateEvery: 3, until: 100 } as const;
  let sparse: Sparse | undefined;
  before(async () => {
    await tf.setBackend('wasm');
  });
  afterEach(() => {
    sparse?.dispose();
    sparse = undefined;
  });

  const recurrent = { useBias: false, recurrentActivation: 'sigmoid', activation: 'tanh' } as const;
  const single = { units: 1, inputShape: [2, 1], ...recurrent };
  const convolved = { filters: 1, kernelSize: 1, inputShape: [2, 1, 1, 1], ...recurrent };
  /** Two steps by the equations of the cells, each gate's weight of the input by its name. */
  const lstmOutput = (x: number, { i = 0, f = 0, c = 0, o = 0 }) => {
    const cell = (before: number) => sigmoid(f * x) * before + sigmoid(i * x) * Math.tanh(c * x);
    return sigmoid(o * x) * Math.tanh(cell(cell(0)));
  };
  const gruOutput = (x: number, { z = 0, h = 0 }) => {
    const next = (before: number) => sigmoid(z * x) * before + (1 - sigmoid(z * x)) * Math.tanh(h * x);
    return next(next(0));
  };
  const cells: Record<string, [() => tfjs.layers.Layer, (x: number, weights: object) => number]> = {
    LSTM: [() => layers.lstm(single), lstmOutput],
    GRU: [() => layers.gru(single), gruOutput],
    ConvLSTM2D: [() => layers.convLstm2d(convolved), lstmOutput],
  };

  for (const [name, [make, output]] of Object.entries(cells))
    it(`names the gates of ${name} as its equations do`, () => {
      const model = tf.sequential({ layers: [make()] });
      const { sparse: weights } = sparseWeights(model, rigl(dynamic));
      const parts = weights[0]?.parts.map(({ part }) => part) ?? [];
      const x = 0.7;
      const gates = weights[0]?.layout.gates ?? [];
      const own = Object.fromEntries(gates.map((gate, i) => [gate, 0.3 + i]));
      const values = new Float32Array(parts.length);
      for (const part of parts)
        part.put(Float32Array.of(own[part.name.split('/').at(-1) ?? ''] ?? 0), values);
      for (const weight of weights) weight.variable.assign(tf.zerosLike(weight.variable));
      weights[0]?.variable.assign(tf.tensor(values, [...weights[0].shape]));
      const shape = model.inputs[0]?.shape.slice(1) as number[];
      const found = (model.predict(tf.fill([1, ...shape], x)) as tfjs.Tensor).dataSync()[0] ?? NaN;
      assert.ok(Math.abs(found - output(x, own)) < 1e-6, `${found} for ${output(x, own)}`);
    });

  function model(): tfjs.LayersModel {
    const init = (seed: number) => ({
      kernelInitializer: tf.initializers.glorotNormal({ seed }),
      recurrentInitializer: tf.initializers.glorotNormal({ seed: seed + 100 }),
    });
    const cell = (units: number, seed: number) => layers.lstmCell({ units, ...init(seed) });
    return tf.sequential({
      layers: [
        layers.gru({ name: 'gru', inputShape: [5, 6], units: 8, returnSequences: true, ...init(1) }),
        layers.bidirectional({
          layer: layers.lstm({ units: 6, returnSequences: true, ...init(2) }),
          mergeMode: 'concat',
        }),
        layers.rnn({ cell: [cell(7, 3), layers.simpleRNNCell({ units: 5, ...init(4) })] }),
        layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotNormal({ seed: 5 }) }),
      ],
    });
  }

  async function train(method: SparsityMethod, steps: number, look: (training: Sparse, n: number) => void) {
    const made = model();
    const optimizer = tf.train.adam(0.01);
    made.compile({ optimizer, loss: 'meanSquaredError' });
    sparse = new tf.SparseTraining(tf, made, optimizer, method, { totalSteps: 100 });
    await sparse.begin();
    look(sparse, 0);
    for (let n = 1; n <= steps; n++) {
      await made.trainOnBatch(
        tf.randomNormal([4, 5, 6], 0, 1, 'float32', n),
        tf.randomNormal([4, 3], 0, 1, 'float32', n),
      );
      await sparse.afterStep();
      look(sparse, n);
    }
    return sparse;
  }
  const gatesOf = ({ weights, masks }: Sparse) =>
    weights.flatMap(({ parts }, i) =>
      parts.map(({ part, density }) => ({ part, density, mask: part.take(masks[i] as Mask) })),
    );
  const countsOf = (training: Sparse) => gatesOf(training).map(({ mask }) => countActive(mask));

  it('finds the gates of layers, of both directions and of stacked cells', () => {
    const { sparse: weights } = sparseWeights(model(), rigl(dynamic));
    assert.deepEqual(
      weights.map(({ layout }) => layout.gates.join('')),
      ['zrh', 'zrh', 'ifco', 'ifco', 'ifco', 'ifco', 'ifco', 'ifco', '', '', ''],
    );
  });

  it('rigl keeps exact counts in each of them, and says them', async () => {
    const layersOf = { 'gru/recurrent_kernel/r': 'dense', 'gru/kernel/z': 0.5 } as const;
    const method = rigl({ ...dynamic, layers: layersOf });
    let counts: number[] = [];
    const training = await train(method, 9, (now, n) => {
      if (n === 0) counts = countsOf(now);
      const expected = gatesOf(now).map(({ part, density = 1 }) => activeAt(1 - density, part.size));
      assert.deepEqual(countsOf(now), expected, `step ${n}`);
      for (const [i, { variable }] of now.weights.entries())
        for (const [place, value] of variable.dataSync().entries())
          assert.ok(now.masks[i]?.[place] === 1 || value === 0);
    });
    const [first, second] = training.report().weights;
    assert.deepEqual(first?.gates?.[0], { name: 'z', size: 48, active: 24 });
    assert.deepEqual(second?.gates?.[1], { name: 'r', size: 64, active: 64 });
    assert.equal(training.report().weights.at(-1)?.gates, undefined);
    assert.deepEqual(
      training.report().weights.flatMap(({ gates, active }) => gates?.map((gate) => gate.active) ?? [active]),
      counts,
    );
  });

  it('snfs moves weights from gate to gate and keeps their sum', async () => {
    const seen = new Set<string>();
    const sums = new Set<number>();
    await train(snfs(dynamic), 9, (now) => {
      seen.add(countsOf(now).join());
      sums.add(countsOf(now).reduce((sum, count) => sum + count, 0));
    });
    assert.equal(sums.size, 1);
    assert.equal(seen.size, 4);
  });

  it('constantFanIn gives each neuron of a gate as many weights', async () => {
    await train(constantFanIn({ ...dynamic, gamma: 0 }), 6, (now, n) => {
      for (const { part, mask } of gatesOf(now))
        assert.equal(new Set(fanIns(mask, part.matrix.at(-1) as number)).size, 1, `${part.name}, step ${n}`);
    });
  });

  it('nm leaves a gate dense that is to be, and follows the weights in all others', async () => {
    const method = nm({ n: 2, m: 4, layers: { 'gru/kernel/r': 'dense', 'gru/kernel/h': 0.75 } });
    await train(method, 4, (now, n) => {
      if (n === 0) return;
      const [{ parts, variable }] = now.weights as [Sparse['weights'][number]];
      const mask = Uint8Array.from(variable.dataSync(), (value) => (value === 0 ? 0 : 1));
      const [z, r, h] = parts.map(({ part }) => part) as [Part, Part, Part];
      assert.ok(isNm(z.take(mask), z.matrix, 2, 4));
      assert.equal(countActive(r.take(mask)), r.size);
      assert.ok(isNm(h.take(mask), h.matrix, 1, 4));
      // 6 inputs are 4 and 2: 2 and 1 of 2:4.
      assert.equal(countActive(z.take(mask)), 8 * 3);
    });
  });

  it('goes on from what was captured, and from a checkpoint of another share of weights among gates', async () => {
    const other = await train(rigl({ ...dynamic, layers: { 'gru/kernel/z': 0.4 } }), 4, () => undefined);
    const counts = countsOf(other);
    const { described, bytes } = packSparse(await other.capture());
    other.dispose();
    const training = await train(rigl(dynamic), 0, () => undefined);
    assert.notDeepEqual(countsOf(training), counts);
    training.restore(unpackSparse(described, bytes));
    assert.deepEqual(countsOf(training), counts);
    assert.equal(training.report().everActive, other.report().everActive);
  });
});

describe('sparse training of transposed convolutions', () => {
  const tf = loadWithOwnKernels();
  for (const backend of ['cpu', 'wasm'])
    it(`reads their axes as what they are on ${backend}`, async () => {
      await tf.setBackend(backend);
      const make = () =>
        tf.sequential({
          layers: [
            tf.layers.conv2dTranspose({
              inputShape: [4, 4, 8],
              filters: 6,
              kernelSize: 3,
              strides: 2,
              kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
            }),
            tf.layers.flatten(),
          ],
        });
      const train = async (method: SparsityMethod, look: (training: Sparse) => void) => {
        const model = make();
        const optimizer = tf.train.momentum(0.1, 0.9);
        model.compile({ optimizer, loss: 'meanSquaredError' });
        const training = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 100 });
        await training.begin();
        for (let n = 0; n < 4; n++) {
          const outputs = model.outputs[0]?.shape[1] as number;
          await model.trainOnBatch(tf.randomNormal([2, 4, 4, 8]), tf.randomNormal([2, outputs]));
          await training.afterStep();
          look(training);
        }
        training.dispose();
      };
      const [height, width, outputs, inputs] = [3, 3, 6, 8];
      const at = (place: number) => ({
        input: place % inputs,
        output: Math.floor(place / inputs) % outputs,
        matrix: Math.floor(place / inputs / outputs),
      });
      await train(nm({ n: 2, m: 4 }), ({ weights }) => {
        const groups = new Map<string, number>();
        for (const [place, value] of weights[0]!.variable.dataSync().entries()) {
          const { input, output, matrix } = at(place);
          const group = `${matrix} ${output} ${input >> 2}`;
          groups.set(group, (groups.get(group) ?? 0) + (value === 0 ? 0 : 1));
        }
        assert.equal(groups.size, height * width * outputs * 2);
        assert.ok([...groups.values()].every((count) => count === 2));
      });
      await train(constantFanIn({ sparsity: 0.75, updateEvery: 2, gamma: 0 }), (training) => {
        const fanIn = new Array<number>(outputs).fill(0);
        for (const [place, bit] of training.masks[0]!.entries()) fanIn[at(place).output]! += bit;
        assert.deepEqual(fanIn, new Array(outputs).fill(18));
      });
    });
});
