import assert from 'node:assert/strict';
import { losses, TestWorkspace, tinyExperiment } from './workspace';

describe('a learning rate that follows the step', function () {
  this.timeout(60_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const train = async (text: string) => {
    work.write('tiny.experiment.ts', text);
    const { code, stdout, stderr } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    return { code, said: stdout + stderr, losses: code === 0 ? [...losses(work.lastRun()).values()] : [] };
  };
  const optimizers: Record<string, (rate: number) => string> = {
    sgd: (rate) => `({ tf }) => tf.train.sgd(${rate})`,
    momentum: (rate) => `({ tf }) => tf.train.momentum(${rate}, 0.9)`,
    adam: (rate) => `({ tf }) => tf.train.adam(${rate})`,
    rmsprop: (rate) => `({ tf }) => tf.train.rmsprop(${rate})`,
  };
  for (const [name, optimizer] of Object.entries(optimizers))
    it(`is that of every update of ${name}, from the step on at which it changes`, async () => {
      const own = await train(tinyExperiment('', optimizer(0.0078125)));
      const change = `learningRate: ({ step }) => (step <= 40 ? 0.0078125 : 0.03125),`;
      const changed = await train(tinyExperiment(change, optimizer(0.5)));
      // Loss 41 is of the weights that update 40 left.
      assert.deepEqual(changed.losses.slice(0, 41), own.losses.slice(0, 41));
      for (const i of [41, 50, 60]) assert.notEqual(changed.losses[i], own.losses[i]);
    });

  it('knows how long the training is', async () => {
    const rate = `learningRate: ({ step, epoch, totalSteps, params }) => {
      if (totalSteps !== 64 || epoch !== Math.floor((step - 1) / 32)) throw new Error('not so: ' + totalSteps);
      return params.lr * (1 - step / totalSteps); },`;
    const { code, said } = await train(tinyExperiment(rate));
    assert.equal(code, 0, said);
  });

  it('is refused where it is none, with the step', async () => {
    const { code, said } = await train(tinyExperiment('learningRate: ({ step }) => 0.1 / (3 - step),'));
    assert.equal(code, 1);
    assert.match(said, /learningRate\(\) returned Infinity at step 3; it takes a number from 0 on\./);
  });

  it('is refused by an optimizer of the user that has none', async () => {
    const own = `({ tf }) => new (class extends tf.Optimizer {
      getClassName() { return 'Own'; } applyGradients() {} getConfig() { return {}; } })()`;
    const { code, said } = await train(tinyExperiment('learningRate: () => 0.1,', own));
    assert.equal(code, 1);
    assert.match(said, /The optimizer Own has no learning rate that could be set; leave learningRate out\./);
  });
});
