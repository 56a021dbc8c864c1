import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MaskSource } from '../../src/panels/maskSource';
import { RunMonitor } from '../../src/panels/runMonitor';
import { layoutOf } from '../../src/protocol/maskLayout';
import { MaskWriter } from '../../src/runs/masks';
import type { MaskColours } from '../../webview/masks/palette';
import { MaskStore } from '../../webview/masks/maskStore';
import { paintingOf } from '../../webview/masks/painting';
import { paintPixels } from '../../webview/masks/paintPixels';
import { fitted } from '../../webview/masks/viewport';
import { median } from './median';
import { evolved, randomMask, randomOf, weightOf } from '../unit/runs/maskFixtures';

const side = 5000;
const updates = 100;
const canvas = { width: 1200, height: 800 };
const colours: MaskColours = {
  background: [30, 30, 30],
  inactive: [48, 48, 48],
  dropped: [160, 60, 60],
  active: [60, 140, 250],
  grown: [190, 230, 190],
  strong: [220, 230, 255],
};

export interface MasksResult {
  readonly millionWeights: number;
  readonly bytesPerUpdate: number;
  /** Medians: of telling one update, and of reading one for the panel. */
  readonly recordMilliseconds: number;
  readonly partMilliseconds: number;
  /** The longest that the process could not answer while it read all updates. */
  readonly heldUpMilliseconds: number;
  /** Medians of putting a picture together: at the step after, at any step, and of painting it. */
  readonly nextMilliseconds: number;
  readonly farMilliseconds: number;
  readonly paintMilliseconds: number;
}

/** Masks of 25 million weights at 90 % sparsity, moved as RigL does with a cosine: what they cost to record and to show. */
export async function benchMasks(): Promise<MasksResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compute-lens-masks-'));
  try {
    const random = randomOf(1);
    const writer = new MaskWriter(folder, 1);
    let mask = randomMask(side * side, 0.1, random);
    const writing: number[] = [];
    const timed = (work: () => void) => {
      const began = performance.now();
      work();
      writing.push(performance.now() - began);
    };
    timed(() => writer.begin(0, [weightOf('dense/kernel', [side, side])], [mask]));
    for (let update = 1; update <= updates; update++) {
      mask = evolved(mask, 0.15 * (1 + Math.cos((Math.PI * update) / updates)), random);
      timed(() => writer.update(update * 100, [mask]));
      await writer.flush();
    }
    await writer.close();
    const { size } = fs.statSync(path.join(folder, 'masks.bin'));
    return {
      millionWeights: (side * side) / 1e6,
      bytesPerUpdate: size / (updates + 1),
      recordMilliseconds: median(writing),
      ...(await benchPictures(folder, random)),
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What the extension's side reads, and what the panel's workers make of it. */
async function benchPictures(folder: string, random: () => number) {
  const source = new MaskSource(new RunMonitor(folder));
  await source.poll();
  const store = new MaskStore({ parts: 1e9, masks: 1e8 });
  store.hydrate(0, source.describeWeights(), source.frames(0));
  const reading: number[] = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let frame = 0; frame <= updates; frame++) {
    const began = performance.now();
    const part = await source.part({ frame, weight: 0 });
    reading.push(performance.now() - began);
    if (part) store.put(0, part);
  }
  delay.disable();
  const painting: number[] = [];
  const pictureAt = (frame: number): number => {
    const began = performance.now();
    const picture = store.picture({ side: 0, frame, weight: 0 });
    const took = performance.now() - began;
    if (!picture) throw new Error(`no picture of frame ${frame}`);
    const layout = layoutOf({ kind: 'dense', shape: [side, side] });
    const view = fitted({ width: side, height: side }, canvas);
    paintPixels(paintingOf(layout, view, picture), canvas.width, canvas.height, colours);
    painting.push(performance.now() - began - took);
    return took;
  };
  const next = Array.from({ length: updates + 1 }, (_, frame) => pictureAt(frame));
  const far = Array.from({ length: 30 }, () => pictureAt(Math.floor(random() * (updates + 1))));
  return {
    partMilliseconds: median(reading),
    heldUpMilliseconds: delay.max / 1e6,
    nextMilliseconds: median(next),
    farMilliseconds: median(far),
    paintMilliseconds: median(painting),
  };
}
