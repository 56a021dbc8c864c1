import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { currentProcess } from '../../../src/runs/process';
import { nextInLine, waitingRuns } from '../../../src/runs/queue';
import { cancelWaiting, lastPlace, moveBefore, writePlace } from '../../../src/runs/queueOrder';
import type { BackendChoice, BackendName, RunRecord } from '../../../src/runs/record';
import { createRunDirectory, readRecord } from '../../../src/runs/recordFile';
import { RunIndex } from '../../../src/runs/runIndex';
import { UsageReader } from '../../../src/runs/usage';
import { resumedRun } from '../../../src/train/queue';
import { attemptOf, deadPid, freshFolder, recordOf } from '../runs/runFolder';

describe('the line of runs that wait', () => {
  const folder = freshFolder();
  const look = () => new RunIndex([folder()]).refresh();
  const make = async (changes: Partial<RunRecord>) => {
    const { id: _id, ...record } = recordOf({ workspace: folder(), ...changes });
    return (await createRunDirectory(folder(), record)).directory;
  };
  const wait = async (name: string, backend: BackendChoice = 'wasm', place: object = {}) => {
    const directory = await make({ name, status: 'queued', requestedBackend: backend });
    await writePlace(directory, { ...lastPlace(await waitingRuns(await look())), ...place });
    return directory;
  };
  const train = (backend: BackendName, host = os.hostname()) =>
    make({ status: 'running', requestedBackend: backend, attempts: [attemptOf({ backend, host })] });
  const names = async () => (await waitingRuns(await look())).map(({ record }) => record.name);
  const next = async (concurrency = 1) => {
    const summaries = await look();
    return nextInLine(await waitingRuns(summaries), summaries, concurrency)?.record.name;
  };

  it('is in the order in which the runs were asked for, also within one millisecond', async () => {
    const asked = Array.from({ length: 8 }, (_, i) => `run ${i}`);
    for (const name of asked) await wait(name);
    assert.deepEqual(await names(), asked);
  });

  it('is changed by moving some of them before another one, or behind all', async () => {
    const runs = new Map<string, string>();
    for (const name of ['a', 'b', 'c', 'd']) runs.set(name, await wait(name));
    const move = async (moved: string[], before?: string) => {
      const directories = moved.map((name) => runs.get(name) as string);
      await moveBefore(await waitingRuns(await look()), directories, before && runs.get(before));
      return (await names()).join('');
    };
    assert.equal(await move(['d'], 'a'), 'dabc');
    assert.equal(await move(['a', 'd'], 'c'), 'badc');
    assert.equal(await move(['b']), 'adcb');
    assert.equal(await move(['a'], 'a'), 'dcba');
  });

  it('puts a run whose place cannot be read last, and lets it be moved', async () => {
    const first = await wait('first');
    const lost = await make({ name: 'lost', status: 'queued' });
    await wait('last');
    assert.deepEqual(await names(), ['first', 'last', 'lost']);
    await moveBefore(await waitingRuns(await look()), [lost], first);
    assert.deepEqual(await names(), ['lost', 'first', 'last']);
  });

  it('lets the first one begin once its device has room', async () => {
    await wait('first');
    await wait('second');
    assert.equal(await next(), 'first');
    await train('cpu');
    assert.equal(await next(), undefined);
    assert.equal(await next(2), 'first');
    await train('tensorflow');
    assert.equal(await next(2), undefined);
  });

  it('keeps processor and GPU apart, and none waits for the line of the other', async () => {
    await train('wasm');
    await wait('on the processor', 'cpu');
    await wait('on the GPU', 'webgpu');
    assert.equal(await next(), 'on the GPU');
    await train('tensorflow-gpu');
    assert.equal(await next(), undefined);
  });

  it('takes "auto" for what it came to the last time, and for every device where it never ran', async () => {
    await wait('auto', 'auto');
    await wait('on the GPU', 'webgpu');
    assert.equal(await next(), 'auto');
    await train('cpu');
    assert.equal(await next(), undefined, 'nobody overtakes a run that may need the same device');
    await make({ status: 'finished', requestedBackend: 'auto', attempts: [attemptOf({ backend: 'wasm' })] });
    assert.equal(await next(), 'on the GPU');
  });

  it('is not held up by runs of other machines, nor starts theirs', async () => {
    await train('wasm', 'elsewhere');
    await wait('theirs', 'wasm', { host: 'elsewhere' });
    await wait('ours');
    assert.equal(await next(), 'ours');
  });

  it('leaves a run to the process that waits for it, until that is gone', async () => {
    const startedAt = new Date().toISOString();
    const { processStart: _, ...parent } = { ...currentProcess(), pid: process.ppid, startedAt };
    await wait('of a living one', 'wasm', { owner: parent });
    await wait('behind it', 'wasm');
    assert.equal(await next(), undefined);
    const gone = await wait('of one that is gone', 'webgpu', {
      owner: { pid: await deadPid(), host: os.hostname(), startedAt },
    });
    assert.equal(await next(), 'of one that is gone');
    assert.equal(await cancelWaiting(gone), true);
    assert.equal(await next(), undefined);
  });

  it('is left by a run that is cancelled, but not by one that has begun', async () => {
    const waiting = await wait('waiting');
    const begun = await train('wasm');
    assert.equal(await cancelWaiting(waiting), true);
    assert.equal(await cancelWaiting(begun), false);
    assert.equal(await cancelWaiting(waiting), false);
    assert.deepEqual(
      (await look()).map(({ directory }) => path.basename(directory)),
      [path.basename(begun)],
    );
  });

  it('is left by a run that was to be resumed as the run was: nothing of it is lost', async () => {
    const gone = attemptOf({ pid: await deadPid() });
    const stopped = await make({ status: 'stopped', attempts: [attemptOf({ ...gone, outcome: 'stopped' })] });
    const crashed = await make({ status: 'running', attempts: [gone] });
    for (const run of [stopped, crashed]) {
      fs.mkdirSync(path.join(run, 'checkpoints/step-00000012'), { recursive: true });
      const asked = await resumedRun(run, { packageFolders: [] });
      await asked.wait(lastPlace(await waitingRuns(await look())));
      assert.equal((await readRecord(run)).status, 'queued');
      await assert.rejects(asked.wait({ order: 0, host: os.hostname() }), /waits in the queue already/);
    }
    const waiting = await waitingRuns(await look());
    assert.deepEqual(
      waiting.map(({ summary, place }) => [summary.directory, place.fromStep]),
      [
        [stopped, 13],
        [crashed, 13],
      ],
    );
    const outcomes = waiting.flatMap(({ record }) => new UsageReader().usage(record, 'queued', Date.now()));
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['stopped', 'crashed'],
      'what an attempt came to is not that the next one waits',
    );
    for (const run of [stopped, crashed]) assert.equal(await cancelWaiting(run), true);
    const after = new Map((await look()).map(({ directory, status }) => [directory, status]));
    assert.deepEqual([after.get(stopped), after.get(crashed)], ['stopped', 'crashed']);
    assert.ok(fs.existsSync(path.join(crashed, 'checkpoints/step-00000012')));
    assert.equal(fs.existsSync(path.join(crashed, 'queue.json')), false);
  });
});
