import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { writePlace } from '../../../src/runs/queueOrder';
import { findRun, RunIndex } from '../../../src/runs/runIndex';
import { writeRecord } from '../../../src/runs/recordFile';
import { attemptOf, deadPid, freshFolder, recordOf } from './runFolder';

describe('the list of runs', () => {
  const folder = freshFolder();
  const directory = (id: string) => path.join(folder(), '.compute-lens', 'runs', id);

  async function make(id: string, changes: Parameters<typeof recordOf>[0] = {}): Promise<string> {
    fs.mkdirSync(directory(id), { recursive: true });
    await writeRecord(directory(id), recordOf({ id, ...changes }));
    return directory(id);
  }

  it('is empty where there are none', async () => {
    assert.deepEqual(await new RunIndex([folder(), '/nowhere']).refresh(), []);
  });

  it('is newest first, and derives who has crashed', async () => {
    const pid = await deadPid();
    await make('a', { createdAt: '2026-01-01T00:00:00.000Z' });
    await make('b', {
      createdAt: '2026-01-03T00:00:00.000Z',
      status: 'running',
      attempts: [attemptOf({ pid })],
    });
    await make('c', { createdAt: '2026-01-02T00:00:00.000Z', status: 'running', attempts: [attemptOf()] });
    const runs = await new RunIndex([folder()]).refresh();
    assert.deepEqual(
      runs.map(({ id, status }) => [id, status]),
      [
        ['b', 'crashed'],
        ['c', 'running'],
        ['a', 'finished'],
      ],
    );
  });

  it('shows a broken record with what is wrong, beside the others', async () => {
    await make('good');
    fs.mkdirSync(directory('bad'));
    fs.writeFileSync(path.join(directory('bad'), 'run.json'), '{');
    fs.writeFileSync(path.join(path.dirname(directory('x')), 'a file.txt'), '');
    const runs = await new RunIndex([folder()]).refresh();
    assert.deepEqual(runs.map(({ id }) => id).sort(), ['bad', 'good']);
    assert.match(runs.find(({ id }) => id === 'bad')?.problem ?? '', /run\.json is not JSON/);
  });

  it('passes over a folder that is just being made, and names one that never got its record', async () => {
    fs.mkdirSync(directory('new'), { recursive: true });
    fs.mkdirSync(directory('old'));
    const past = new Date(Date.now() - 60_000);
    fs.utimesSync(directory('old'), past, past);
    const runs = await new RunIndex([folder()]).refresh();
    assert.deepEqual(
      runs.map(({ id, problem }) => [id, problem]),
      [['old', 'run.json is missing']],
    );
  });

  it('tells the newest of very many at once, and all of them in the end', async () => {
    for (let i = 0; i < 500; i++)
      await make(`2026-01-01-${String(i).padStart(4, '0')}`, {
        createdAt: new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString(),
      });
    const index = new RunIndex([folder()]);
    const told: string[][] = [];
    const all = await index.refresh((some) => told.push(some.map(({ id }) => id)));
    assert.equal(told.length, 1);
    assert.equal(told[0]?.length, 100);
    assert.deepEqual(
      told[0],
      all.slice(0, 100).map(({ id }) => id),
    );
    assert.equal(all.length, 500);
    await index.refresh(() => assert.fail('all are known already'));
  });

  it('keeps what it knows of a run until that changes', async () => {
    await make('a');
    await make('b');
    const index = new RunIndex([folder()]);
    const first = await index.refresh();
    await make('b', { name: 'renamed' });
    const second = await index.refresh();
    assert.equal(
      second.find(({ id }) => id === 'a'),
      first.find(({ id }) => id === 'a'),
    );
    assert.equal(second.find(({ id }) => id === 'b')?.record?.name, 'renamed');
    fs.rmSync(directory('a'), { recursive: true });
    assert.deepEqual(
      (await index.refresh()).map(({ id }) => id),
      ['b'],
    );
  });

  it('says when it has changed: a new run, a deleted one, one whose process dies, one whose turn is another', async function () {
    this.timeout(20_000);
    const index = new RunIndex([folder()]);
    await index.refresh();
    let changes = 0;
    const watching = index.watch(() => changes++);
    const changed = async (what: string) => {
      const deadline = Date.now() + 6000;
      while (changes === 0) {
        assert.ok(Date.now() < deadline, `${what} went unnoticed`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await index.refresh();
      changes = 0;
    };
    const live = await make('a', { status: 'running', attempts: [attemptOf()] });
    await changed('a new run');
    await writeRecord(
      live,
      recordOf({ id: 'a', status: 'running', attempts: [attemptOf({ pid: await deadPid() })] }),
    );
    await changed('another state');
    fs.rmSync(live, { recursive: true });
    await changed('a deleted run');
    const waiting = await make('b', { status: 'queued' });
    await writePlace(waiting, { order: 1, host: 'here' });
    await changed('a run in line');
    await writePlace(waiting, { order: 2, host: 'here' });
    await changed('another place in line');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(changes, 0, 'nothing had changed');
    watching.dispose();
  });

  it('takes in 1,000 runs without ever holding the process up for long', async function () {
    this.timeout(60_000);
    for (let i = 0; i < 1000; i++) await make(`run-${i}`, { createdAt: new Date(i * 1e6).toISOString() });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const index = new RunIndex([folder()]);
    const runs = await index.refresh();
    await index.refresh();
    delay.disable();
    assert.equal(runs.length, 1000);
    assert.equal(runs[0]?.id, 'run-999');
    // A frozen editor is one that does not answer for a tenth of a second; this is to notice blocking reads.
    assert.ok(delay.max < 250e6, `held up for ${delay.max / 1e6} ms`);
  });
});

describe('finding a run', () => {
  const folder = freshFolder();
  beforeEach(async () => {
    const ids = ['2026-01-01-0900-mlp-aaaa', '2026-01-02-0900-mlp-bbbb', '2026-01-02-1000-cnn-cccc'];
    for (const [day, id] of ids.entries()) {
      const directory = path.join(folder(), '.compute-lens', 'runs', id);
      fs.mkdirSync(directory, { recursive: true });
      await writeRecord(directory, recordOf({ id, createdAt: `2026-01-0${day + 1}T00:00:00.000Z` }));
    }
  });

  it('takes an id, its beginning, a part that only one has, and "last"', async () => {
    for (const [asked, id] of [
      ['2026-01-02-0900-mlp-bbbb', '2026-01-02-0900-mlp-bbbb'],
      ['2026-01-01', '2026-01-01-0900-mlp-aaaa'],
      ['bbbb', '2026-01-02-0900-mlp-bbbb'],
      ['cnn', '2026-01-02-1000-cnn-cccc'],
      ['last', '2026-01-02-1000-cnn-cccc'],
    ] as const)
      assert.equal((await findRun(folder(), asked)).id, id);
  });

  it('names the candidates where there are several, and what there is where there is none', async () => {
    await assert.rejects(findRun(folder(), '2026-01-02'), /means 2 runs.*bbbb.*|cccc/s);
    await assert.rejects(findRun(folder(), 'zzz'), /no run "zzz".*cccc.*bbbb.*aaaa/s);
    await assert.rejects(findRun(path.join(folder(), 'empty'), 'last'), /no runs in .*empty/);
  });
});
