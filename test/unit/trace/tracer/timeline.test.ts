import assert from 'node:assert/strict';
import { allFlops } from '../../../../src/cost/report';
import type { ModelCost } from '../../../../src/cost/modelCost';
import { onlyModel, Tracing } from './tracing';

const head = `import * as tf from '@tensorflow/tfjs';\n`;
const mlp = `tf.sequential({ layers: [
  tf.layers.dense({ inputShape: [20], units: 30, activation: 'relu' }), tf.layers.dense({ units: 4 })] })`;

describe('a timeline from the tracer', () => {
  const tracing = new Tracing();
  after(() => tracing.dispose());

  const asked = { timeline: true, batch: 5 };

  it('is of the model alone, and does not stand in the way of a fit', async () => {
    const source = `${head}export const build = () => ${mlp};\n`;
    const model = onlyModel(await tracing.trace(source, 'model.ts', { ...asked, fit: true }));
    assert.ok(model.fit);
    assert.ok(model.fit.samples.every((sample) => !('timeline' in sample)));
    assertAddsUp(model);
    assert.equal(onlyModel(await tracing.trace(source, 'model.ts')).timeline, undefined);
  });

  it('adds up for an experiment, at a batch size of its own or another', async () => {
    const source = `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  name: 'digits', data: glyphs({ train: 64, test: 8 }), batchSize: 16, epochs: 1,
  loss: 'categoricalCrossentropy', metrics: ['accuracy'],
  model: ({ tf, inputShape }) => tf.sequential({ layers: [
    tf.layers.flatten({ inputShape }), tf.layers.dense({ units: 10, activation: 'softmax' })] }),
});\n`;
    const own = onlyModel(await tracing.trace(source, 'digits.experiment.ts', asked));
    assert.equal(own.timeline?.batch, 16);
    assertAddsUp(own);
    const other = onlyModel(
      await tracing.trace(source, 'digits.experiment.ts', { ...asked, batchOfExperiments: true }),
    );
    assert.equal(other.timeline?.batch, 5);
    assertAddsUp(other);
  });

  it('adds up for a script with a training loop of its own', async () => {
    const source = `${head}
const w = tf.variable(tf.zeros([100, 10]));
const optimizer = tf.train.adam(0.1);
const xs = tf.ones([32, 100]);
for (let i = 0; i < 3; i++) optimizer.minimize(() => tf.matMul(xs, w).square().mean());\n`;
    const model = onlyModel(await tracing.trace(source, 'script.ts', asked));
    assertAddsUp(model);
    // Weights, inputs and the moments of Adam were there before the step, or are kept from it.
    const before = model.timeline?.atPeak.find(({ what }) => what === 'before')?.bytes ?? 0;
    assert.ok(before >= 4 * (100 * 10 + 32 * 100), `${before} bytes from before`);
  });

  function assertAddsUp({ timeline, work, peakBytes, layers }: ModelCost): void {
    assert.ok(timeline);
    assert.equal(sum(timeline.flops), allFlops(work));
    assert.equal(Math.max(...timeline.heldBytes), peakBytes);
    assert.equal(sum(timeline.atPeak.map(({ bytes }) => bytes)), peakBytes);
    assert.deepEqual(
      timeline.layers,
      layers.map(({ name }) => name),
    );
  }
});

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
