import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { MaskReader, unpackMask } from '../../../src/runs/masks';
import { eventsOf, finished, losses, readRun, TestWorkspace, tinyExperiment, until } from './workspace';

/** Holds the loop back through `stopWhen`, so that a test can act in the middle. It changes no number. */
const slowly = `stopWhen: ({ step }) => { if (process.env.SLOW && step > 24) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150); return false; },`;

describe('a sparse experiment', function () {
  this.timeout(180_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const experiment = (sparsity: string, extra = '') =>
    tinyExperiment(`sparsity: ${sparsity}, ${extra}`).replace(
      'import { defineExperiment, glyphs }',
      'import { defineExperiment, glyphs, gradualMagnitude, lotteryTicket, nm, rigl, set, snfs, staticSparse }',
    );

  it('records masks, and counts FLOPs in both ways', async () => {
    work.write('tiny.experiment.ts', experiment(`rigl({ sparsity: 0.9, updateEvery: 10 })`));
    const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.equal(code, 0, stdout);
    const run = work.lastRun();
    // 64 steps, three quarters are 48: updates at 10, 20, 30 and 40.
    const events = eventsOf(run, 'masks');
    assert.deepEqual(
      events.map(({ step, updates }) => [step, updates]),
      [0, 1, 2, 3, 4].map((i) => [10 * i, i]),
    );
    const { result } = readRun(run);
    const { sparsity } = result ?? {};
    assert.ok(sparsity);
    assert.ok(Math.abs(sparsity.density - 0.1) < 1e-3);
    const [first, second] = sparsity.weights;
    assert.equal((first?.size ?? 0) + (second?.size ?? 0), 784 * 16 + 160);
    // By hand: 60 sparse steps of 3 f_S and 4 of 2 f_S + f_D, 32 examples each.
    const active = (first?.active ?? 0) + (second?.active ?? 0);
    assert.equal(sparsity.forwardFlops, 2 * active);
    const dense = 2 * (784 * 16 + 160);
    assert.equal(sparsity.trainingFlops, 32 * (60 * 3 * 2 * active + 4 * (2 * 2 * active + dense)));
    assert.equal(sparsity.denseTrainingFlops, 32 * 64 * 3 * dense);
    assert.match(stdout, /counted \(accounting of the paper\)/);
    assert.match(stdout, /counted \(kernels executed\)/);
    const exported = await work.run(['export', 'last', '--sparse', 'model']);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stdout, /are zero and take one bit/);
    assert.ok(fs.statSync(path.join(work.folder, 'model/weights.bin')).size < 4 * 12_794 * 0.2);
    assert.equal((await work.run(['export', 'last'])).code, 2);
    const reader = new MaskReader(run);
    await reader.poll();
    assert.deepEqual(
      reader.frames.map(({ step }) => step),
      [0, 10, 20, 30, 40],
    );
    assert.equal([...unpackMask(await reader.mask(4, 0), 784 * 16)].filter(Boolean).length, first?.active);
  });

  it("trains with a step of the user's own, and draws the pixels of the first layer", async () => {
    const step = `step: ({ tf, batch, model }) => tf.losses.softmaxCrossEntropy(batch.ys, model.apply(batch.xs)).asScalar(),`;
    const image = experiment(`set({ sparsity: 0.8, updateEvery: 10 })`, `${step} epochs: 1,`)
      .replace(`shape: 'flat'`, '')
      .replace('tf.layers.dense({ inputShape,', 'tf.layers.flatten({ inputShape }), tf.layers.dense({');
    work.write('tiny.experiment.ts', image);
    const { code, stdout, stderr } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.equal(code, 0, stdout + stderr);
    const run = work.lastRun();
    assert.deepEqual(
      eventsOf(run, 'masks').map(({ step }) => step),
      [0, 10, 20],
    );
    const reader = new MaskReader(run);
    await reader.poll();
    assert.deepEqual(reader.frames[0]?.weights[0]?.image, [28, 28, 1]);
    assert.equal(reader.frames[0]?.weights[0]?.site?.file, path.join(work.folder, 'tiny.experiment.ts'));
  });

  it('says what is wrong with a sparsity', async () => {
    const run = async (sparsity: string) => {
      work.write('tiny.experiment.ts', experiment(sparsity));
      const { code, stdout, stderr } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'cpu']);
      assert.equal(code, 1);
      return stdout + stderr;
    };
    assert.match(
      await run(`rigl({ sparsity: 1.5 })`),
      /rigl: sparsity is 1.5; it takes a number from 0 to below 1/,
    );
    assert.match(await run(`0.9`), /sparsity must be what rigl\(\), staticSparse\(\)/);
    assert.match(
      await run(`rigl({ sparsity: 0.5, keepDense: ['conv*'] })`),
      /"conv\*" is the name of no layer or weight; there are dense_/,
    );
    assert.match(
      await run(`lotteryTicket({ sparsity: 0.99, rewindTo: 20 })`),
      /lotteryTicket: 21 rounds in 64 steps are 3 steps each/,
    );
  });

  const methods = {
    rigl: `rigl({ sparsity: 0.9, updateEvery: 6, averageGradients: 3 })`,
    set: `set({ sparsity: 0.8, updateEvery: 7 })`,
    snfs: `snfs({ sparsity: 0.9, updateEvery: 7 })`,
    gradualMagnitude: `gradualMagnitude({ sparsity: 0.9, updateEvery: 5 })`,
    lotteryTicket: `lotteryTicket({ sparsity: 0.6, pruneShare: 0.4, rewindTo: 5 })`,
    nm: `nm({ n: 2, m: 4 })`,
  };
  for (const [name, sparsity] of Object.entries(methods))
    it(`resumes bit-identically with ${name}, after a stop and after a kill`, async () => {
      work.write('tiny.experiment.ts', experiment(sparsity));
      const reference = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
      assert.equal(reference.code, 0, reference.stdout + reference.stderr);
      const whole = losses(work.lastRun());
      const report = readRun(work.lastRun()).result?.sparsity;
      const told = eventsOf(work.lastRun(), 'masks').map(({ step, weights }) => ({ step, weights }));
      for (const how of ['stop', 'kill'] as const) {
        work.write('tiny.experiment.ts', experiment(sparsity, `checkpointEvery: 8, ${slowly}`));
        const runs = work.runs().length;
        const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], { SLOW: '1' });
        await until(
          () => work.runs().length > runs && eventsOf(work.lastRun(), 'step').length > 28,
          'step 28',
        );
        const run = work.lastRun();
        const id = path.basename(run);
        if (how === 'stop') await work.run(['stop', id]);
        else process.kill(readRun(run).attempts[0]?.pid ?? 0, 'SIGKILL');
        await finished(child);
        const resumed = await work.run(['run', '--resume', id]);
        assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
        assert.deepEqual(losses(run), whole, how);
        assert.deepEqual(readRun(run).result?.sparsity, report, how);
        const last = new Map(eventsOf(run, 'masks').map(({ step, weights }) => [step, weights]));
        for (const { step, weights } of told)
          assert.deepEqual(last.get(step), weights, `${how}, step ${step}`);
      }
    });
});
