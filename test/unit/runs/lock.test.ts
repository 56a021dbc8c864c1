import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { acquireLock, lastSignOfLife } from '../../../src/runs/lock';
import { currentProcess, isAlive } from '../../../src/runs/process';
import { attemptOf, deadPid, freshFolder, recordOf } from './runFolder';
import { runStatus } from '../../../src/runs/status';
import { writeRecord } from '../../../src/runs/recordFile';

describe('the lock of a run', () => {
  const folder = freshFolder();
  const claims = () => fs.readdirSync(path.join(folder(), 'lock'));
  const plant = (number: number, claim: object) => {
    fs.mkdirSync(path.join(folder(), 'lock'), { recursive: true });
    fs.writeFileSync(path.join(folder(), 'lock', String(number)), JSON.stringify(claim));
  };
  const startedAt = '2026-01-01T00:00:00.000Z';

  it('is one process at a time: the second is told who has it', async () => {
    const lock = await acquireLock(folder());
    await assert.rejects(
      acquireLock(folder()),
      new RegExp(`trained by process ${process.pid} on ${os.hostname()}`),
    );
    await lock.release();
    await (await acquireLock(folder())).release();
  });

  it('can be let go of by a process that is about to exit', async () => {
    (await acquireLock(folder())).releaseSync();
    await (await acquireLock(folder())).release();
  });

  it('is taken over from a process that is gone', async () => {
    plant(1, { pid: await deadPid(), host: os.hostname(), startedAt });
    await acquireLock(folder());
    assert.deepEqual(claims(), ['2']);
  });

  it('is taken over from an earlier process whose pid another one has now', async function () {
    if (!currentProcess().processStart) return this.skip();
    plant(1, { ...currentProcess(), processStart: 'another boot:1', startedAt });
    await acquireLock(folder());
  });

  it('of another machine holds until that machine is silent for five minutes', async () => {
    plant(1, { pid: 1, host: 'elsewhere', startedAt });
    await assert.rejects(acquireLock(folder()), /on elsewhere/);
    const past = new Date(Date.now() - 6 * 60_000);
    fs.utimesSync(path.join(folder(), 'lock', '1'), past, past);
    await acquireLock(folder());
  });

  it('left empty by a process killed while taking it is no lock', async () => {
    plant(1, {});
    const past = new Date(Date.now() - 60_000);
    fs.utimesSync(path.join(folder(), 'lock', '1'), past, past);
    await acquireLock(folder());
  });

  it('goes to exactly one of many processes that find its owner dead at once', async () => {
    plant(7, { pid: await deadPid(), host: os.hostname(), startedAt });
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => contend(folder())));
    assert.equal(outcomes.filter((outcome) => outcome === 'taken').length, 1, outcomes.join());
    assert.equal(outcomes.filter((outcome) => /already being trained/.test(outcome)).length, 11);
  });

  it('gives a sign of life when touched', async () => {
    const lock = await acquireLock(folder());
    const past = new Date(Date.now() - 60_000);
    fs.utimesSync(path.join(folder(), 'lock', '1'), past, past);
    lock.touch();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(Date.now() - ((await lastSignOfLife(folder())) ?? 0) < 30_000);
  });
});

describe('how a run stands', () => {
  const folder = freshFolder();

  it('is what was recorded, once it has ended', async () => {
    for (const status of ['finished', 'stopped', 'failed'] as const)
      assert.equal(await runStatus(folder(), recordOf({ status })), status);
  });

  it('is running while its process lives, and crashed once that is gone', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const attempt = attemptOf({ pid: child.pid as number });
    // Whose start time this process does not know from here.
    delete attempt.processStart;
    const record = recordOf({ status: 'running', attempts: [attempt] });
    await writeRecord(folder(), record);
    assert.equal(await runStatus(folder(), record), 'running');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(await runStatus(folder(), record), 'crashed');
  });

  it('is not crashed for a reader whose record is older than the end', async () => {
    const record = recordOf({ status: 'running', attempts: [attemptOf({ pid: await deadPid() })] });
    await writeRecord(folder(), { ...record, status: 'finished' });
    assert.equal(await runStatus(folder(), record), 'finished');
  });

  it('is starting for a minute while there is no process yet, then crashed', async () => {
    const record = recordOf({ status: 'starting', createdAt: new Date().toISOString() });
    await writeRecord(folder(), record);
    assert.equal(await runStatus(folder(), record), 'starting');
    const old = { ...record, createdAt: new Date(Date.now() - 61_000).toISOString() };
    assert.equal(await runStatus(folder(), old), 'crashed');
  });

  it('on another machine follows from its signs of life', async () => {
    const record = recordOf({ status: 'running', attempts: [attemptOf({ host: 'elsewhere', pid: 1 })] });
    await writeRecord(folder(), record);
    assert.equal(await runStatus(folder(), record), 'crashed');
    const lock = await acquireLock(folder());
    assert.equal(await runStatus(folder(), record), 'running');
    await lock.release();
    assert.equal(await runStatus(folder(), record), 'crashed', 'who let go of it is not at work');
  });

  it('knows a process that ended but was not waited for as gone', async function () {
    if (process.platform !== 'linux') return this.skip();
    // The shell's child ends at once, and the program that the shell turns into never waits for it.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(
      await new Promise<string>((resolve) => parent.stdout.once('data', (b: Buffer) => resolve(String(b)))),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.doesNotThrow(
      () => process.kill(pid, 0),
      'the zombie must still be there for this test to mean anything',
    );
    assert.equal(isAlive({ pid, host: os.hostname() }), false);
    parent.kill('SIGKILL');
  });
});

function contend(folder: string): Promise<string> {
  const child = spawn(process.execPath, [path.join(__dirname, 'lockContender.js'), folder]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    // It holds on until all others have tried.
    setTimeout(() => child.kill(), 3000);
  });
  return new Promise((resolve) => child.once('close', () => resolve(text)));
}
