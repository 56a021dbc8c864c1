import assert from 'node:assert/strict';
import { eventsOf, readRun, TestWorkspace } from './workspace';

const experiment = (layers: string) => `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  data: glyphs({ train: 32, test: 16 }),
  model({ tf }) {
    class Ranked extends tf.layers.Layer {
      static className = 'Ranked';
      computeOutputShape(shape) { return [shape[0], 5]; }
      call(inputs) { return tf.topk([inputs].flat()[0], 5).values; }
    }
    return tf.sequential({ layers: [
${layers}
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ] });
  },
  loss: 'categoricalCrossentropy',
  batchSize: 16,
});
`;

describe('what cannot be trained', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const refusals = [
    {
      what: 'a transposed convolution with dilation',
      layers: `      tf.layers.conv2dTranspose({ inputShape: [28, 28, 1], filters: 2, kernelSize: 3, dilationRate: 2, name: 'up' }),
      tf.layers.flatten(),`,
      message:
        /Layer "up" \(Conv2DTranspose\) cannot be trained: TensorFlow\.js ignores its dilationRate.*Leave/,
      line: 11,
    },
    {
      what: 'whole numbers that are counted behind weights',
      layers: `      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      tf.layers.dense({ units: 3 }),
      tf.layers.categoryEncoding({ numTokens: 5, name: 'counts' }),`,
      message: /Layer "counts" \(CategoryEncoding\) cannot be trained: it counts whole numbers.*first layer/,
      line: 13,
    },
    {
      what: 'what the user computes without a gradient',
      layers: `      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      tf.layers.dense({ units: 8 }),
      new Ranked({ name: 'best' }),`,
      message: /Layer "best" \(Ranked\) computes TopK, of which TensorFlow\.js has no gradient.*customGrad/,
      line: 13,
    },
  ];
  for (const { what, layers, message, line } of refusals)
    it(`is refused before training, with the layer, its line and what to do: ${what}`, async () => {
      work.write('refused.experiment.js', experiment(layers));
      const { code, stdout } = await work.run(['run', 'refused.experiment.js', '--backend', 'cpu']);
      assert.equal(code, 1, stdout);
      const { error } = readRun(work.lastRun()).attempts[0] ?? {};
      assert.match(error?.message ?? '', message);
      assert.match(error?.file ?? '', /refused\.experiment\.js$/);
      assert.equal(error?.line, line);
      assert.equal(eventsOf(work.lastRun(), 'step').length, 0);
    });

  it('is refused in scripts, too', async () => {
    work.write(
      'refused.js',
      `import * as tf from '@tensorflow/tfjs';
const model = tf.sequential();
model.add(tf.layers.conv2dTranspose({ inputShape: [4, 4, 1], filters: 2, kernelSize: 3, dilationRate: 2 }));
model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
await model.fit(tf.zeros([2, 4, 4, 1]), tf.zeros([2, 6, 6, 2]));
`,
    );
    const { code, stdout } = await work.run(['run', 'refused.js', '--backend', 'cpu']);
    assert.equal(code, 1, stdout);
    const { error } = readRun(work.lastRun()).attempts[0] ?? {};
    assert.match(error?.message ?? '', /\(Conv2DTranspose\) cannot be trained/);
    assert.equal(error?.line, 3);
    assert.equal(eventsOf(work.lastRun(), 'step').length, 0);
  });
});
