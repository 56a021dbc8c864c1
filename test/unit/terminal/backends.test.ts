import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { backendsText } from '../../../src/terminal/backendsTable';
import type { PeakSubject } from '../../../src/train/peakStore';
import type { BackendReport } from '../../../src/train/probe';
import { processesOfGroup } from '../../harness/processes';
import { finished, readRun, TestWorkspace, tinyExperiment, until } from '../train/workspace';

const measuredAt = '2026-01-02T03:04:05.000Z';

describe('the table of backends', () => {
  const fast: BackendReport = {
    name: 'tensorflow',
    available: true,
    state: 'trains',
    detail: 'tfjs-node 4.22.0, on the processor',
    threads: 16,
    peak: {
      matmul: { gigaflopsPerSecond: 1234.5, size: 1024, measuredAt },
      add: { gigabytesPerSecond: 50.321, bytes: 64e6, measuredAt },
      threads: 16,
    },
  };
  const lines = (...reports: BackendReport[]) => backendsText(reports).split('\n');

  it('has a line for each, with its figures, and says what they are and when they were measured', () => {
    const text = lines(fast);
    assert.match(text[0] ?? '', /backend .*state .*GFLOP\/s .*GB\/s .*threads .*version and device/);
    const cells = text[2]?.split('|').map((cell) => cell.trim());
    assert.deepEqual(cells, ['', 'tensorflow', 'trains', '1,235', '50.3', '16', fast.detail, '']);
    assert.match(text[4] ?? '', /^Measured 2026-01-02, the fastest seen: .*two tensors of 64 MB/);
  });

  it('leaves blank what is not known, and says below why and what to do', () => {
    const gpu = { name: 'tensorflow-gpu', available: false, detail: 'run npm' } as const;
    const text = backendsText([
      { ...gpu, state: 'notInstalled' },
      { ...gpu, name: 'webgpu', state: 'doesNotStart', detail: 'no adapter' },
      { ...gpu, name: 'wasm', state: 'doesNotTrain', detail: 'wrong gradients' },
      { name: 'cpu', available: true, state: 'trains', detail: 'here', threads: 1, unmeasured: 'no memory' },
    ]);
    const row = (name: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(`| ${name} `))
        ?.split('|')
        .map((cell) => cell.trim())
        .slice(2, -1);
    assert.deepEqual(row('tensorflow-gpu'), ['not installed', '', '', '', '']);
    assert.deepEqual(row('webgpu'), ['does not start', '', '', '', '']);
    assert.deepEqual(row('wasm'), ['does not train', '', '', '', '']);
    assert.deepEqual(row('cpu'), ['trains', '', '', '1', 'here']);
    for (const said of [
      'tensorflow-gpu: run npm',
      'webgpu does not start: no adapter',
      'wasm does not train: wrong gradients',
      'cpu could not be measured: no memory',
    ])
      assert.ok(text.includes(`\n\n${said}\n`), said);
    assert.doesNotMatch(text, /Measured|NaN|undefined/);
  });
});

describe('compute-lens backends', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  let cache: NodeJS.ProcessEnv;
  beforeEach(() => {
    work = new TestWorkspace();
    cache = { COMPUTE_LENS_CACHE: path.join(work.folder, 'cache') };
  });
  afterEach(() => work.remove());
  const remembered = () => fs.readdirSync(path.join(work.folder, 'cache', 'peaks'));

  it('measures what trains here, and a run is compared with that', async () => {
    const { code, stdout, stderr } = await work.run(['backends', '--json'], cache);
    assert.equal(code, 0);
    assert.equal(stderr, '', 'progress is for terminals');
    const reports = JSON.parse(stdout) as BackendReport[];
    const report = (name: string) => reports.find((each) => each.name === name);
    const speed = (name: string) => report(name)?.peak?.matmul.gigaflopsPerSecond ?? 0;
    assert.ok(speed('cpu') > 0.05, `cpu ${speed('cpu')}`);
    assert.ok(speed('wasm') > 3 * speed('cpu'), `cpu ${speed('cpu')}, wasm ${speed('wasm')}`);
    for (const name of ['cpu', 'wasm']) {
      assert.ok((report(name)?.peak?.add?.gigabytesPerSecond ?? 0) > 0.1);
      assert.ok((report(name)?.threads ?? 0) >= 1);
      const at = Date.parse(report(name)?.peak?.matmul.measuredAt ?? '');
      assert.ok(Math.abs(Date.now() - at) < 120_000);
    }
    for (const { state, detail, peak } of reports)
      if (state !== 'trains') assert.ok(detail.length > 10 && peak === undefined);
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: ({ step }) => step === 2,'));
    await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm'], cache);
    assert.deepEqual(readRun(work.lastRun()).attempts[0]?.peak, report('wasm')?.peak);
  });

  it('need not be asked before: the first run measures for a moment, the next ones remember it', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: ({ step }) => step === 2,'));
    const peakOfRun = async () => {
      const { code, stdout } = await work.run(['run', 'tiny.experiment.ts', '--backend', 'cpu'], cache);
      assert.equal(code, 0, stdout);
      return readRun(work.lastRun()).attempts[0]?.peak;
    };
    const first = await peakOfRun();
    assert.ok((first?.matmul.gigaflopsPerSecond ?? 0) > 0.05);
    assert.equal(first?.add, undefined);
    assert.deepEqual(await peakOfRun(), first);
    assert.equal(remembered().length, 1);
    const file = path.join(work.folder, 'cache', 'peaks', remembered()[0] ?? '');
    const { subject } = JSON.parse(fs.readFileSync(file, 'utf8')) as { subject: PeakSubject };
    assert.equal(subject.node, process.versions.node);
    assert.equal(subject.threads, 1);
    assert.match(subject.build, /^[0-9a-f]{16}$/);
  });

  it('leaves losses as they are, whether the run measured or remembered', async () => {
    work.write('tiny.experiment.ts', tinyExperiment('stopWhen: ({ step }) => step === 20,'));
    const losses = async () => {
      await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm', '--json'], cache);
      return readRun(work.lastRun()).result?.loss;
    };
    const measured = await losses();
    assert.ok(measured !== undefined && remembered().length === 1);
    assert.equal(await losses(), measured);
  });

  it('ends at Ctrl-C, and with it what it started', async function () {
    if (process.platform === 'win32') this.skip();
    const child = work.spawn(['backends'], cache);
    const end = finished(child);
    const group = processGroup(process.pid);
    const children = () => processesOfGroup(group, work.folder);
    await until(() => children().length > 0, 'a backend that is tried');
    child.kill('SIGINT');
    const { code, stdout } = await end;
    assert.equal(code, 3);
    assert.equal(stdout, '');
    await until(() => children().length === 0, 'the end of what it started', 5);
  });
});

/** That this process and its children are of. */
function processGroup(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }));
}
