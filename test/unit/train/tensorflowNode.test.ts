import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BackendAnswer } from '../../../src/train/probe';
import { nativeModules, ownTfjsNode } from './nativePackages';
import { losses, readRun, TestWorkspace, tinyExperiment } from './workspace';

const trainer = path.resolve(__dirname, '../../../../dist/trainer.js');

/** With the real packages on a real libtensorflow, which has no CUDA. */
describe('tfjs-node and tfjs-node-gpu', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  let modules: string;
  beforeEach(function () {
    work = new TestWorkspace();
    modules = nativeModules(this);
  });
  afterEach(() => work.remove());

  /** What a trainer answers that is asked to start a backend, with `code` executed before it. */
  async function probe(name: string, code = ''): Promise<{ available: boolean; detail: string }> {
    const before = work.write('before.cjs', code);
    const args = ['--require', before, trainer, 'probe', name, work.folder];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { state, detail } = JSON.parse(stdout.slice(stdout.indexOf('{"state"'))) as BackendAnswer;
    return { available: state === 'trains', detail };
  }
  const provide = () => fs.symlinkSync(modules, path.join(work.folder, 'node_modules'));

  it('start where they are installed, and say on which TensorFlow', async () => {
    provide();
    const { available, detail } = await probe('tensorflow');
    assert.ok(available, detail);
    assert.match(detail, /^tfjs-node 4\.22\.0, TensorFlow \d+\.\d+\.\d+\S*, on the processor$/);
  });

  it('start on a Node that lacks the helpers which later versions removed', async () => {
    provide();
    const { available, detail } = await probe(
      'tensorflow',
      `const util = require('node:util'); delete util.isNullOrUndefined; delete util.isArray;`,
    );
    assert.ok(available, detail);
  });

  it('train alike: the JavaScript and the add-on of tfjs-node-gpu are those of tfjs-node', async () => {
    work.write('tiny.experiment.ts', tinyExperiment());
    const onPackage = async (name: string) => {
      const links = path.join(work.folder, 'node_modules', '@tensorflow');
      fs.rmSync(path.dirname(links), { recursive: true, force: true });
      fs.mkdirSync(links, { recursive: true });
      fs.symlinkSync(path.join(modules, '@tensorflow', name), path.join(links, 'tfjs-node'));
      const { code, stdout, stderr } = await work.run([
        'run',
        'tiny.experiment.ts',
        '--backend',
        'tensorflow',
      ]);
      assert.equal(code, 0, stdout + stderr);
      assert.equal(readRun(work.lastRun()).attempts[0]?.backend, 'tensorflow');
      return losses(work.lastRun());
    };
    const onGpuPackage = await onPackage('tfjs-node-gpu');
    assert.equal(onGpuPackage.size, 64);
    assert.deepEqual(onGpuPackage, await onPackage('tfjs-node'));
  });

  it('are refused as tensorflow-gpu where their TensorFlow has no CUDA, which is named', async () => {
    provide();
    const { available, detail } = await probe('tensorflow-gpu');
    assert.ok(!available);
    assert.match(detail, /sees no CUDA device.*libtensorflow_cc\.so\.2, is built without CUDA/);
    work.write('tiny.experiment.ts', tinyExperiment());
    const run = await work.run(['run', 'tiny.experiment.ts', '--backend', 'tensorflow-gpu']);
    assert.equal(run.code, 1);
    assert.match(run.stdout, /sees no CUDA device/);
  });

  it('say that their install step did not finish', async () => {
    fs.rmSync(path.join(ownTfjsNode(modules, work.folder), 'lib'), { recursive: true });
    const { available, detail } = await probe('tensorflow');
    assert.ok(!available);
    assert.match(detail, /native part is missing in .*tfjs-node; .*Install it again/);
  });

  it('say that the library they were built on has gone, and where it was', async () => {
    const lib = path.join(ownTfjsNode(modules, work.folder), 'deps', 'lib');
    for (const name of fs.readdirSync(lib)) {
      fs.rmSync(path.join(lib, name));
      fs.symlinkSync(`/no/such/place/${name}`, path.join(lib, name));
    }
    const gone = /could not be loaded: libtensorflow.*is not there any more\. Install again.*no\/such\/place/;
    assert.match((await probe('tensorflow')).detail, gone);
    // Electron itself is not needed to see what is said there: only its name.
    const onElectron = `Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: '34.5.1' } });`;
    assert.match((await probe('tensorflow', onElectron)).detail, /Electron's Node.*computeLens\.nodePath/);
  });
});
