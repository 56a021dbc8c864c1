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
    assert.ok(first?.type === 'update');
    assert.equal(first.curves[0]?.fresh, true);
    assert.deepEqual([...(first.curves[0].series[0]?.x ?? [])], [1, 2, 3]);
    acknowledge();
    await train(4, 5);
    await until(() => sent.length === 2, 'an update');
    const update = last();
    assert.ok(update?.type === 'update');
    assert.equal(update.curves[0]?.fresh, false);
    assert.deepEqual(update.curves[0].series, [
      { key: 'train/loss', after: 3, x: Float64Array.of(4, 5), y: Float64Array.of(1 / 4, 1 / 5) },
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
    assert.deepEqual([...(update.curves[0]?.series[0]?.x ?? [])], [1, 2, 3]);
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
    assert.ok(message?.type === 'update' && message.curves[0]?.fresh);
    assert.deepEqual([...(message.curves[0].series[0]?.x ?? [])], [1, 2, 3]);
  });

  it('passes its own validation, also of a run whose loss is not a number', async () => {
    writer.record({ type: 'step', step: 1, epoch: 0, loss: NaN, metrics: { acc: Infinity }, ms: 1 });
    await writer.flush();
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    assert.deepEqual(parseMessage(toRunPanelSchema, sent[0]), sent[0]);
  });

  it('tells of each step when it was done and what was used by then, at the prices of the run', async () => {
    const startedAt = new Date(Date.now() - 60_000).toISOString();
    await writeRecord(
      folder(),
      recordOf({
        status: 'running',
        attempts: [attemptOf({ startedAt, backend: 'webgpu' })],
        surroundings: { pricePerKwh: 0.36, pricePerGpuHour: 3.6, currency: 'EUR', pue: 2 },
        plan: { stepsPerEpoch: 2 },
      }),
    );
    const part = { component: 'cpu', provenance: 'measured', source: 'meter', seconds: 1 } as const;
    writer.record({ type: 'start', fromStep: 1, backend: 'webgpu', flops: 0 });
    writer.record({ type: 'step', step: 1, epoch: 0, loss: 1, ms: 1, flops: 500 });
    writer.record({ type: 'energy', step: 1, parts: [{ ...part, joules: 3, low: 3, high: 3 }] });
    await writer.flush();
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    const message = last();
    assert.ok(message?.type === 'update');
    const [curves] = message.curves;
    const reached = new Map(
      curves?.reached.map(({ key, x, y }) => [key, [...x].map((step, i) => [step, y[i]])]),
    );
    assert.deepEqual(reached.get('flops'), [[1, 500]]);
    assert.deepEqual(reached.get('joules'), [[1, 3]]);
    const seconds = reached.get('seconds')?.[0]?.[1] ?? NaN;
    assert.ok(seconds > 59.9 && seconds < 600, `${seconds} s`);
    assert.deepEqual(reached.get('gpuSeconds'), [[1, seconds]]);
    assert.equal(curves?.energyProvenance, 'measured');
    assert.equal(curves?.stepsPerEpoch, 2);
    // A kilowatt-hour is 3.6 MJ, and the building uses two for each.
    assert.ok(Math.abs((curves?.prices?.perJoule ?? 0) - (2 * 0.36) / 3.6e6) < 1e-15);
    assert.ok(Math.abs((curves?.prices?.perGpuSecond ?? 0) - 0.001) < 1e-12);
  });

  it('has the curves of other runs beside its own, live, until they are left out', async () => {
    const other = fs.mkdtempSync(path.join(folder(), 'other-'));
    await writeRecord(other, recordOf({ name: 'wide', status: 'running', attempts: [attemptOf()] }));
    const second = new RunWriter(other, 1);
    const otherMonitor = new RunMonitor(other);
    const tell = async (step: number) => {
      second.record({ type: 'step', step, epoch: 0, loss: 10 * step, ms: 1 });
      await second.flush();
    };
    const names = () => {
      const message = last();
      return message?.type === 'update' ? message.curves.map(({ name }) => name) : [];
    };
    try {
      await train(1);
      await tell(1);
      feed.ready();
      await until(() => sent.length === 1, 'the first message');
      acknowledge();
      feed.compareWith([otherMonitor]);
      await until(() => (acknowledge(), names().length === 2), 'the other run');
      assert.deepEqual(names(), ['mlp', 'wide']);
      const two = last();
      assert.ok(two?.type === 'update');
      assert.deepEqual(
        two.curves.map(({ fresh }) => fresh),
        [false, true],
      );
      assert.deepEqual([...(two.curves[1]?.series[0]?.y ?? [])], [10]);
      acknowledge();
      await tell(2);
      const newest = () => {
        const message = last();
        acknowledge();
        return message?.type === 'update' ? message.curves[1]?.series[0]?.y.at(-1) : undefined;
      };
      await until(() => newest() === 20, 'a step of the other run');
      feed.compareWith([]);
      await until(() => (acknowledge(), names().length === 1), 'the other run to be left out');
    } finally {
      otherMonitor.dispose();
      await second.close();
    }
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
