import assert from 'node:assert/strict';
import fs from 'node:fs';
import { TestWorkspace } from '../train/workspace';

describe('the command line', function () {
  this.timeout(30_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const wrong: [readonly string[], RegExp][] = [
    [['run'], /which file/],
    [['run', 'absent.ts'], /absent\.ts does not exist/],
    [['run', 'notes.txt'], /notes\.txt is no TypeScript or JavaScript file/],
    [['run', 'folder.ts'], /folder\.ts is no TypeScript or JavaScript file/],
    [['run', 'a.experiment.ts', '--set', 'lr'], /--set takes name=value/],
    [['run', 'plain.ts', '--set', 'lr=1'], /--set works with experiment files/],
    [['run', 'a.experiment.ts', '--backend', 'gpu'], /Allowed choices are auto, tensorflow-gpu/],
    [['run', 'a.experiment.ts', '--seed', '1.5'], /seed is a whole number/],
    [['run', '--resume', 'last', '--set', 'lr=1'], /keeps its parameters and seed/],
    [['train'], /unknown command 'train'/],
  ];
  for (const [args, message] of wrong)
    it(`says what is wrong with "${args.join(' ')}", exits with 2, and leaves nothing behind`, async () => {
      work.write('notes.txt', 'notes');
      work.write('a.experiment.ts', '');
      work.write('plain.ts', '');
      fs.mkdirSync(`${work.folder}/folder.ts`);
      const { code, stderr } = await work.run(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.deepEqual(work.runs(), []);
    });

  it('says what there is to do where there are no runs, and that there is no such run', async () => {
    const list = await work.run(['list']);
    assert.equal(list.code, 0);
    assert.match(list.stdout, /No runs yet.*compute-lens run/);
    assert.equal((await work.run(['list', '--json'])).stdout, '[]\n');
    for (const verb of ['show', 'stop']) {
      const { code, stderr } = await work.run([verb, 'last']);
      assert.equal(code, 1);
      assert.match(stderr, /There are no runs/);
    }
  });
});
