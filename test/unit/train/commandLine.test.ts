import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parseAssignments } from '../../../src/terminal/runCommand';
import { commandLine } from '../../../src/train/commandLine';
import { attemptOf, recordOf } from '../runs/runFolder';

describe('the command line of a run', () => {
  const record = recordOf({
    workspace: '/home/me/Ünïcode räume 实验',
    file: "it's/a net.experiment.ts",
    params: { lr: 3e-4, label: 'a "b" $HOME `c`' },
    seed: 7,
    budget: { minutes: 30 },
    attempts: [attemptOf({ backend: 'wasm' })],
  });

  it('reaches a program as it is meant, whatever is in paths and values', function () {
    if (process.platform === 'win32') return this.skip();
    const line = commandLine(record, '/opt/lens/dist/cli.js').replace(/^node \S+/, "printf '%s\\n'");
    const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'run',
      "/home/me/Ünïcode räume 实验/it's/a net.experiment.ts",
      ...['--set', 'lr=0.0003', '--set', 'label=a "b" $HOME `c`'],
      ...['--seed', '7', '--backend', 'wasm', '--budget', 'minutes=30'],
      ...['--workspace', '/home/me/Ünïcode räume 实验'],
    ]);
    assert.equal(parseAssignments(['label=a "b" $HOME `c`']).label, record.params.label);
  });

  it('quotes for the shells of Windows there', () => {
    const line = commandLine(recordOf({ workspace: '/a b' }), 'C:/x y/cli.js', 'win32');
    assert.match(line, /^node "C:\/x y\/cli\.js" run "[^"]+mlp\.experiment\.ts"/);
  });

  it('sets nothing of a script, which has no parameters', () => {
    assert.doesNotMatch(commandLine(recordOf({ kind: 'script' }), '/cli.js'), /--set/);
  });
});
