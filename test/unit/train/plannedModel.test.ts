import assert from 'node:assert/strict';
import { noteLibrary } from '../../../src/train/libraryModel';
import { planModels } from '../../../src/train/plannedModel';
import type { Tf } from '../../../src/train/tfInstance';
import { loadWithOwnKernels } from '../kernels/ownKernels';

type Planner = InstanceType<Tf['StepPlanner']>;
type Layer = ReturnType<Tf['layers']['dense']>;

const steps = 6;

describe('steps of models', () => {
  const loaded = loadWithOwnKernels();
  const planners: Planner[] = [];
  /** The same TensorFlow.js, whose planners can be asked what they did. */
  const tf = {
    ...loaded,
    StepPlanner: class extends loaded.StepPlanner {
      constructor(of: object) {
        super(of);
        planners.push(this);
      }
    },
  };
  const models = tf.LayersModel.prototype as unknown as Record<string, unknown>;
  const { makeTrainFunction, dispose } = models;

  before(async () => {
    await tf.setBackend('wasm');
    noteLibrary(tf);
    planModels(tf);
  });
  after(async () => {
    Object.assign(models, { makeTrainFunction, dispose });
    await tf.setBackend('cpu');
  });
  beforeEach(() => (planners.length = 0));

  /** Steps that plans did, of six; undefined where there is no planner. */
  async function replays(layers: unknown[], optimizer: unknown) {
    const model = tf.sequential({ layers: layers as Layer[] });
    model.compile({ optimizer: optimizer as 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [tf.randomNormal([2, 6, 4]), tf.ones([2, 1])];
    for (let step = 0; step < steps; step++) await model.trainOnBatch(x, y);
    const [planner] = planners;
    const made = planner?.replays;
    tf.dispose([x, y]);
    model.dispose();
    return made;
  }
  const dense = () => [
    tf.layers.flatten({ inputShape: [6, 4] }),
    tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
  ];

  for (const name of ['sgd', 'rmsprop', 'adam', 'adamax', 'adagrad', 'adadelta'])
    it(`are done by plans from the third on, with the optimizer ${name}`, async () => {
      assert.equal(await replays(dense(), name), steps - 2);
    });

  const shapes: Record<string, () => unknown[]> = {
    'noise and dropout': () => [
      tf.layers.gaussianNoise({ inputShape: [6, 4], stddev: 0.1 }),
      tf.layers.gaussianDropout({ rate: 0.2 }),
      tf.layers.alphaDropout({ rate: 0.2 }),
      ...dense(),
    ],
    'dropout inside of an lstm': () => [
      tf.layers.lstm({ inputShape: [6, 4], units: 3, dropout: 0.2, recurrentDropout: 0.2 }),
      tf.layers.dense({ units: 1 }),
    ],
    'dropout inside of a gru in two directions': () => [
      tf.layers.bidirectional({
        inputShape: [6, 4],
        layer: tf.layers.gru({ units: 3, dropout: 0.2 }),
        mergeMode: 'concat',
      }),
      tf.layers.dense({ units: 1 }),
    ],
    resizing: () => [
      tf.layers.reshape({ inputShape: [6, 4], targetShape: [6, 4, 1] }),
      tf.layers.conv2d({ filters: 2, kernelSize: 2 }),
      tf.layers.upSampling2d({ size: [2, 2] }),
      tf.layers.resizing({ height: 3, width: 3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 1 }),
    ],
  };
  for (const [name, layers] of Object.entries(shapes))
    it(`are done by plans from the third on, with ${name}`, async () => {
      assert.equal(await replays(layers(), 'sgd'), steps - 2);
    });

  it("are done as they come with an optimizer of the user's own", async () => {
    class Own extends tf.SGDOptimizer {}
    assert.equal(await replays(dense(), new Own(0.1)), undefined);
  });
});
