import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { eventsOf, finished, losses, readRun, TestWorkspace, tinyExperiment, until } from './workspace';

/** Stops a run in the middle, resumes it, and compares every loss with a run that was never stopped. */
describe('stop and resume', function () {
  this.timeout(180_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const optimizers = {
    sgd: `'sgd'`,
    momentum: `({ tf }) => tf.train.momentum(0.01, 0.9)`,
    adam: `({ tf, params }) => tf.train.adam(params.lr)`,
    adamax: `'adamax'`,
    rmsprop: `({ tf }) => tf.train.rmsprop(1e-3, 0.9, 0.5, 1e-7, true)`,
    adagrad: `'adagrad'`,
    adadelta: `'adadelta'`,
  };
  for (const [name, optimizer] of Object.entries(optimizers))
    it(`is bit-identical with ${name}: weights, slots, data position and dropout`, async () => {
      const whole = await reference(work, tinyExperiment('', optimizer));
      // The same file, asked to stop by the product's own control in the middle of the second epoch.
      work.write('tiny.experiment.ts', tinyExperiment(slowly, optimizer));
      const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], { SLOW: '1' });
      await until(() => work.runs().length > 1 && eventsOf(work.lastRun(), 'step').length > 36, 'step 36');
      const id = path.basename(work.lastRun());
      await work.run(['stop', id]);
      assert.equal((await finished(child)).code, 3);
      const stoppedAt = eventsOf(work.lastRun(), 'step').length;
      assert.ok(stoppedAt > 32 && stoppedAt < 64, `stopped at step ${stoppedAt}`);
      const resumed = await work.run(['run', '--resume', id]);
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
      assert.deepEqual(losses(work.lastRun()), whole);
      assert.equal(eventsOf(work.lastRun(), 'start').at(-1)?.fromStep, stoppedAt + 1);
    });

  it('continues a trainer that was killed, as a new attempt, from its last checkpoint', async () => {
    const whole = await reference(work, tinyExperiment('checkpointEvery: 10,'));
    work.write('tiny.experiment.ts', tinyExperiment(`checkpointEvery: 10, ${slowly}`));
    const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], { SLOW: '1' });
    await until(
      () => work.runs().length > 1 && eventsOf(work.lastRun(), 'checkpoint').length > 2,
      'a third checkpoint',
    );
    const run = work.lastRun();
    await until(() => eventsOf(run, 'step').length > 34, 'step 34');
    process.kill(readRun(run).attempts[0]?.pid ?? 0, 'SIGKILL');
    const ended = await finished(child);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /SIGKILL/);
    const recorded = losses(run);
    const listed = await work.run(['list']);
    assert.match(listed.stdout, /crashed/);
    const resumed = await work.run(['run', '--resume', path.basename(run)]);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.equal(readRun(run).attempts.length, 2);
    assert.equal((eventsOf(run, 'start').at(-1)?.fromStep ?? 0) % 10, 1);
    for (const [step, loss] of recorded) assert.equal(loss, whole.get(step), `step ${step} before the kill`);
    assert.deepEqual(losses(run), whole);
  });

  it('passes over a damaged checkpoint and says so', async () => {
    work.write('tiny.experiment.ts', tinyExperiment(`checkpointEvery: 8, ${slowly}`));
    const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], { SLOW: '1' });
    await until(
      () => work.runs().length > 0 && eventsOf(work.lastRun(), 'checkpoint').length > 2,
      'three checkpoints',
    );
    const run = work.lastRun();
    await work.run(['stop', path.basename(run)]);
    await finished(child);
    const newest = fs.readdirSync(path.join(run, 'checkpoints')).sort().at(-1) ?? '';
    const file = path.join(run, 'checkpoints', newest, 'weights.bin');
    const bytes = fs.readFileSync(file);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    fs.writeFileSync(file, bytes);
    const resumed = await work.run(['run', '--resume', path.basename(run)]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stdout, new RegExp(`${newest} is damaged.*weights.bin does not match its checksum`));
  });

  it('refuses what cannot be resumed', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: () => true,'));
    await work.run(['run', 'tiny.experiment.ts', '--backend', 'cpu']);
    const finishedRun = await work.run(['run', '--resume', 'last']);
    assert.equal(finishedRun.code, 1);
    assert.match(finishedRun.stderr, /is finished; there is nothing left to train/);
    const unknown = await work.run(['run', '--resume', 'nonesuch']);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /nonesuch/);
  });
});

/** Holds the loop back through `stopWhen`, so that a test can act in the middle. It changes no number. */
const slowly = `stopWhen: () => { if (process.env.SLOW) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40); return false; },`;

async function reference(work: TestWorkspace, text: string): Promise<Map<number, number>> {
  work.write('tiny.experiment.ts', text);
  const { code, stdout, stderr } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
  assert.equal(code, 0, stdout + stderr);
  return losses(work.lastRun());
}
