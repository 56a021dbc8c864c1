import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { PeakSubject } from '../../../src/train/peakStore';
import {
  recallSparseProfile,
  rememberSparseProfile,
  sparseProfileForRun,
} from '../../../src/train/sparseProfileStore';
import type { Tf } from '../../../src/train/tfInstance';
import { alive, loadWithOwnKernels } from '../kernels/ownKernels';
import { always } from '../kernels/sparseProfiles';
import { freshFolder } from '../runs/runFolder';
import { finished, losses, eventsOf, readRun, TestWorkspace, tinyExperiment, until } from './workspace';

const backend = { name: 'wasm', detail: 'TensorFlow.js, WebAssembly' } as const;

describe('the profile by which kernels of a sparse run are chosen', function () {
  this.timeout(120_000);
  const folder = freshFolder();
  const { COMPUTE_LENS_CACHE: earlier } = process.env;
  let tf: Tf;
  before(async () => {
    tf = loadWithOwnKernels();
    await tf.setBackend('wasm');
  });
  beforeEach(() => {
    process.env.COMPUTE_LENS_CACHE = path.join(folder(), 'cache');
  });
  after(() => {
    tf.setSparseProfile(undefined);
    if (earlier === undefined) delete process.env.COMPUTE_LENS_CACHE;
    else process.env.COMPUTE_LENS_CACHE = earlier;
  });
  const files = () => {
    const cache = path.join(folder(), 'cache', 'sparse');
    return fs.existsSync(cache) ? fs.readdirSync(cache).map((name) => path.join(cache, name)) : [];
  };
  const forRun = () => sparseProfileForRun(tf, backend, (message) => assert.fail(message));

  it('is measured once, and kept: a broken file is measured anew', async () => {
    const before_ = alive(tf);
    const first = await forRun();
    assert.deepEqual(alive(tf), before_);
    const [file, ...others] = files();
    assert.ok(file && others.length === 0);
    assert.deepEqual(await forRun(), first);
    for (const broken of [
      '{',
      '{"profile":{}}',
      JSON.stringify({ profile: { ...first, matrix: undefined } }),
    ]) {
      fs.writeFileSync(file, broken);
      tf.setSparseProfile(await forRun());
      assert.deepEqual(await forRun(), tf.getSparseProfile(), broken);
    }
  });

  it('is of one machine, number of threads and build of the kernels', async () => {
    const subject: PeakSubject = {
      ...{ host: 'here', cpu: 'some', cores: 2, backend: 'wasm', detail: 'x', threads: 2 },
      ...{ node: '24.0.0', version: '0.1.0', build: 'a1' },
    };
    await rememberSparseProfile(subject, always('lists'));
    assert.deepEqual(await recallSparseProfile(subject), always('lists'));
    for (const other of [{ host: 'there' }, { threads: 1 }, { build: 'b2' }, { cpu: 'other' }])
      assert.equal(await recallSparseProfile({ ...subject, ...other }), undefined, JSON.stringify(other));
  });

  it('is the usual one, with a word of warning, where what was measured is not to be believed', async () => {
    const now = performance.now.bind(performance);
    let time = 0;
    // A clock as it looks to who is interrupted all the time.
    performance.now = () => (time += (time * 7919) % 13 < 6 ? 0.01 : 40 + ((time * 31) % 17));
    const said: string[] = [];
    try {
      assert.throws(() => tf.measureSparseProfile(), /do not follow from what is done.*too busy/);
      const profile = await sparseProfileForRun(tf, backend, (message) => said.push(message));
      tf.setSparseProfile(undefined);
      assert.deepEqual(profile, tf.getSparseProfile());
    } finally {
      performance.now = now;
    }
    assert.match(said.join(), /costs of a usual machine in this run: measureSparseProfile/);
    assert.deepEqual(files(), []);
  });

  it('gives the names that variables have no other turn', () => {
    const name = () => {
      const made = tf.variable(tf.scalar(0));
      made.dispose();
      return Number(made.name);
    };
    const first = name();
    tf.measureSparseProfile();
    assert.equal(name(), first + 1);
  });

  describe('in a run', () => {
    let work: TestWorkspace;
    beforeEach(() => (work = new TestWorkspace()));
    afterEach(() => work.remove());
    const slowly = `stopWhen: () => { if (process.env.SLOW) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40); return false; },`;
    const write = (extra = '') =>
      work.write(
        'tiny.experiment.ts',
        tinyExperiment(`sparsity: rigl({ sparsity: 0.5, updateEvery: 10 }), ${extra}`).replace(
          '{ defineExperiment,',
          '{ defineExperiment, rigl,',
        ),
      );
    const run = async (cache: string, args = ['run', 'tiny.experiment.ts', '--backend', 'wasm']) => {
      const { code, stdout, stderr } = await work.run(args, { COMPUTE_LENS_CACHE: cache });
      assert.equal(code, 0, stdout + stderr);
      return work.lastRun();
    };
    /** What another machine with the same processor would have found. */
    const become = (cache: string, profile: ReturnType<typeof always>) => {
      for (const name of fs.readdirSync(path.join(cache, 'sparse'))) {
        const file = path.join(cache, 'sparse', name);
        const content = JSON.parse(fs.readFileSync(file, 'utf8')) as object;
        fs.writeFileSync(file, JSON.stringify({ ...content, profile }));
      }
    };

    it('is recorded, and resumed with on a machine that measured another', async () => {
      write();
      const [here, there] = [path.join(work.folder, 'here'), path.join(work.folder, 'there')];
      const whole = await run(here);
      assert.ok(readRun(whole).sparseProfile);
      fs.cpSync(here, there, { recursive: true });
      become(here, always('lists'));
      become(there, always('dense'));
      const lists = losses(await run(here));
      assert.deepEqual(readRun(work.lastRun()).sparseProfile, always('lists'));
      assert.deepEqual(losses(await run(here)), lists, 'the same seed with the same profile');
      assert.notDeepEqual(losses(await run(there)), lists, 'another profile');

      write(`checkpointEvery: 8, ${slowly}`);
      const runs = work.runs().length;
      const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], {
        SLOW: '1',
        COMPUTE_LENS_CACHE: here,
      });
      await until(() => work.runs().length > runs && eventsOf(work.lastRun(), 'step').length > 28, 'step 28');
      const id = path.basename(work.lastRun());
      await work.run(['stop', id]);
      await finished(child);
      const resumed = await run(there, ['run', '--resume', id]);
      assert.deepEqual(losses(resumed), lists);
      assert.equal(readRun(resumed).attempts.length, 2);
      assert.deepEqual(readRun(resumed).sparseProfile, always('lists'));
    });
  });
});
