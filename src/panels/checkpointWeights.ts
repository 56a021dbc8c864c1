import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { runFiles } from '../runs/record';
import type { RecordedWeight } from '../runs/masks';
import { tensorEntrySchema } from '../train/tensorFile';

/** The part of a checkpoint's `state.json` that says where its weights lie: see train/checkpoint.ts. */
const stateSchema = v.object({
  place: v.object({ step: v.number() }),
  weights: v.array(tensorEntrySchema),
});

/** Floats read at a time, so that a large weight holds nobody up. */
const floatsAtATime = 1 << 20;

/**
 * How large the values of a weight are in a run's newest checkpoint: a byte each, 0 for zero and 255 for the largest.
 * Only this weight is read.
 *
 * @returns also the largest, and the step that the checkpoint was written at
 * @throws Error for people where there is no checkpoint, or none that has the weight
 */
export async function newestMagnitudes(
  directory: string,
  weight: Pick<RecordedWeight, 'name' | 'shape'>,
): Promise<{ values: Uint8Array<ArrayBuffer>; largest: number; step: number }> {
  const parent = path.join(directory, runFiles.checkpoints);
  const names = (await fs.readdir(parent).catch(() => [])).filter((name) => !name.startsWith('.'));
  const newest = names.sort().at(-1);
  if (newest === undefined)
    throw new Error('There is no checkpoint yet: magnitudes are read from the newest one.');
  const folder = path.join(parent, newest);
  const state = v.parse(stateSchema, JSON.parse(await fs.readFile(path.join(folder, 'state.json'), 'utf8')));
  const alike = state.weights.filter(({ shape }) => String(shape) === String(weight.shape));
  const entry = alike.find(({ name }) => name === weight.name) ?? (alike.length === 1 ? alike[0] : undefined);
  if (entry?.dtype !== 'float32')
    throw new Error(
      `The checkpoint ${newest} has no weight ${weight.name} of shape ${weight.shape.join(' × ')}.`,
    );
  const handle = await fs.open(path.join(folder, 'weights.bin'), 'r');
  try {
    const buffer = new Float32Array(Math.min(floatsAtATime, entry.byteLength / 4));
    const pass = async (take: (floats: Float32Array, from: number) => void) => {
      for (let done = 0; done < entry.byteLength;) {
        const length = Math.min(buffer.byteLength, entry.byteLength - done);
        const { bytesRead } = await handle.read(
          new Uint8Array(buffer.buffer),
          0,
          length,
          entry.byteOffset + done,
        );
        if (bytesRead < length) throw new Error(`The checkpoint ${newest} is cut short.`);
        take(buffer.subarray(0, length / 4), done / 4);
        done += length;
      }
    };
    let largest = 0;
    await pass((floats) => {
      for (let i = 0; i < floats.length; i++) {
        const size = Math.abs(floats[i] as number);
        if (size > largest) largest = size;
      }
    });
    const values = new Uint8Array(entry.byteLength / 4);
    await pass((floats, from) => {
      for (let i = 0; i < floats.length; i++) {
        const size = Math.abs(floats[i] as number);
        // What is not zero is to be seen.
        values[from + i] = size > 0 ? Math.max(1, Math.round((255 * size) / largest)) : 0;
      }
    });
    return { values, largest, step: state.place.step };
  } finally {
    await handle.close();
  }
}
