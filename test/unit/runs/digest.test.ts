import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { readDigest } from '../../../src/runs/digest';
import { Digests } from '../../../src/runs/digests';
import { readUsage } from '../../../src/runs/readUsage';
import { readRecord, writeRecord } from '../../../src/runs/recordFile';
import { RunWriter } from '../../../src/runs/writer';
import { attemptOf, freshFolder, recordOf } from './runFolder';

const startedAt = '2026-01-02T03:04:05.000Z';
const endedAt = '2026-01-02T03:05:05.000Z';

/** A run of 100 steps whose loss has its lowest on the way, and NaN in the end. */
async function makeRun(directory: string): Promise<void> {
  fs.mkdirSync(directory, { recursive: true });
  const attempts = [attemptOf({ startedAt, endedAt, outcome: 'finished' as const })];
  await writeRecord(directory, recordOf({ attempts }));
  const writer = new RunWriter(directory, 1);
  writer.record({ type: 'start', fromStep: 1, backend: 'wasm', flops: 0 });
  for (let step = 1; step <= 100; step++)
    writer.record({
      type: 'step',
      step,
      epoch: 0,
      loss: step === 100 ? NaN : Math.abs(step - 50) + 1,
      ms: 1,
      flops: 10 * step,
    });
  for (const [step, acc] of [
    [50, 0.9],
    [100, 0.8],
  ] as const)
    writer.record({ type: 'eval', step, epoch: 0, metrics: { loss: 1 - acc, acc }, ms: 1, flops: 7 });
  writer.record({ type: 'end', step: 100, outcome: 'finished' });
  await writer.close();
}

describe('the digest of a run', () => {
  const folder = freshFolder();
  const kept = () => path.join(folder(), 'digest.json');
  const read = async () => readDigest(folder(), await readRecord(folder()), 'finished');
  beforeEach(() => makeRun(folder()));

  it('has last and best of every curve, and what the run used as the other views have it', async () => {
    const digest = await read();
    assert.equal(digest.step, 100);
    assert.ok(Number.isNaN(digest.curves['train/loss']?.last));
    assert.equal(digest.curves['train/loss']?.lowest, 1);
    assert.equal(digest.curves['train/loss']?.highest, 50);
    assert.deepEqual(digest.curves['test/acc'], { last: 0.8, lowest: 0.8, highest: 0.9 });
    const record = await readRecord(folder());
    assert.deepEqual(digest.attempts, await readUsage(folder(), record, 'finished', Date.now()));
    assert.equal(digest.attempts[0]?.trainingFlops, 1000);
    assert.equal(digest.attempts[0]?.evaluationFlops, 14);
    assert.equal(digest.attempts[0]?.seconds, 60);
  });

  it('is kept, and the events are not read again while they are the same', async () => {
    const events = path.join(folder(), 'events.jsonl');
    const mtime = new Date(2026, 0, 2);
    fs.utimesSync(events, mtime, mtime);
    const first = await read();
    const { size } = fs.statSync(events);
    // As many bytes at the same time: who reads them again finds nothing.
    fs.writeFileSync(events, ' '.repeat(size));
    fs.utimesSync(events, mtime, mtime);
    assert.deepEqual(await read(), first);
    fs.rmSync(kept());
    assert.deepEqual((await read()).curves, {}, 'deleted, it is made again');
  });

  it('is made anew when the events have grown, and when it is broken or of a later version', async () => {
    await read();
    const writer = new RunWriter(folder(), 1);
    writer.record({ type: 'eval', step: 100, epoch: 1, metrics: { acc: 0.95 }, ms: 1 });
    await writer.close();
    assert.equal((await read()).curves['test/acc']?.last, 0.95);
    for (const text of ['{', '[]', '{"schema": 2}', '']) {
      fs.writeFileSync(kept(), text);
      assert.equal((await read()).curves['test/acc']?.highest, 0.95, text);
    }
  });

  it('is not needed where it cannot be kept', async () => {
    fs.mkdirSync(kept());
    assert.equal((await read()).step, 100);
  });
});

describe('the digests of many runs', function () {
  this.timeout(30_000);
  const folder = freshFolder();
  let worker: string;
  let digests: Digests;
  let heard: string[];
  beforeEach(async () => {
    worker = path.join(folder(), 'worker.js');
    await build({
      entryPoints: [path.resolve('src/runs/digestWorker.ts')],
      bundle: true,
      platform: 'node',
      outfile: worker,
      logLevel: 'silent',
    });
    heard = [];
    digests = new Digests((directory) => heard.push(directory), worker);
  });
  afterEach(() => digests.dispose());
  const summaryOf = async (id: string) => {
    const directory = path.join(folder(), id);
    return { id, directory, record: await readRecord(directory), status: 'finished' as const };
  };
  const settled = async () => {
    while (digests.pending > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('come from a worker, each once, also when they are more than it takes at a time', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `run-${i}`);
    for (const id of ids) await makeRun(path.join(folder(), id));
    const summaries = await Promise.all(ids.map(summaryOf));
    for (const summary of summaries) assert.equal(digests.get(summary), undefined);
    for (const summary of summaries) digests.get(summary);
    await settled();
    assert.deepEqual(
      heard,
      summaries.map(({ directory }) => directory),
    );
    assert.ok(summaries.every((summary) => digests.get(summary)?.step === 100));
    assert.equal(digests.pending, 0);
  });

  it('are asked for again when the record is another, and what was known stays meanwhile', async () => {
    await makeRun(path.join(folder(), 'a'));
    const before = await summaryOf('a');
    digests.get(before);
    await settled();
    const after = await summaryOf('a');
    assert.equal(digests.get(after)?.step, 100);
    assert.equal(digests.pending, 1);
    await settled();
    assert.equal(heard.length, 2);
  });

  it('leave out a run that is gone, and go on after it', async () => {
    await makeRun(path.join(folder(), 'a'));
    await makeRun(path.join(folder(), 'b'));
    const [gone, there] = [await summaryOf('a'), await summaryOf('b')];
    fs.rmSync(gone.directory, { recursive: true });
    digests.get(gone);
    digests.get(there);
    await settled();
    assert.equal(digests.get(there)?.step, 100);
  });

  it('survive the end of their worker', async () => {
    fs.writeFileSync(worker, 'process.exit(1)');
    await makeRun(path.join(folder(), 'a'));
    const summary = await summaryOf('a');
    digests.get(summary);
    await settled();
    assert.equal(digests.get(summary), undefined);
    assert.equal(digests.pending, 0, 'it is not asked for again and again');
  });
});
