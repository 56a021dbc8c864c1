import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import { KernelCounter } from '../../../src/train/kernelCounter';
import type { Tf } from '../../../src/train/tfInstance';
import type { Case, Family, Tensor } from './cases';
import { checkFamily } from './checks';
import { fusedFamilies, lossNamed } from './fusedCases';
import { alive, backends, loadWithOwnKernels } from './ownKernels';

const losses = ['categoricalCrossentropy', 'sparseCategoricalCrossentropy', 'binaryCrossentropy'];

describe('ops that are one kernel each way', () => {
  let tf: Tf;
  before(async () => {
    tf = loadWithOwnKernels();
    await tf.setBackend('cpu');
    for (const loss of losses) lossNamed(tf, loss);
  });
  after(() => tf.setBackend('cpu'));

  for (const backend of backends)
    describe(`have on ${backend} the results and gradients of the reference:`, () => {
      before(() => tf.setBackend(backend));
      for (const family of fusedFamilies) it(family.name, () => checkFamily(tf, family));
    });

  /** Result and gradients, with all names and shapes of kernels that were looked at, if they were. */
  async function made(each: Case, isLookedAt: boolean) {
    const tensors = each.inputs.map(({ shape, values }) => tf.tensor(values, [...shape]));
    const work = () => {
      const { value, grads } = tf.valueAndGrads((...all: Tensor[]) =>
        tf.sum(tf.square(each.run(tf, ...all))),
      )(tensors);
      return [value, ...grads];
    };
    const { value, kernels } = isLookedAt
      ? new KernelCounter(tf).count(work)
      : { value: work(), kernels: undefined };
    const values = await Promise.all(value.map(async (tensor) => [...(await tensor.data())]));
    tf.dispose([value, tensors]);
    return { values, work: kernels?.work() };
  }
  const first = ({ name, make }: Family, i: number) => make(Random.from(1, name, i));

  for (const family of fusedFamilies)
    it(`are the same to the bit where kernels are counted, which are TensorFlow.js's own: ${family.name}`, async () => {
      for (let i = 0; i < 8; i++) {
        await tf.setBackend('wasm');
        const before = alive(tf);
        const [counted, alone] = [await made(first(family, i), true), await made(first(family, i), false)];
        assert.deepEqual(counted.values, alone.values);
        assert.deepEqual(alive(tf), before);
        await tf.setBackend('cpu');
        assert.deepEqual(counted.work, (await made(first(family, i), true)).work, first(family, i).label);
      }
    });

  it('run no kernel of TensorFlow.js beside their own', async () => {
    await tf.setBackend('wasm');
    const engine = tf.engine() as unknown as { runKernel: (name: string, ...rest: unknown[]) => unknown };
    const { runKernel } = engine;
    const names = new Set<string>();
    engine.runKernel = (name, ...rest) => {
      names.add(name);
      return runKernel.call(engine, name, ...rest);
    };
    const x = tf.randomUniform([6, 5], 0.1, 0.9, 'float32', 1);
    const layers = [tf.layers.batchNormalization(), tf.layers.layerNormalization()];
    try {
      for (const layer of layers) layer.build([6, 5]);
      names.clear();
      for (const layer of layers)
        tf.dispose(tf.grad((x: Tensor) => layer.call(x, { training: true }) as Tensor)(x, x));
      const loss = lossNamed(tf, 'categoricalCrossentropy');
      tf.dispose(tf.grad((y: Tensor) => loss(x, y))(x, tf.ones([6])));
      // Tensors that are kept for the way back are other names for the same numbers.
      assert.deepEqual([...names].sort(), ['Identity']);
    } finally {
      Object.assign(engine, { runKernel });
      for (const weight of layers.flatMap((layer) => layer.weights)) weight.dispose();
      x.dispose();
    }
  });

  it('move the averages of a batch normalisation as TensorFlow.js does, and leave copies of them alone', async () => {
    const seen: number[][][] = [];
    for (const backend of backends) {
      await tf.setBackend(backend);
      const layer = tf.layers.batchNormalization({ momentum: 0.9 });
      const x = tf.randomNormal([40, 3, 5], 2, 3, 'float32', 5);
      layer.build(x.shape);
      const averages = () => layer.getWeights().slice(2);
      const copies = averages().map((each) => each.clone());
      const steps: number[][] = [];
      for (let step = 0; step < 3; step++) {
        tf.dispose(layer.call(x, { training: true }));
        for (const each of averages()) steps.push([...(await each.data())]);
      }
      tf.dispose(layer.call(x, { training: false }));
      for (const each of averages()) steps.push([...(await each.data())]);
      assert.deepEqual(await Promise.all(copies.map(async (each) => [...(await each.data())])), [
        [0, 0, 0, 0, 0].map(Number),
        [1, 1, 1, 1, 1],
      ]);
      seen.push(steps);
      tf.dispose([x, ...copies]);
      for (const weight of layer.weights) weight.dispose();
    }
    const [cpu, wasm] = seen as [number[][], number[][]];
    assert.equal(wasm.length, 8);
    for (const [i, step] of wasm.entries())
      for (const [k, value] of step.entries())
        assert.ok(Math.abs(value - (cpu[i]?.[k] ?? NaN)) < 1e-5, `${value}, not ${cpu[i]?.[k]}`);
    assert.deepEqual(wasm.slice(6), wasm.slice(4, 6));
  });

  it('give the gradient of a cross-entropy by its targets as TensorFlow.js does', async () => {
    const seen: number[][] = [];
    for (const backend of backends) {
      await tf.setBackend(backend);
      const [x, target] = [tf.tensor2d([[1, -2, 3]]), tf.tensor2d([[0.25, 0.5, 0.25]])];
      const loss = (x: Tensor, target: Tensor) => tf.losses.softmaxCrossEntropy<Tensor, Tensor>(target, x);
      const grads = tf.grads(loss)([x, target]);
      seen.push(
        (await Promise.all(grads.map((each) => each.data<'float32'>()))).flatMap((each) => [...each]),
      );
      tf.dispose([x, target, grads]);
    }
    for (const [i, expected] of (seen[0] ?? []).entries())
      assert.ok(Math.abs((seen[1]?.[i] ?? NaN) - expected) < 1e-6, JSON.stringify(seen));
    assert.equal(seen[1]?.length, 6);
  });

  it('hold probabilities within the bounds of TensorFlow.js, also where they are 0 and 1', async () => {
    const p = [0, 1, 1e-8, 1e-7, 1 - 1e-7, 0.9999999, 1, 0, 0.5, 0, 0, 0, 0.2, NaN, 0.3];
    const shape: [number, number] = [5, 3];
    const targets = {
      categoricalCrossentropy: [0, 1, 0, 1, 0, 0, 0.5, 0.5, 0, 0.2, 0.3, 0.5, 0, 0, 1],
      sparseCategoricalCrossentropy: [0, 1, 7, 2, -1],
      binaryCrossentropy: [0, 1, 1, 0, 1, 0, 0, 1, 0.3, 1, 0, 0.5, 1, 0, 0],
    };
    for (const [name, target] of Object.entries(targets)) {
      const found: number[][] = [];
      for (const backend of backends) {
        await tf.setBackend(backend);
        const t = tf.tensor2d(target, [5, target.length / 5]);
        // Just below 1 what TensorFlow.js composes for yes and no has lost its digits.
        const given = name === 'binaryCrossentropy' ? p.map((each) => (each > 0.9 ? 1 : each)) : p;
        const [x, dy] = [tf.tensor2d(given, shape), tf.tensor1d([1, -1, 0.5, 2, 1])];
        const { value, grad } = tf.valueAndGrad((x: Tensor) => lossNamed(tf, name)(t, x))(x, dy);
        found.push([...(await value.data()), ...(await grad.data())]);
        tf.dispose([t, x, dy, value, grad]);
      }
      const [cpu, wasm] = found as [number[], number[]];
      for (const [i, value] of wasm.entries()) {
        const other = cpu[i] as number;
        const isSame = Object.is(value, other) || Math.abs(value - other) <= 3e-6 * (1 + Math.abs(other));
        assert.ok(isSame, `${name}: ${value} on wasm, ${other} on cpu, at ${i}`);
      }
    }
  });
});
