import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Case } from '../conformance/cases';
import { alive } from './ownKernels';

/** Of each quantity (the loss, metrics), one value for each step. */
export type History = Readonly<Record<string, number[]>>;

const steps = 3;

/** Three steps on one batch. Weights, dropout and noise draw the same numbers each time. */
export async function train(tf: Tf, backend: string, each: Case): Promise<History> {
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

/** Fails where a quantity of a step on `backend` is not what it is on cpu. */
export function assertSame(backend: string, found: History, cpu: History): void {
  assert.deepEqual(Object.keys(found), Object.keys(cpu));
  for (const [quantity, expected] of Object.entries(cpu)) {
    assert.equal(expected.length, steps);
    expected.forEach((value, step) => {
      const got = found[quantity]?.[step];
      assert.ok(Number.isFinite(value), `${quantity} is ${value} on cpu in step ${step}`);
      assert.ok(
        Math.abs((got ?? NaN) - value) <= 1e-3 * Math.abs(value) + 1e-6,
        `${quantity} is ${got} on ${backend} and ${value} on cpu in step ${step}`,
      );
    });
  }
}
