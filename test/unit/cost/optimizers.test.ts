import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { size } from '../../../src/cost/kernel';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession, type TracedStep } from '../trace/session';

interface Expected {
  /** FLOPs of a step for each parameter, as the optimizer's arithmetic is written in TensorFlow.js 4.22. */
  readonly perParameter: number;
  /** FLOPs of a step on single numbers: in all, and for each weight tensor. */
  readonly scalars?: { readonly step: number; readonly weight: number };
  /** Numbers kept for each parameter. */
  readonly slots: number;
  readonly make: (tf: Tf) => tfjs.Optimizer;
}

const optimizers: Readonly<Record<string, Expected>> = {
  SGD: { perParameter: 2, slots: 0, make: (tf) => tf.train.sgd(0.1) },
  momentum: { perParameter: 4, slots: 1, make: (tf) => tf.train.momentum(0.1, 0.9) },
  Nesterov: { perParameter: 6, slots: 1, make: (tf) => tf.train.momentum(0.1, 0.9, true) },
  Adagrad: { perParameter: 7, slots: 1, make: (tf) => tf.train.adagrad(0.1) },
  // The rate by its decay (3), 1 - beta1^t, the next beta1^t, the next t; the rate corrected for each weight.
  Adamax: { perParameter: 10, scalars: { step: 6, weight: 1 }, slots: 2, make: (tf) => tf.train.adamax() },
  // 1 - beta^t and the next beta^t, of both betas.
  Adam: { perParameter: 14, scalars: { step: 4, weight: 0 }, slots: 2, make: (tf) => tf.train.adam() },
  RMSProp: { perParameter: 15, slots: 2, make: (tf) => tf.train.rmsprop(0.01) },
  'centered RMSProp': {
    perParameter: 16,
    slots: 3,
    make: (tf) => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true),
  },
  Adadelta: { perParameter: 16, slots: 2, make: (tf) => tf.train.adadelta() },
};

describe('the work of an optimizer', () => {
  let test: TestSession;
  before(async () => {
    test = await TestSession.start();
  });
  after(() => test.end());

  for (const [name, { perParameter, scalars = { step: 0, weight: 0 }, slots, make }] of Object.entries(
    optimizers,
  )) {
    it(`is ${perParameter} FLOPs a parameter with ${name}`, async () => {
      const [small, large] = [await step(make, [3]), await step(make, [50])];
      assert.equal(flops(large) - flops(small), perParameter * (large.params - small.params));
    });
    it(`is ${scalars.step} FLOPs on single numbers besides with ${name}, and ${scalars.weight} for each weight`, async () => {
      for (const layers of [[3], [50], [4, 5, 6]]) {
        const traced = await step(make, layers);
        const single = scalars.step + scalars.weight * 2 * layers.length;
        assert.equal(flops(traced), perParameter * traced.params + single);
        const onScalars = ofOptimizer(traced).filter(
          ({ outputs: [output] }) => size(output?.shape ?? []) === 1,
        );
        assert.equal(onScalars.length, single);
      }
    });
    it(`leaves ${slots} numbers a parameter behind with ${name}`, async () => {
      const traced = await step(make, [4, 5, 6]);
      assert.equal(traced.optimizerBytes, 4 * slots * traced.params);
    });
  }

  it('does not depend on the batch, and has no matrix work in it', async () => {
    const [one, many] = [
      await step((tf) => tf.train.adam(), [3]),
      await step((tf) => tf.train.adam(), [3], 64),
    ];
    assert.deepEqual(many.work.optimizer, one.work.optimizer);
    assert.equal(one.work.optimizer.macs, 0);
    assert.deepEqual(one.work.optimizer.uncovered, {});
  });

  it('comes from its kernels one operation an element, whatever they are called', async () => {
    for (const { make } of Object.values(optimizers)) {
      const traced = await step(make, [4, 5, 6]);
      const computing = ofOptimizer(traced).filter(({ alias }) => !alias);
      const elements = computing.reduce((sum, { outputs: [output] }) => sum + size(output?.shape ?? []), 0);
      assert.equal(flops(traced), elements);
    }
  });

  it('is of the weights that are trained only', async () => {
    const make = (tf: Tf) => tf.train.adam();
    const traced = await step(make, [4, 5, 6], 1, (model) => {
      (model.layers[2] as tfjs.layers.Layer).trainable = false;
    });
    assert.equal(traced.params - traced.trainableParams, 4 * 5 + 5);
    assert.equal(flops(traced), 14 * traced.trainableParams + 4);
    assert.equal(traced.optimizerBytes, 4 * 2 * traced.trainableParams);
  });

  /** Dense layers of these many units, each of two weights, none of which has a single element. */
  function step(
    make: Expected['make'],
    units: readonly number[],
    batch = 1,
    change?: (model: tfjs.LayersModel) => void,
  ): Promise<TracedStep> {
    const build = (tf: Tf) => {
      const x = tf.input({ shape: [7] });
      let y: tfjs.SymbolicTensor = x;
      for (const each of units) y = tf.layers.dense({ units: each }).apply(y) as tfjs.SymbolicTensor;
      const model = tf.model({ inputs: x, outputs: y });
      change?.(model);
      return model;
    };
    return test.stepOf(build, { optimizer: make(test.tf) }, { batch });
  }
});

function flops({ work }: TracedStep): number {
  return work.optimizer.elementwiseFlops;
}

function ofOptimizer({ recording }: TracedStep) {
  return recording.kernels.filter(({ phase }) => phase === 'optimizer');
}
