import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../../../src/runs/record';
import { eventually } from '../../harness/processes';
import { finished, readEvents, readRun, TestWorkspace, tinyExperiment, until } from '../train/workspace';

/** A tenth of a second a step, until it is stopped. */
const slowly =
  'epochs: 100, stopWhen: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); return false; },';

describe('compute-lens run --queue', function () {
  this.timeout(180_000);
  let work: TestWorkspace;
  let slow: string;
  let quick: string;
  const queued = (...options: string[]) =>
    work.spawn(['run', quick, '--backend', 'cpu', '--queue', ...options]);
  const stands = (status: string) => work.runs().filter((run) => readRun(run).status === status);
  const startSlow = async () => {
    const child = work.spawn(['run', slow, '--backend', 'cpu']);
    await until(() => stands('running').length === 1, 'the first run');
    return { child, run: stands('running')[0] as string };
  };

  beforeEach(() => {
    work = new TestWorkspace();
    slow = work.write('slow.experiment.ts', tinyExperiment(slowly));
    quick = work.write('quick.experiment.ts', tinyExperiment('epochs: 1,'));
  });
  afterEach(() => work.remove());

  it('waits until nothing else trains on the device, and is told how it stands meanwhile', async () => {
    const first = await startSlow();
    const child = queued();
    const ended = finished(child);
    await until(() => stands('queued').length === 1, 'a run in line');
    const [waiting] = stands('queued') as [string];
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(readRun(waiting).status, 'queued');
    assert.equal((await work.run(['stop', path.basename(first.run)])).code, 0);
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /waits until its device is free/);
    assert.equal(readRun(waiting).status, 'finished');
    const began = Date.parse(readRun(waiting).attempts[0]?.startedAt ?? '');
    assert.ok(began >= Date.parse(readRun(first.run).attempts[0]?.endedAt ?? ''), 'it began before its turn');
    assert.equal(fs.existsSync(path.join(waiting, 'queue.json')), false);
  });

  it('waits for a run of another folder too, which trains on the same device', async () => {
    const elsewhere = new TestWorkspace();
    try {
      const file = elsewhere.write('slow.experiment.ts', tinyExperiment(slowly));
      elsewhere.spawn(['run', file, '--backend', 'cpu']);
      const [other] = await eventually(() => {
        const live = elsewhere.runs().filter((run) => readRun(run).status === 'running');
        return live.length > 0 && live;
      }, 'a run elsewhere');
      const note = await work.run(['run', quick, '--backend', 'cpu']);
      assert.match(note.stderr, new RegExp(`of ${elsewhere.folder} trains on the processor already`));
      const ended = finished(queued());
      await until(() => stands('queued').length === 1, 'a run in line');
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const [waiting] = stands('queued') as [string];
      assert.ok(waiting, 'it did not wait');
      await elsewhere.run(['stop', path.basename(other as string)]);
      const { code, stderr } = await ended;
      assert.equal(code, 0, stderr);
      const began = Date.parse(readRun(waiting).attempts[0]?.startedAt ?? '');
      assert.ok(began >= Date.parse(readRun(other as string).attempts[0]?.endedAt ?? ''));
    } finally {
      elsewhere.remove();
    }
  });

  it('trains the code that was there when it was put in line', async () => {
    const first = await startSlow();
    const ended = finished(queued());
    await until(
      () => stands('queued').some((run) => fs.existsSync(path.join(run, 'code/queued.mjs'))),
      'its code',
    );
    fs.writeFileSync(quick, 'this is not even a program');
    await work.run(['stop', path.basename(first.run)]);
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
  });

  it('refuses code that does not compile at once, and leaves nothing in line', async () => {
    fs.writeFileSync(quick, 'export default {');
    const { code, stderr } = await finished(queued());
    assert.equal(code, 1);
    assert.match(stderr, /Expected|Unexpected/);
    assert.deepEqual(work.runs(), []);
  });

  it('lets many processes train one after another, each run once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map((seed) => finished(queued('--seed', String(seed)))));
    assert.deepEqual(
      all.map(({ code }) => code),
      [0, 0, 0, 0],
      all.map(({ stderr }) => stderr).join('\n'),
    );
    const spans = work
      .runs()
      .map((run) => readRun(run).attempts)
      .map((attempts) => {
        assert.equal(attempts.length, 1);
        return [attempts[0]?.startedAt ?? '', attempts[0]?.endedAt ?? ''] as const;
      })
      .sort();
    assert.equal(spans.length, 4);
    for (const [i, [began]] of spans.entries())
      assert.ok(i === 0 || began >= (spans[i - 1]?.[1] ?? ''), `two at a time: ${JSON.stringify(spans)}`);
  });

  it('of a process that was killed is started by the next one that waits', async () => {
    const first = await startSlow();
    const killed = queued('--seed', '1');
    // Without a place it would be the last in line.
    const hasPlace = (run: string) => fs.existsSync(path.join(run, 'queue.json'));
    await until(() => stands('queued').some(hasPlace), 'a run in line');
    killed.kill('SIGKILL');
    const ended = finished(queued('--seed', '2'));
    await until(() => stands('queued').length === 2, 'two runs in line');
    await work.run(['stop', path.basename(first.run)]);
    assert.equal((await ended).code, 0);
    const [orphan, own] = work.runs().filter((run) => readRun(run).file.startsWith('quick')) as [
      string,
      string,
    ];
    assert.equal(readRun(orphan).status, 'finished');
    assert.ok(
      (readRun(orphan).attempts[0]?.endedAt ?? 'z') <= (readRun(own).attempts[0]?.startedAt ?? ''),
      'they trained one after the other',
    );
  });

  it('leaves the line with Ctrl-C, and when it is stopped by its name', async () => {
    await startSlow();
    const interrupted = queued();
    const ended = finished(interrupted);
    await until(() => stands('queued').length === 1, 'a run in line');
    interrupted.kill('SIGINT');
    assert.equal((await ended).code, 3);
    assert.equal(stands('queued').length, 0);

    const named = queued();
    const over = finished(named);
    await until(() => stands('queued').length === 1, 'another run in line');
    const [run] = stands('queued') as [string];
    assert.match((await work.run(['stop', path.basename(run)])).stdout, /taken out of line/);
    const { code, stderr } = await over;
    assert.equal(code, 1);
    assert.match(stderr, /was taken out of line/);
  });

  describe('of a run that is resumed', () => {
    let run: string;
    let other: string;
    const resume = () => finished(work.spawn(['run', '--resume', path.basename(run), '--queue']));

    beforeEach(async () => {
      const stop = 'stopWhen: ({ step }) => step >= 5 && process.env.STOP === "1",';
      fs.writeFileSync(quick, tinyExperiment(`epochs: 1, ${stop}`));
      const child = work.spawn(['run', quick, '--backend', 'cpu'], { STOP: '1' });
      await finished(child);
      run = work.lastRun();
      work.spawn(['run', slow, '--backend', 'cpu']);
      await until(() => stands('running').length === 1, 'another run');
      // As if the process had been killed right after its last checkpoint.
      const record = readRun(run);
      const [{ outcome: _, endedAt: __, ...attempt }] = record.attempts as [RunRecord['attempts'][0]];
      const killed = { ...record, status: 'running', attempts: [attempt] };
      fs.writeFileSync(path.join(run, 'run.json'), JSON.stringify(killed));
      fs.rmSync(path.join(run, 'code'), { recursive: true });
      other = work.lastRun();
    });

    it('goes on from its checkpoint when it is its turn, with its own parameters and the code as it was', async () => {
      const ended = resume();
      await until(() => fs.existsSync(path.join(run, 'code/queued.mjs')), 'its code');
      assert.equal(readRun(run).status, 'queued');
      fs.writeFileSync(quick, 'this is not even a program');
      await work.run(['stop', path.basename(other)]);
      const { code, stderr } = await ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /waits until its device is free/);
      const { attempts, status } = readRun(run);
      assert.deepEqual([status, attempts.length, attempts[1]?.fromStep], ['finished', 2, 6]);
      const began = Date.parse(attempts[1]?.startedAt ?? '');
      assert.ok(began >= Date.parse(readRun(other).attempts[0]?.endedAt ?? ''), 'it began before its turn');
      assert.deepEqual(
        ['queue.json', 'code/queued.mjs'].filter((name) => fs.existsSync(path.join(run, name))),
        [],
      );
    });

    it('is as it was where it leaves the line, and where its code does not compile', async () => {
      const ended = resume();
      await until(() => fs.existsSync(path.join(run, 'code/queued.mjs')), 'its code');
      assert.match((await work.run(['stop', path.basename(run)])).stdout, /taken out of line/);
      const over = await ended;
      assert.deepEqual([over.code, /was taken out of line/.test(over.stderr)], [1, true], over.stderr);
      fs.writeFileSync(quick, 'export default {');
      assert.equal((await resume()).code, 1);
      assert.match((await work.run(['list'])).stdout, /crashed/);
      assert.equal(readRun(run).attempts.length, 1);
      assert.equal(fs.existsSync(path.join(run, 'queue.json')), false);
    });
  });

  it('is not needed: without it a run begins at once and says who is there already', async () => {
    const first = await startSlow();
    const { code, stderr } = await work.run(['run', quick, '--backend', 'cpu']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /trains on the processor already: both will be slower\. With --queue/);
    assert.ok(readEvents(first.run).length > 0);
  });
});
