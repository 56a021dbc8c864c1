import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cli, finished, TestWorkspace, tinyExperiment } from '../train/workspace';

describe('a budget that a training is expected to spend', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  before(() => {
    work = new TestWorkspace();
    work.write('small.experiment.ts', tinyExperiment('budget: { flops: 1e6 },'));
    work.write(
      'large.experiment.ts',
      tinyExperiment('budget: { flops: 1e12 }, stopWhen: ({ step }) => step === 2,'),
    );
  });
  after(() => work.remove());

  /** At a terminal: what a person types, and what is printed. */
  async function atTerminal(typed: string, ...options: string[]) {
    const command = `"${process.execPath}" "${cli}" run small.experiment.ts --backend cpu ${options.join(' ')}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: work.folder, stdio: 'pipe' });
    child.stdin.on('error', () => undefined);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (/anyway\? \[y\/N\]/.test((said += chunk.toString()))) child.stdin.end(`${typed}\n`);
    });
    const { code, stdout } = await finished(child);
    return { code, stdout, asked: said.includes('Start it anyway?') };
  }
  const isLinux = process.platform === 'linux';

  it('is said before the run begins, which a script goes on with', async () => {
    const { code, stderr } = await work.run(['run', 'small.experiment.ts', '--backend', 'cpu']);
    assert.match(
      stderr,
      /^Warning: Training takes .* MFLOPs \(counted\), and the budget is 1 MFLOPs: the run will stop/,
    );
    assert.equal(code, 3, 'stopped by its budget');
  });

  it('is not spoken of where it will do', async () => {
    const { code, stderr } = await work.run(['run', 'large.experiment.ts', '--backend', 'cpu']);
    assert.equal(stderr, '');
    assert.equal(code, 0);
  });

  it('counts with the parameters and the limits that are given at the start', async () => {
    const { stderr } = await work.run([
      ...['run', 'large.experiment.ts', '--backend', 'cpu', '--budget', 'flops=1e6', '--set', 'lr=0.1'],
    ]);
    assert.match(stderr, /the budget is 1 MFLOPs/);
  });

  (isLinux ? it : it.skip)('is asked about at a terminal: no starts nothing', async () => {
    const before = work.runs().length;
    const { code, asked } = await atTerminal('n');
    assert.ok(asked);
    assert.equal(code, 3);
    assert.equal(work.runs().length, before);
  });

  (isLinux ? it : it.skip)(
    'is asked about at a terminal: yes starts the run, and --yes is not asked',
    async () => {
      const before = work.runs().length;
      const { asked, stdout } = await atTerminal('y');
      assert.ok(asked, stdout);
      assert.equal(work.runs().length, before + 1);
      assert.ok(!(await atTerminal('', '--yes')).asked);
      assert.equal(work.runs().length, before + 2);
    },
  );
});
