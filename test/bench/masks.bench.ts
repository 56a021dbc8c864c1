import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MaskReader, MaskWriter } from '../../src/runs/masks';
import { median } from './median';
import { evolved, randomMask, randomOf, weightOf } from '../unit/runs/maskFixtures';

const side = 5000;
const updates = 100;

export interface MasksResult {
  readonly millionWeights: number;
  readonly bytesPerUpdate: number;
  /** Medians: of telling one update, and of reading a step at random or the one after the last. */
  readonly recordMilliseconds: number;
  readonly openMilliseconds: number;
  readonly seekMilliseconds: number;
  readonly nextMilliseconds: number;
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
    const reader = new MaskReader(folder);
    const opened = await milliseconds(() => reader.poll());
    const seeking: number[] = [];
    for (let i = 0; i < 30; i++) {
      const frame = Math.floor(random() * (updates + 1));
      seeking.push(await milliseconds(() => reader.mask(frame, 0)));
    }
    const playing: number[] = [];
    for (let frame = 0; frame <= updates; frame++)
      playing.push(await milliseconds(() => reader.mask(frame, 0)));
    return {
      millionWeights: (side * side) / 1e6,
      bytesPerUpdate: size / (updates + 1),
      recordMilliseconds: median(writing),
      openMilliseconds: opened,
      seekMilliseconds: median(seeking),
      nextMilliseconds: median(playing),
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
