import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { allFlops } from '../../../src/cost/report';
import { peakIndex, type StepTimeline } from '../../../src/cost/timeline';
import { phases } from '../../../src/cost/work';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession, type TracedStep } from './session';

type Layers = (l: Tf['layers']) => tfjs.layers.Layer[];

const mlp: Layers = (l) => [
  l.dense({ inputShape: [20], units: 300, activation: 'relu' }),
  l.dense({ units: 10 }),
];
const cnn: Layers = (l) => [
  l.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3 }),
  l.batchNormalization({}),
  l.dropout({ rate: 0.5 }),
  l.flatten(),
  l.dense({ units: 5, activation: 'softmax' }),
];
const lstm: Layers = (l) => [
  l.lstm({ inputShape: [6, 4], units: 5, recurrentInitializer: 'glorotNormal' }),
  l.dense({ units: 3 }),
];

describe('the timeline of a step', () => {
  let session: TestSession;
  before(async () => {
    session = await TestSession.start();
  });
  after(() => session.end());

  async function trace(layers: Layers, optimizer: string, batch: number): Promise<TracedStep> {
    const model = session.build((tf) => tf.sequential({ layers: layers(tf.layers) }), { optimizer });
    const { recorder } = session.session;
    recorder.followsLives = true;
    try {
      return await session.step(model, { batch });
    } finally {
      recorder.followsLives = false;
    }
  }

  for (const [name, layers] of Object.entries({ mlp, cnn, lstm }))
    for (const optimizer of ['sgd', 'adam', 'rmsprop'])
      it(`adds up to the cost and the peak of an ${name} with ${optimizer}`, async () => {
        const { timeline, work, peakBytes } = await trace(layers, optimizer, 7);
        assert.ok(timeline);
        assert.equal(sum(timeline.flops), allFlops(work));
        assert.equal(Math.max(...timeline.heldBytes), peakBytes);
        assert.equal(sum(timeline.atPeak.map(({ bytes }) => bytes)), peakBytes);
        assert.equal(timeline.batch, 7);
        // One part after the other; what is neither stands between them.
        const order = timeline.phase.map((each) => phases[each]).filter((each) => each !== 'data');
        assert.deepEqual([...new Set(order)], ['forward', 'backward', 'optimizer']);
      });

  it('names what an MLP holds at its peak', async () => {
    const { timeline } = await trace(mlp, 'sgd', 64);
    assert.ok(timeline);
    const part = (what: string, layer?: string) =>
      timeline.atPeak.find((each) => each.what === what && each.layer === layer)?.bytes;
    // 20 * 300 + 300 + 300 * 10 + 10 weights; a batch of 64 times 20 inputs and 10 labels; floats of four bytes.
    assert.equal(part('weights'), 4 * 9310);
    assert.equal(part('batch'), 4 * 64 * 30);
    // relu(x W + b) and its derivative's mask come from the hidden activations of 64 times 300.
    const [hidden = ''] = timeline.layers;
    assert.ok((part('forward', hidden) ?? 0) >= 4 * 64 * 300);
    assert.equal(phaseAtPeak(timeline), 'backward');
  });

  it('is not told where nobody asks', async () => {
    const model = session.build((tf) => tf.sequential({ layers: mlp(tf.layers) }), {});
    assert.equal((await session.step(model)).timeline, undefined);
  });
});

function phaseAtPeak(timeline: StepTimeline): string | undefined {
  return phases[timeline.phase[peakIndex(timeline)] ?? 0];
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}
