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

/**
 * The values of a weight in a run's newest checkpoint, and the step it was written at. Only this weight is read.
 *
 * @throws Error for people where there is no checkpoint, or none that has the weight
 */
export async function newestWeight(
  directory: string,
  weight: Pick<RecordedWeight, 'name' | 'shape'>,
): Promise<{ values: Float32Array; step: number }> {
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
  const bytes = Buffer.alloc(entry.byteLength);
  const handle = await fs.open(path.join(folder, 'weights.bin'), 'r');
  try {
    const { bytesRead } = await handle.read(bytes, 0, entry.byteLength, entry.byteOffset);
    if (bytesRead < entry.byteLength) throw new Error(`The checkpoint ${newest} is cut short.`);
  } finally {
    await handle.close();
  }
  // A copy begins where numbers may.
  return { values: new Float32Array(Uint8Array.from(bytes).buffer), step: state.place.step };
}
