import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/train/tfInstance';
import { alive, loadWithOwnKernels } from './ownKernels';

const optimizers: Record<string, (tf: Tf) => tfjs.Optimizer> = {
  'gradient descent': (tf) => tf.train.sgd(0.05),
  momentum: (tf) => tf.train.momentum(0.05, 0.9),
  'Nesterov momentum': (tf) => tf.train.momentum(0.05, 0.9, true),
  Adam: (tf) => tf.train.adam(0.01),
  'Adam with other constants': (tf) => tf.train.adam(0.03, 0.8, 0.95, 1e-4),
  AdamW: (tf) => new tf.AdamWOptimizer(0.05, 0.9, 0.99, 1e-6, 0.3),
  RMSProp: (tf) => tf.train.rmsprop(0.01),
  'RMSProp with momentum': (tf) => tf.train.rmsprop(0.01, 0.8, 0.7, 1e-5),
  Adagrad: (tf) => tf.train.adagrad(0.1),
  'Adagrad with another beginning': (tf) => tf.train.adagrad(0.05, 1.5),
  Adadelta: (tf) => tf.train.adadelta(1),
  'Adadelta with other constants': (tf) => tf.train.adadelta(2, 0.8, 1e-4),
  Adamax: (tf) => tf.train.adamax(0.02),
  'Adamax with a rate that falls': (tf) => tf.train.adamax(0.05, 0.8, 0.95, 1e-5, 0.3),
  'centered RMSProp': (tf) => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-5, true),
};
/** Those with their rate in a tensor, which nobody can set. */
const holdsRate = new Set(['gradient descent', 'momentum', 'Nesterov momentum']);
const steps = 6;

describe('optimizers that update all variables in one call', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });

  /** Weights after each of some steps, of sizes that four does not divide; one of them has no part in the loss. */
  function train(
    make: (tf: Tf) => tfjs.Optimizer,
    between: (step: number, w: tfjs.Variable) => void = () => undefined,
  ) {
    const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
    const variables = [random([3, 7], 1), random([7], 2), random([1], 3)].map((initial) => {
      const variable = tf.variable(initial);
      initial.dispose();
      return variable;
    }) as [tfjs.Variable, tfjs.Variable, tfjs.Variable];
    const [w, b] = variables;
    const [x, y] = [random([5, 3], 4), random([5, 7], 5)] as [tfjs.Tensor2D, tfjs.Tensor2D];
    const optimizer = make(tf);
    const seen: number[][] = [];
    for (let step = 0; step < steps; step++) {
      optimizer.minimize(
        () => tf.losses.meanSquaredError(y, x.matMul(w as tfjs.Tensor2D).add(b)),
        false,
        variables.slice(0, 2),
      );
      between(step, w);
      seen.push([...w.dataSync(), ...b.dataSync()]);
    }
    const { iterations } = optimizer;
    optimizer.dispose();
    tf.dispose([x, y, ...variables]);
    return { seen, iterations };
  }

  for (const [name, make] of Object.entries(optimizers))
    it(`are to the bit those of TensorFlow.js: ${name}`, () => {
      const expected = tf.unfused(() => train(make));
      const fused = train(make);
      assert.deepEqual(fused, expected);
      assert.equal(fused.iterations, steps);
      assert.notDeepEqual(fused.seen[0], fused.seen.at(-1));
    });

  it('decay weights as AdamW does: by the algorithm, in float64', () => {
    const [rate, beta1, beta2, epsilon, decay] = [0.1, 0.8, 0.9, 1e-3, 0.5];
    const optimizer = new tf.AdamWOptimizer(rate, beta1, beta2, epsilon, decay) as unknown as tfjs.Optimizer;
    const weight = tf.variable(tf.tensor1d([1, -2, 0.5]));
    const expected = [1, -2, 0.5];
    const [m, v] = [
      [0, 0, 0],
      [0, 0, 0],
    ] as [number[], number[]];
    for (let t = 1; t <= 5; t++) {
      optimizer.minimize(() => weight.square().sum<tfjs.Scalar>(), false, [weight]);
      for (const [i, w] of expected.entries()) {
        const g = 2 * w;
        m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
        v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
        const [mHat, vHat] = [(m[i] ?? 0) / (1 - beta1 ** t), (v[i] ?? 0) / (1 - beta2 ** t)];
        expected[i] = w - rate * decay * w - (rate * mHat) / (Math.sqrt(vHat) + epsilon);
      }
      for (const [i, value] of weight.dataSync().entries())
        assert.ok(Math.abs(value - (expected[i] ?? NaN)) < 1e-5, `step ${t}: ${value}, not ${expected[i]}`);
    }
    optimizer.dispose();
    weight.dispose();
  });

  it('keep weights without a gradient as they are: centered RMSProp', () => {
    for (const unfused of [true, false]) {
      const weight = tf.variable(tf.tensor1d([1, 2, 3]));
      const used = tf.tensor1d([0, 1e-6, 1]);
      const optimizer = tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true);
      const step = () =>
        optimizer.minimize(() => weight.mul(used).square().sum<tfjs.Scalar>(), false, [weight]);
      for (let i = 0; i < 3; i++)
        if (unfused) tf.unfused(step);
        else step();
      const [unused, hardly, much] = weight.dataSync();
      assert.equal(unused, 1);
      assert.ok(Math.abs((hardly ?? NaN) - 2) < 1e-3 && (much ?? NaN) < 3, `${hardly}, ${much}`);
      optimizer.dispose();
      tf.dispose([weight, used]);
    }
  });

  it('run no kernel of TensorFlow.js after the first step', () => {
    const engine = tf.engine() as unknown as { runKernel: (...call: unknown[]) => unknown };
    const { runKernel } = engine;
    const counts: number[] = [];
    let kernels = 0;
    engine.runKernel = (...call) => {
      kernels++;
      return runKernel.apply(engine, call);
    };
    try {
      train(
        (it) => it.train.adam(),
        () => counts.push(kernels),
      );
    } finally {
      Object.assign(engine, { runKernel });
    }
    const perStep = counts.slice(1).map((count, i) => count - (counts[i] ?? 0));
    assert.ok(
      perStep.every((count) => count === perStep[0] && count < (counts[0] ?? 0) / 2),
      counts.join(),
    );
  });

  for (const [name, make] of Object.entries(optimizers).filter(([each]) => !holdsRate.has(each)))
    it(`follow a learning rate that changes: ${name}`, () => {
      const halved = (optimizer: tfjs.Optimizer) => Object.assign(optimizer, { learningRate: 0.002 });
      const slowed = () => {
        let made: tfjs.Optimizer | undefined;
        return train(
          (it) => (made = make(it)),
          (step) => step === 2 && halved(made as tfjs.Optimizer),
        );
      };
      const fused = slowed();
      assert.deepEqual(fused, tf.unfused(slowed));
      assert.notDeepEqual(fused, train(make));
    });

  it('leave clones of variables as they were, and nothing behind', () => {
    const before = alive(tf);
    let kept: tfjs.Tensor | undefined;
    let expected: number[] = [];
    const fused = train(
      (it) => it.train.adam(0.1),
      (step, w) => {
        if (step !== 2) return;
        kept = w.clone();
        expected = [...w.dataSync()];
      },
    );
    assert.deepEqual([...(kept as tfjs.Tensor).dataSync()], expected);
    kept?.dispose();
    assert.deepEqual(
      fused,
      train((it) => it.train.adam(0.1)),
    );
    assert.deepEqual(alive(tf), before);
  });
});
