import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { MasksFeed } from '../../../src/panels/masksFeed';
import { RunMonitor } from '../../../src/panels/runMonitor';
import { parseMessage, toMasksPanelSchema, type ToMasksPanel } from '../../../src/protocol/masksPanel';
import { countBits, wordsOf } from '../../../src/runs/maskBits';
import { toggleCoded } from '../../../src/runs/maskCode';
import { MaskReader } from '../../../src/runs/masks';
import { MaskRun, type MadeLayer } from '../../harness/maskRun';
import { freshFolder } from '../runs/runFolder';

const layers: MadeLayer[] = [
  { name: 'a/kernel', kind: 'dense', shape: [30, 20], density: 0.2 },
  { name: 'b/kernel', kind: 'conv', shape: [3, 3, 2, 4], density: 0.5 },
];

/** Real run folders, followed by the real monitor; only the webview is played. */
describe('what a masks panel is sent', () => {
  const folder = freshFolder();
  let run: MaskRun;
  let runs: MaskRun[];
  let monitors: RunMonitor[];
  let feed: MasksFeed;
  let sent: ToMasksPanel[];
  const monitorOf = (each: MaskRun) => {
    const monitor = new RunMonitor(each.directory);
    monitors.push(monitor);
    return monitor;
  };
  const begin = async (name: string, seed: number) => {
    const each = await MaskRun.begin(
      folder(),
      name,
      seed,
      { file: path.join(folder(), 'x.ts'), line: 1 },
      layers,
    );
    runs.push(each);
    return each;
  };
  beforeEach(async () => {
    monitors = [];
    sent = [];
    runs = [];
    run = await begin('one', 1);
    feed = new MasksFeed(monitorOf(run), (message) => sent.push(message));
  });
  afterEach(async () => {
    feed.dispose();
    for (const monitor of monitors) monitor.dispose();
    // Of some the folder is gone.
    for (const each of runs) await each.finish().catch(() => undefined);
  });
  const until = async (condition: () => boolean, what: string) => {
    const deadline = Date.now() + 5000;
    while (!condition()) {
      assert.ok(Date.now() < deadline, `waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const rest = (milliseconds = 500) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** Acknowledges until a message of the kind arrives. */
  const next = async <T extends ToMasksPanel['type']>(type: T, test = (_message: ToMasksPanel) => true) => {
    for (;;) {
      await until(() => sent.length > 0, type);
      const message = sent.shift() as ToMasksPanel;
      assert.ok(parseMessage(toMasksPanelSchema, message), `${message.type} is not as agreed`);
      feed.acknowledge(message.id);
      if (message.type === type && test(message)) return message as Extract<ToMasksPanel, { type: T }>;
    }
  };

  it('is nothing before it says that it is ready, then every frame, then what is new', async () => {
    await run.update(3);
    await rest(300);
    assert.equal(sent.length, 0);
    feed.ready();
    const first = await next(
      'hydrate',
      (message) => message.type === 'hydrate' && message.frames.steps.length > 0,
    );
    assert.deepEqual([...first.frames.steps], [0, 100, 200, 300]);
    assert.deepEqual(
      first.weights.map(({ name, shape, hasSite }) => ({ name, shape, hasSite })),
      layers.map(({ name, shape }) => ({ name, shape, hasSite: true })),
    );
    const active = run.masks[0]?.reduce((sum, bit) => sum + bit, 0);
    assert.equal(first.frames.figures[3 * 2 * 5], active);
    await run.update(2);
    const more = await next(
      'append',
      (message) => message.type === 'append' && message.frames.steps.length > 0,
    );
    assert.deepEqual([...more.frames.steps], [400, 500]);
  });

  it('waits for each acknowledgement', async () => {
    feed.ready();
    await until(() => sent.length === 1, 'the first message');
    await run.update(1);
    feed.ask([{ side: 0, frame: 0, weight: 0 }]);
    await rest();
    assert.equal(sent.length, 1);
  });

  it('has the masks that are looked at, and of nothing else, each frame once', async () => {
    await run.update(2);
    const reader = new MaskReader(run.directory);
    await reader.poll();
    feed.ready();
    await next('hydrate');
    feed.ask([
      { side: 0, frame: 2, weight: 1 },
      { side: 0, frame: 1, weight: 0 },
      { side: 0, frame: 99, weight: 0 },
      { side: 1, frame: 0, weight: 0 },
    ]);
    const parts: [number, number][] = [];
    while (parts.length < 2)
      for (const part of (await next('parts')).parts) {
        parts.push([part.frame, part.weight]);
        const { weights, parts: figures } = reader.frames[part.frame] ?? {};
        const size = weights?.[part.weight]?.shape.reduce((a, b) => a * b, 1) ?? 0;
        const bits = new Uint32Array(wordsOf(size));
        for (const { form, ones, words } of part.links)
          toggleCoded(bits, { form, words: words.slice() }, size, ones);
        const { active, grown = 0, dropped } = figures?.[part.weight] ?? {};
        assert.equal(countBits(bits), reader.follows(part.frame) ? grown + (dropped ?? 0) : active);
      }
    assert.deepEqual(parts, [
      [2, 1],
      [1, 0],
    ]);
    await rest();
    assert.deepEqual(
      sent.filter(({ type }) => type === 'parts'),
      [],
    );
  });

  it('has no part twice that is under way, and drops what is no longer wanted', async () => {
    await run.update(3);
    feed.ready();
    await next('hydrate');
    const part = (frame: number) => ({ side: 0 as const, frame, weight: 0 });
    feed.ask([part(0)]);
    await until(() => sent.some(({ type }) => type === 'parts'), 'the first part');
    feed.ask([part(0), part(1)]);
    feed.ask([part(0), part(2)]);
    assert.deepEqual(
      (await next('parts')).parts.map(({ frame }) => frame),
      [0],
    );
    assert.deepEqual(
      (await next('parts')).parts.map(({ frame }) => frame),
      [2],
    );
  });

  it('says once that a part is damaged, and still has the others', async () => {
    await run.update(2);
    const reader = new MaskReader(run.directory);
    await reader.poll();
    const file = path.join(run.directory, 'masks.bin');
    const bytes = fs.readFileSync(file);
    // The end of the last frame is of the last weight.
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x55;
    fs.writeFileSync(file, bytes);
    feed.ready();
    await next('hydrate', (message) => message.type === 'hydrate' && message.frames.steps.length > 0);
    const all = [0, 1, 2].map((frame) => ({ side: 0 as const, frame, weight: 1 }));
    feed.ask(all.reverse());
    const { problem } = await next('hydrate', (message) => 'problem' in message);
    assert.match(problem ?? '', /masks\.bin is damaged at byte \d+: the mask of b\/kernel/);
    feed.ask(all);
    assert.deepEqual(
      (await next('parts')).parts.map(({ frame }) => frame),
      [1, 0],
    );
    await rest();
    assert.deepEqual(sent, []);
  });

  it('has another run beside it, until it is no longer compared', async () => {
    const other = await begin('two', 2);
    feed.ready();
    await next('hydrate', ({ side }) => side === 0);
    feed.compareWith(monitorOf(other));
    const hydrated = await next('hydrate', ({ side }) => side === 1);
    assert.equal(hydrated.run.name, 'two');
    feed.ask([{ side: 1, frame: 0, weight: 0 }]);
    assert.equal((await next('parts')).side, 1);
    feed.compareWith(undefined);
    const gone = await next('gone');
    assert.deepEqual([gone.side, gone.message], [1, '']);
  });

  it('has magnitudes from the newest checkpoint, or says why there are none', async () => {
    await run.update(1);
    feed.ready();
    await next('hydrate');
    feed.magnitudes(0, 0);
    assert.match((await next('noMagnitudes')).message, /There is no checkpoint yet/);
    run.checkpoint();
    feed.magnitudes(0, 0);
    const { values, step, largest } = await next('magnitudes');
    assert.equal(step, 100);
    assert.ok(largest > 0.4 && largest <= 0.5, String(largest));
    assert.equal(
      values.filter((value) => value > 0).length,
      run.masks[0]?.reduce((sum, bit) => sum + bit, 0),
    );
  });

  it('costs nothing while nobody looks, and starts over afterwards', async () => {
    feed.ready();
    await next('hydrate');
    feed.pause();
    sent = [];
    await run.update(2);
    await rest();
    assert.deepEqual(sent, []);
    feed.ready();
    const again = await next(
      'hydrate',
      (message) => message.type === 'hydrate' && message.frames.steps.length > 0,
    );
    assert.equal(again.frames.steps.length, 3);
  });

  it('says that masks are damaged, and where', async () => {
    await run.update(2);
    const file = path.join(run.directory, 'masks.bin');
    fs.appendFileSync(file, Buffer.alloc(64, 7));
    feed.ready();
    const { problem, frames } = await next(
      'hydrate',
      (message) => message.type === 'hydrate' && message.frames.steps.length > 0,
    );
    assert.ok(problem?.includes(file), problem);
    assert.equal(frames.steps.length, 3);
  });

  it('says that the run is gone', async () => {
    feed.ready();
    await next('hydrate');
    fs.rmSync(run.directory, { recursive: true });
    assert.match((await next('gone')).message, /deleted/);
  });

  it('of a run without masks is that there are none', async () => {
    fs.rmSync(path.join(run.directory, 'masks.bin'));
    feed.ready();
    const { weights, frames } = await next('hydrate');
    assert.deepEqual([weights.length, frames.steps.length], [0, 0]);
  });
});
