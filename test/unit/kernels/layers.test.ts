import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import { layerCases, type LayerCase } from './layerCases';
import { alive, backends, loadWithOwnKernels } from './ownKernels';

type Backend = (typeof backends)[number];
/** Of each quantity (the loss, metrics), one value for each step. */
type History = Readonly<Record<string, number[]>>;

const steps = 3;

describe('training with own kernels', () => {
  let tf: Tf;
  before(() => {
    tf = loadWithOwnKernels();
  });
  after(() => tf.setBackend('cpu'));

  for (const each of layerCases) {
    const { impossible } = each;
    if (impossible)
      it(`of ${each.name} fails as in TensorFlow.js: ${impossible.reason}`, async () => {
        for (const backend of backends) await assert.rejects(train(tf, backend, each), impossible.message);
      });
    else
      it(`of ${each.name} is the same on wasm as on cpu`, async () => {
        const cpu = await train(tf, 'cpu', each);
        const wasm = await train(tf, 'wasm', each);
        assert.deepEqual(Object.keys(wasm), Object.keys(cpu));
        for (const [quantity, expected] of Object.entries(cpu)) {
          assert.equal(expected.length, steps);
          expected.forEach((value, step) => {
            const found = wasm[quantity]?.[step];
            assert.ok(Number.isFinite(value), `${quantity} is ${value} on cpu in step ${step}`);
            assert.ok(
              Math.abs((found ?? NaN) - value) <= 1e-3 * Math.abs(value) + 1e-6,
              `${quantity} is ${found} on wasm and ${value} on cpu in step ${step}`,
            );
          });
        }
      });
  }
});

/** Three steps on one batch. Weights, dropout and noise draw the same numbers each time. */
async function train(tf: Tf, backend: Backend, each: LayerCase): Promise<History> {
  await tf.setBackend(backend);
  const start = alive(tf);
  const { random } = Math;
  const seeded = Random.from(1, each.name);
  Math.random = () => seeded.next();
  try {
    const { model, x, y, compile } = each.make(tf);
    model.compile(compile);
    const { history } = await model.fit(x, y, {
      epochs: steps,
      batchSize: y.shape[0],
      shuffle: false,
      verbose: 0,
      yieldEvery: 'never',
    });
    // With a model goes an optimizer that was named; one that was made is its maker's.
    model.dispose();
    if (typeof compile.optimizer !== 'string') compile.optimizer.dispose();
    tf.dispose([x, y]);
    const { kept = 0 } = each;
    const expected = { tensors: start.tensors + kept, data: start.data + kept };
    assert.deepEqual(alive(tf), expected, `training on ${backend} leaves memory behind`);
    return history as History;
  } finally {
    Math.random = random;
  }
}
