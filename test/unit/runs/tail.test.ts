import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { formatEvent } from '../../../src/runs/event';
import { EventTail } from '../../../src/runs/tail';
import { freshFolder } from './runFolder';

const line = (step: number) =>
  formatEvent({ type: 'step', t: step, attempt: 1, step, epoch: 0, loss: 1 / step, ms: 2 });

describe('following events.jsonl', () => {
  const folder = freshFolder();
  const file = () => path.join(folder(), 'events.jsonl');
  let heard: (number | 'reset' | 'gone')[];
  let tail: EventTail;
  beforeEach(() => {
    heard = [];
    tail = new EventTail(folder(), {
      events: (batch) => heard.push(...batch.map((event) => (event.type === 'step' ? event.step : NaN))),
      reset: () => heard.push('reset'),
      gone: () => heard.push('gone'),
    });
  });
  afterEach(() => tail.dispose());

  it('hears each event once, as it is appended', async () => {
    await tail.poll();
    assert.deepEqual(heard, []);
    fs.appendFileSync(file(), line(1) + line(2));
    await tail.poll();
    await tail.poll();
    fs.appendFileSync(file(), line(3));
    await tail.poll();
    assert.deepEqual(heard, [1, 2, 3]);
  });

  it('has told all that was there when it was asked, also when it is asked while it reads', async () => {
    let asked: Promise<void> | undefined;
    const told: number[] = [];
    const busy = new EventTail(folder(), {
      events(batch) {
        told.push(...batch.map((event) => (event.type === 'step' ? event.step : NaN)));
        if (asked) return;
        fs.appendFileSync(file(), line(2));
        asked = busy.poll();
      },
      reset: () => undefined,
      gone: () => undefined,
    });
    fs.writeFileSync(file(), line(1));
    await busy.poll();
    await asked;
    assert.deepEqual(told, [1, 2]);
    busy.dispose();
  });

  it('reads each byte once: a big file is not read again for one more line', async () => {
    fs.writeFileSync(file(), Array.from({ length: 50_000 }, (_, i) => line(i + 1)).join(''));
    await tail.poll();
    assert.equal(heard.length, 50_000);
    const before = bytesRead();
    fs.appendFileSync(file(), line(50_001));
    await tail.poll();
    assert.equal(heard.length, 50_001);
    if (before === undefined) return;
    const read = (bytesRead() ?? 0) - before;
    assert.ok(read < 20_000, `${read} bytes were read for one line`);
  });

  it('waits for the rest of a torn line, also when it is torn inside a character', async () => {
    const text = Buffer.from(
      formatEvent({ type: 'warning', t: 1, attempt: 1, message: 'größer 🔬' }) + line(2),
    );
    for (const byte of text) {
      fs.appendFileSync(file(), Buffer.of(byte));
      await tail.poll();
    }
    assert.deepEqual(heard, [NaN, 2]);
  });

  it('passes over lines that are no events', async () => {
    fs.writeFileSync(
      file(),
      `${line(1)}{"type":"step","t":1,"at\nnonsense\n\n{"type":"later"}\n[]\n${line(2)}`,
    );
    await tail.poll();
    assert.deepEqual(heard, [1, 2]);
  });

  it('starts over when the file was shortened', async () => {
    fs.writeFileSync(file(), line(1) + line(2));
    await tail.poll();
    fs.truncateSync(file(), line(1).length);
    await tail.poll();
    assert.deepEqual(heard, [1, 2, 'reset', 1]);
  });

  it('starts over when the file was rewritten in place and is longer than before', async () => {
    fs.writeFileSync(file(), line(1));
    await tail.poll();
    fs.writeFileSync(file(), line(7) + line(8));
    await tail.poll();
    assert.deepEqual(heard, [1, 'reset', 7, 8]);
  });

  it('starts over when the file was replaced', async () => {
    fs.writeFileSync(file(), line(1));
    await tail.poll();
    fs.writeFileSync(`${file()}.new`, line(1) + line(5));
    fs.renameSync(`${file()}.new`, file());
    await tail.poll();
    assert.deepEqual(heard, [1, 'reset', 1, 5]);
  });

  it('says once that the folder is gone, and goes on should it come back', async () => {
    fs.writeFileSync(file(), line(1));
    await tail.poll();
    fs.rmSync(folder(), { recursive: true });
    await tail.poll();
    await tail.poll();
    assert.deepEqual(heard, [1, 'gone']);
    fs.mkdirSync(folder());
    fs.writeFileSync(file(), line(4));
    await tail.poll();
    assert.deepEqual(
      heard.slice(2).filter((each) => each !== 'reset'),
      [4],
    );
  });

  it('looks by itself once started, and not any more once disposed', async () => {
    tail.start();
    fs.appendFileSync(file(), line(1));
    const deadline = Date.now() + 5000;
    while (heard.length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(heard, [1]);
    tail.dispose();
    fs.appendFileSync(file(), line(2));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(heard, [1]);
  });
});

/** What this process has read from files so far, where the system counts it. */
function bytesRead(): number | undefined {
  try {
    return Number(/rchar: (\d+)/.exec(fs.readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
