import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventsOf, readRun, TestWorkspace, tinyExperiment } from './workspace';

describe('errors in what the user wrote', function () {
  this.timeout(60_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  async function errorOf(name: string, text: string) {
    const file = work.write(name, text);
    const { code, stdout } = await work.run(['run', name, '--backend', 'cpu']);
    assert.equal(code, 1, stdout);
    const error = readRun(work.lastRun()).attempts.at(-1)?.error;
    assert.ok(error, 'no error was recorded');
    return { ...error, stdout, own: error.file === file };
  }

  it('names file and line of a syntax error', async () => {
    const error = await errorOf('bad.experiment.ts', 'const a = 1;\nconst b = ;\n');
    assert.ok(error.own);
    assert.equal(error.line, 2);
    assert.match(error.message, /Unexpected ";"/);
  });

  it("names file and line of the user's TypeScript, not of what it was compiled to", async () => {
    const text = `import { defineExperiment, glyphs } from 'compute-lens';
interface Unused { a: string; b: number }
type Also<T> = { [K in keyof T]: T[K] };

export default defineExperiment({
  data: glyphs({ train: 64, test: 16 }),
  model: ({ tf }) => {
    const nothing = undefined as unknown as { units: number };
    return tf.sequential({ layers: [tf.layers.dense({ units: nothing.units, inputShape: [3] })] });
  },
  loss: 'meanSquaredError',
});
`;
    const error = await errorOf('line.experiment.ts', text);
    assert.ok(error.own, error.file);
    assert.equal(error.line, 9);
    assert.match(error.message, /TypeError.*units/);
    assert.match(error.stdout, /line\.experiment\.ts:9/);
  });

  it('names the line of a field that is wrong, and not of others that are called so', async () => {
    const text = tinyExperiment(`// sparsity: none
  stopWhen: () => ({ sparsity: 1, batchSize: ', batchSize: 3' }).sparsity === 2,
  sparsity: rigl({ sparsity: 0.9, keepDense: ['nope'] }),`).replace('glyphs }', 'glyphs, rigl }');
    const error = await errorOf('sparse.experiment.ts', text);
    assert.ok(error.own, error.file);
    assert.match(error.message, /"nope" is the name of no layer/);
    const line = text.split('\n').findIndex((each) => each.includes("'nope'")) + 1;
    assert.deepEqual([error.line, error.column], [line, 3]);
    const batch = await errorOf(
      'batch.experiment.ts',
      tinyExperiment().replace('batchSize: 32', 'batchSize: () => -3'),
    );
    assert.match(batch.message, /batchSize must be a whole number/);
    assert.equal(
      batch.line,
      tinyExperiment()
        .split('\n')
        .findIndex((each) => each.includes('batchSize')) + 1,
    );
  });

  it('names the line in a file that the experiment imports', async () => {
    const helper = work.write(
      'lib/net.ts',
      `export function net(): never {\n  throw new Error('no network yet');\n}\n`,
    );
    const error = await errorOf(
      'far.experiment.ts',
      `import { net } from './lib/net';\n${tinyExperiment().replace('loss:', 'stopWhen: () => net(), loss:')}`,
    );
    assert.equal(error.file, helper);
    assert.equal(error.line, 2);
    assert.equal(error.message, 'no network yet');
  });

  it('says what is missing or misspelt in a definition', async () => {
    const cases: [string, RegExp][] = [
      [tinyExperiment('learningrate: 3,'), /"learningrate" is not a field of an experiment/],
      [tinyExperiment().replace(/loss:.*\n/, ''), /"loss" is missing/],
      [tinyExperiment().replace('batchSize: 32', 'batchSize: 0'), /batchSize must be a whole number above 0/],
      [tinyExperiment('evaluateEvery: "often",'), /evaluateEvery must be 'epoch' or a whole number/],
      [tinyExperiment('', `'adm'`), /optimizer "adm" is unknown.*adam/],
      ['export default { name: "x" };', /defineExperiment/],
      ['export const a = 1;', /no default export/],
    ];
    for (const [text, expected] of cases)
      assert.match((await errorOf('d.experiment.ts', text)).message, expected);
  });

  it('names a package that is not there', async () => {
    const error = await errorOf('p.experiment.ts', `import 'no-such-package-here';\n${tinyExperiment()}`);
    assert.match(error.message, /no-such-package-here/);
  });

  it('names the data file that is wrong', async () => {
    work.write('data/train-images-idx3-ubyte', 'not an IDX file');
    const error = await errorOf(
      'i.experiment.ts',
      tinyExperiment()
        .replace(/glyphs\(.*\)/, `idx('data')`)
        .replace('glyphs }', 'idx }'),
    );
    assert.match(error.message, /train-images-idx3-ubyte/);
  });
});

describe('a run folder that cannot be written', function () {
  this.timeout(60_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => {
    fs.chmodSync(work.folder, 0o755);
    work.remove();
  });

  it('ends the run cleanly, with a clear error, when the disk is full', async function () {
    if (process.platform !== 'linux') this.skip(); // /dev/full is Linux's full disk
    const link = `import fs from 'node:fs'; import path from 'node:path';
      const runs = '.compute-lens/runs'; const run = path.join(runs, fs.readdirSync(runs)[0]);
      let filled = false;
      function fill() { if (!filled) { filled = true; fs.rmSync(path.join(run, 'events.jsonl'), { force: true }); fs.symlinkSync('/dev/full', path.join(run, 'events.jsonl')); } return false; }
      fill();\n`;
    work.write('full.experiment.ts', link + tinyExperiment().replace('epochs: 2', 'epochs: 500'));
    const { code, stderr } = await work.run(['run', 'full.experiment.ts', '--backend', 'cpu']);
    assert.equal(code, 5, stderr);
    assert.match(stderr, /disk is full/);
    assert.match(stderr, /events\.jsonl/);
  });

  it('still says how it ended on a disk without a byte left, and resumes once there is room', async function () {
    const disk = path.join(work.folder, 'disk');
    fs.mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
    if (mounted.status !== 0) {
      console.log('      NOT RUN: a small disk can be mounted by root on Linux only, where that is allowed');
      this.skip();
    }
    try {
      const fill = `import fs from 'node:fs';
        function fill() { const file = fs.openSync('filler', 'a');
          try { for (;;) fs.writeSync(file, Buffer.alloc(4096)); } catch {} return false; }\n`;
      work.write('disk/.vscode/settings.json', '{}');
      work.write(
        'disk/full.experiment.ts',
        fill + tinyExperiment('stopWhen: ({ step }) => step === 40 && fill(), checkpointEvery: 16,'),
      );
      const { code, stderr } = await work.run(['run', 'disk/full.experiment.ts', '--backend', 'cpu']);
      assert.equal(code, 5, stderr);
      assert.match(stderr, /disk is full/);
      const runs = path.join(disk, '.compute-lens/runs');
      const run = path.join(runs, fs.readdirSync(runs)[0] ?? '');
      assert.equal(readRun(run).status, 'failed');
      assert.match(readRun(run).attempts[0]?.error?.message ?? '', /disk is full/);
      const end = eventsOf(run, 'end')[0];
      assert.equal(end?.outcome, 'failed');
      const recorded = eventsOf(run, 'step').map((event) => event.step);
      assert.ok(recorded.length >= 39);
      fs.rmSync(path.join(disk, 'filler'));
      work.write('disk/full.experiment.ts', tinyExperiment());
      const resumed = await work.run(['run', '--resume', 'last', '--workspace', disk]);
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.equal((eventsOf(run, 'start')[1]?.fromStep ?? 0) % 16, 1);
    } finally {
      spawnSync('umount', ['-l', disk]);
    }
  });

  it('says at once that the folder is read-only', async function () {
    const asRoot = process.getuid?.() === 0;
    if (process.platform === 'win32') this.skip(); // permissions work otherwise there
    work.write('tiny.experiment.ts', tinyExperiment());
    fs.chmodSync(work.folder, 0o555);
    const { code, stderr } = await work.run(
      ['run', 'tiny.experiment.ts', '--backend', 'cpu'],
      {},
      asRoot ? 65534 : undefined,
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /\.compute-lens/);
    assert.match(stderr, /permission|not allowed|read-only/i);
  });

  it('ends a run whose folder becomes read-only, with a clear error', async function () {
    if (process.platform === 'win32') this.skip();
    const asRoot = process.getuid?.() === 0;
    const lock = `import fs from 'node:fs'; import path from 'node:path';
      let once = false;
      function lockIt() { if (once) return false; once = true; const runs = '.compute-lens/runs';
        const run = path.join(runs, fs.readdirSync(runs)[0]);
        fs.chmodSync(path.join(run, 'checkpoints'), 0o555); return false; }\n`;
    work.write(
      'lock.experiment.ts',
      lock + tinyExperiment('stopWhen: ({ step }) => step > 33 && lockIt(), checkpointEvery: 8,'),
    );
    fs.chmodSync(work.folder, 0o777);
    const { code, stderr } = await work.run(
      ['run', 'lock.experiment.ts', '--backend', 'cpu'],
      {},
      asRoot ? 65534 : undefined,
    );
    assert.notEqual(code, 0);
    assert.match(
      stderr + fs.readFileSync(path.join(work.lastRun(), 'stdout.log'), 'utf8'),
      /checkpoints.*(not allowed|permission|EACCES)/is,
    );
  });
});
