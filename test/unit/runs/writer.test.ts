import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseEvent, type NewEvent } from '../../../src/runs/event';
import { RunWriter } from '../../../src/runs/writer';
import { freshFolder } from './runFolder';

const step = (number: number, loss = 1 / number): NewEvent => ({
  type: 'step',
  step: number,
  epoch: 0,
  loss,
  ms: 1,
});

describe('events.jsonl', () => {
  const folder = freshFolder();
  const file = () => path.join(folder(), 'events.jsonl');
  const lines = () => fs.readFileSync(file(), 'utf8').split('\n').slice(0, -1);

  it('holds every event, in order, stamped with time and attempt', async () => {
    const writer = new RunWriter(folder(), 3);
    const began = Date.now();
    for (let i = 1; i <= 5000; i++) {
      writer.record(step(i));
      if (i % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await writer.close();
    const events = lines().map(parseEvent);
    assert.deepEqual(
      events.map((event) => event?.type === 'step' && event.step),
      Array.from({ length: 5000 }, (_, i) => i + 1),
    );
    assert.ok(events.every((event) => event?.attempt === 3 && event.t >= began && event.t <= Date.now()));
  });

  it('keeps losses bit for bit, and NaN and infinities too', async () => {
    const values = [Math.fround(0.1), Number.MIN_VALUE, Number.MAX_VALUE, NaN, Infinity, -Infinity, -0];
    const writer = new RunWriter(folder(), 1);
    values.forEach((value, i) => writer.record(step(i + 1, value)));
    await writer.close();
    const read = lines().map((line) => {
      const event = parseEvent(line);
      return event?.type === 'step' ? event.loss : undefined;
    });
    // JSON has no -0, and no reader of a loss tells it from 0.
    assert.deepEqual(read, [...values.slice(0, -1), 0]);
  });

  it('reaches other readers soon without being flushed', async () => {
    const writer = new RunWriter(folder(), 1);
    writer.record(step(1));
    const deadline = Date.now() + 5000;
    while (!fs.existsSync(file()) || fs.statSync(file()).size === 0) {
      assert.ok(Date.now() < deadline, 'nothing was written in 5 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await writer.close();
  });

  it('ends a torn line of a killed attempt before it adds its own', async () => {
    fs.writeFileSync(file(), '{"type":"step","t":1,"att');
    const writer = new RunWriter(folder(), 2);
    writer.record(step(1));
    await writer.close();
    assert.deepEqual(
      lines().map((line) => parseEvent(line)?.attempt),
      [undefined, 2],
    );
  });

  it('keeps order and loses nothing when it is flushed synchronously amid an asynchronous write', async () => {
    const writer = new RunWriter(folder(), 1);
    const padding = 'x'.repeat(2000);
    for (let i = 0; i < 4000; i++) writer.record({ type: 'warning', message: `${i} ${padding}` });
    void writer.flush();
    // The write of eight megabytes is under way when the next line runs.
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (let i = 4000; i < 4100; i++) writer.record({ type: 'warning', message: `${i} ${padding}` });
    writer.flushSync();
    const numbers = lines().map((line) => {
      const event = parseEvent(line);
      return event?.type === 'warning' ? parseInt(event.message, 10) : NaN;
    });
    const wrong = numbers.findIndex((number, i) => number !== i);
    assert.equal(wrong, -1, `line ${wrong} is of event ${numbers[wrong]}`);
    assert.equal(numbers.length, 4100);
    await writer.close();
  });

  it('says what is wrong on a full disk, once and for all, and never throws while training', async function () {
    if (process.platform !== 'linux') return this.skip();
    fs.symlinkSync('/dev/full', file());
    const writer = new RunWriter(folder(), 1);
    writer.record(step(1));
    await assert.rejects(writer.flush(), (error: Error) => {
      assert.equal(error.name, 'StorageError');
      assert.match(error.message, /events\.jsonl.*disk is full.*ENOSPC/s);
      return true;
    });
    assert.equal(writer.failed?.code, 'ENOSPC');
    writer.record(step(2));
    await assert.rejects(writer.close(), /disk is full/);
  });

  it('says so when its folder is gone', async () => {
    const writer = new RunWriter(path.join(folder(), 'gone'), 1);
    writer.record(step(1));
    await assert.rejects(writer.close(), /events\.jsonl.*folder is gone/s);
  });

  it('loses nothing that was flushed when the process is killed', async () => {
    const entry = path.join(__dirname, 'endlessWriter.js');
    const child = spawn(process.execPath, [entry, folder()], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (Number(said.trim().split('\n').at(-1)) > 500) resolve();
      });
    });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const flushed = Math.max(...said.trim().split('\n').map(Number));
    const steps = lines().flatMap((line) => {
      const event = parseEvent(line);
      return event?.type === 'step' ? [event.step] : [];
    });
    assert.ok(steps.length >= flushed, `${steps.length} of ${flushed} are there`);
    assert.deepEqual(
      steps,
      Array.from({ length: steps.length }, (_, i) => i + 1),
    );
  });
});
