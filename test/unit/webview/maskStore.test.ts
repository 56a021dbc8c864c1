import assert from 'node:assert/strict';
import { layoutOf } from '../../../src/protocol/maskLayout';
import { figuresPerWeight, type MaskView, type Side } from '../../../src/protocol/masksPanel';
import { MaskReader, MaskWriter, packMask } from '../../../src/runs/masks';
import { degrees, layOut } from '../../../webview/masks/maskPicture';
import { MaskStore, type MaskPicture } from '../../../webview/masks/maskStore';
import { evolved, randomMask, randomOf, weightOf } from '../runs/maskFixtures';
import { freshFolder } from '../runs/runFolder';

const weights = [
  weightOf('a/kernel', [40, 30]),
  weightOf('b/kernel', [3, 3, 4, 10], { kind: 'conv' }),
  weightOf('c/kernel', [30, 10]),
];

/** Parts are those that the product's own reader gives of what its own writer wrote. */
describe('masks put together from parts', () => {
  const folder = freshFolder();
  let reader: MaskReader;
  let masks: Uint8Array[][];
  let fetched: number;

  async function record(updates: number, share: (update: number) => number): Promise<void> {
    const random = randomOf(5);
    const writer = new MaskWriter(folder(), 1);
    masks = [
      weights.map(({ shape }) =>
        randomMask(
          shape.reduce((a, b) => a * b, 1),
          0.2,
          random,
        ),
      ),
    ];
    writer.begin(0, weights, masks[0] ?? []);
    for (let update = 1; update <= updates; update++) {
      const next = (masks.at(-1) ?? []).map((mask) => evolved(mask, share(update), random));
      masks.push(next);
      writer.update(update * 100, next);
    }
    await writer.close();
    reader = new MaskReader(folder());
    await reader.poll();
    fetched = 0;
  }

  const framesFrom = (from: number, to = reader.frames.length) => {
    const frames = reader.frames.slice(from, to);
    const figures = new Uint32Array(frames.length * weights.length * figuresPerWeight);
    for (const [i, { parts }] of frames.entries())
      for (const [weight, { active, grown, dropped }] of parts.entries())
        figures.set([active, grown, dropped], (i * weights.length + weight) * figuresPerWeight);
    const follows = Uint8Array.from(frames, (_, i) => Number(reader.follows(from + i)));
    return { steps: Float64Array.from(frames, ({ step }) => step), figures, follows };
  };
  const fetch = async (store: MaskStore, parts: readonly MaskView[], side: Side = 0) => {
    for (const { frame, weight } of parts) {
      fetched++;
      store.put(side, { frame, weight, links: await reader.links(frame, weight) });
    }
  };
  const pictureOf = async (store: MaskStore, frame: number, weight: number) => {
    const view = { side: 0 as const, frame, weight };
    for (let tries = 0; store.missing(view).length > 0; tries++) {
      assert.equal(store.picture(view), undefined);
      assert.ok(tries < 3, 'parts that were fetched are asked for again and again');
      await fetch(store, store.missing(view));
    }
    const picture = store.picture(view);
    assert.ok(picture);
    return picture;
  };
  const check = (store: MaskStore, { side, frame, weight, active, changed }: MaskPicture) => {
    const layout = layoutOf(weights[weight] ?? { kind: 'dense', shape: [] });
    const now = masks[frame]?.[weight] ?? new Uint8Array();
    const before = masks[frame - 1]?.[weight] ?? now;
    const what = `frame ${frame}, weight ${weight}`;
    assert.deepEqual(active, layOut(packMask(now), layout), what);
    const differs = now.map((bit, i) => (bit === before[i] ? 0 : 1));
    assert.deepEqual(changed, layOut(packMask(differs), layout), what);
    const counted = store.degrees({ side, frame, weight });
    assert.deepEqual(counted, { side, frame, weight, ...degrees(packMask(now), layout) }, what);
  };

  for (const [what, limits] of [
    ['everything is kept', { parts: 1e9, masks: 1e9 }],
    ['hardly anything is kept', { parts: 1, masks: 1 }],
  ] as const)
    it(`are those that were recorded, in any order, where ${what}`, async () => {
      await record(40, (update) => 0.3 / update);
      assert.ok(framesFrom(0).follows.filter((each) => each === 0).length > 1, 'more than one is whole');
      const store = new MaskStore(limits);
      store.hydrate(0, weights, framesFrom(0));
      const random = randomOf(3);
      const order = [...masks.keys(), ...[...masks.keys()].reverse()];
      for (let i = 0; i < 60; i++) order.push(Math.floor(random() * masks.length));
      for (const frame of order) {
        const weight = Math.floor(random() * weights.length);
        const view = { side: 0 as const, frame, weight };
        if (limits.parts > 1) check(store, await pictureOf(store, frame, weight));
        else {
          // As many parts as a picture takes are not kept at a time: it is not made, and nothing breaks.
          await fetch(store, store.missing(view));
          const picture = store.picture(view);
          if (picture) check(store, picture);
        }
      }
      if (limits.parts > 1) assert.ok(fetched <= masks.length * weights.length, `${fetched} parts`);
    });

  it('cost one part at the step after, and none at a step that was seen', async () => {
    await record(30, () => 0.01);
    const store = new MaskStore();
    store.hydrate(0, weights, framesFrom(0));
    await pictureOf(store, 10, 0);
    fetched = 0;
    await pictureOf(store, 11, 0);
    assert.equal(fetched, 1);
    await pictureOf(store, 10, 0);
    await pictureOf(store, 9, 0);
    await pictureOf(store, 0, 0);
    assert.equal(fetched, 1);
  });

  it('are fetched ahead, the nearest first, no more than may be kept', async () => {
    await record(30, () => 0.05);
    const store = new MaskStore();
    store.hydrate(0, weights, framesFrom(0));
    const view = { side: 0 as const, frame: 10, weight: 0 };
    await pictureOf(store, 10, 0);
    const ahead = store.ahead(view).map(({ frame }) => frame);
    assert.equal(ahead[0], 11);
    assert.equal(ahead.length + fetched, 31);
    await fetch(store, store.ahead(view));
    assert.deepEqual(store.ahead(view), []);
    fetched = 0;
    for (const frame of masks.keys()) check(store, await pictureOf(store, frame, 0));
    assert.equal(fetched, 0);
    const small = new MaskStore({ parts: 400, masks: 1e6 });
    small.hydrate(0, weights, framesFrom(0));
    const few = small.ahead(view).length;
    assert.ok(few > 0 && few < 16, String(few));
  });

  it('go on where more is recorded, and are forgotten with their run', async () => {
    await record(12, () => 0.05);
    const store = new MaskStore();
    store.hydrate(0, weights, framesFrom(0, 5));
    assert.equal(store.picture({ side: 0, frame: 5, weight: 0 }), undefined);
    check(store, await pictureOf(store, 4, 0));
    store.append(0, framesFrom(5));
    check(store, await pictureOf(store, 12, 0));
    store.forget(0);
    const view = { side: 0 as const, frame: 12, weight: 0 };
    assert.deepEqual([store.picture(view), store.missing(view), store.ahead(view)], [undefined, [], []]);
  });
});
