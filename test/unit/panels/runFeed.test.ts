import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { RunFeed } from '../../../src/panels/runFeed';
import { RunMonitor } from '../../../src/panels/runMonitor';
import { parseMessage, toRunPanelSchema, type ToRunPanel } from '../../../src/protocol/runPanel';
import { writeRecord } from '../../../src/runs/recordFile';
import { RunWriter } from '../../../src/runs/writer';
import { attemptOf, freshFolder, recordOf } from '../runs/runFolder';

/** A real run folder, followed by the real monitor; only the webview is played. */
describe('what a run panel is sent', () => {
  const folder = freshFolder();
  let monitor: RunMonitor;
  let feed: RunFeed;
  let sent: ToRunPanel[];
  let writer: RunWriter;
  beforeEach(async () => {
    await writeRecord(folder(), recordOf({ status: 'running', attempts: [attemptOf()] }));
    writer = new RunWriter(folder(), 1);
    sent = [];
    monitor = new RunMonitor(folder());
    feed = new RunFeed(monitor, (message) => sent.push(message));
  });
  afterEach(async () => {
    feed.dispose();
    monitor.dispose();
    await writer.close().catch(() => undefined);
  });
  const train = async (...steps: number[]) => {
    for (const step of steps) writer.record({ type: 'step', step, epoch: 0, loss: 1 / step, ms: 1 });
    await writer.flush();
  };
  const until = async (condition: () => boolean, what: string) => {
    const deadline = Date.now() + 5000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const last = () => sent.at(-1);
  const acknowledge = () => feed.acknowledge(last()?.id ?? -1);

  it('is nothing before it says that it is ready, then everything, then what is new', async () => {
    await train(1, 2, 3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(sent.length, 0);
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    const [first] = sent;
    assert.ok(first?.type === 'hydrate');
    assert.deepEqual([...(first.series[0]?.x ?? [])], [1, 2, 3]);
    acknowledge();
    await train(4, 5);
    await until(() => last()?.type === 'update', 'an update');
    const update = last();
    assert.ok(update?.type === 'update');
    assert.deepEqual(update.append, [
      { key: 'train/loss', x: Float64Array.of(4, 5), y: Float64Array.of(1 / 4, 1 / 5) },
    ]);
    assert.equal(update.run.step, 5);
  });

  it('waits for a webview that is slow, and loses nothing meanwhile', async () => {
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    await train(1, 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await train(3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(sent.length, 1, 'nothing more is sent before the acknowledgement');
    acknowledge();
    await until(() => sent.length === 2, 'what has gathered');
    const update = last();
    assert.ok(update?.type === 'update');
    assert.deepEqual([...(update.append[0]?.x ?? [])], [1, 2, 3]);
  });

  it('comes at most some twenty times a second, however fast the run', async () => {
    feed.ready();
    const began = Date.now();
    const answering = setInterval(acknowledge, 1);
    for (let step = 1; step <= 100; step++) {
      await train(step);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    clearInterval(answering);
    const seconds = (Date.now() - began) / 1000;
    assert.ok(sent.length / seconds <= 20, `${sent.length} messages in ${seconds} s`);
  });

  it('is nothing while the panel is hidden, and all of it when it comes back', async () => {
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    feed.pause();
    await train(1, 2, 3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(sent.length, 1);
    feed.ready();
    await until(() => sent.length === 2, 'the message after it');
    const message = last();
    assert.ok(message?.type === 'hydrate');
    assert.deepEqual([...(message.series[0]?.x ?? [])], [1, 2, 3]);
  });

  it('passes its own validation, also of a run whose loss is not a number', async () => {
    writer.record({ type: 'step', step: 1, epoch: 0, loss: NaN, metrics: { acc: Infinity }, ms: 1 });
    await writer.flush();
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    assert.deepEqual(parseMessage(toRunPanelSchema, sent[0]), sent[0]);
  });

  it('says once that the folder is gone', async () => {
    feed.ready();
    await train(1);
    await until(() => sent.length === 1, 'the first message');
    acknowledge();
    await writer.close();
    fs.rmSync(path.join(folder()), { recursive: true });
    await until(() => last()?.type === 'gone', 'the bad news');
    acknowledge();
    const { length } = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(sent.length, length);
  });
});
