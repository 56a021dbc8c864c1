import { dropSmallest, growLargest } from './dropGrow';
import { largest, magnitudes } from './largest';
import { countActive, type Mask } from './mask';
import type { Randomness } from './randomness';

/** What constant fan-in asks of a layer (SRigL; Lasby et al. 2024). */
export interface FanInOptions {
  /** Weights dropped in this update. */
  readonly drop: number;
  /** A neuron with fewer salient weights than this share of its fan-in is ablated; 0 ablates none. */
  readonly gamma: number;
}

/** As many weights into every neuron, drawn at random; a neuron is one output of `[..., input, output]`. */
export function randomFanIn(size: number, neurons: number, fanIn: number, random: Randomness): Mask {
  const mask = new Uint8Array(size);
  for (let neuron = 0; neuron < neurons; neuron++) {
    const scores = Float32Array.from({ length: size / neurons }, () => random.next());
    for (const row of largest(scores, fanIn, random)) mask[row * neurons + neuron] = 1;
  }
  return mask;
}

/** Active weights into each neuron. */
export function fanIns(mask: Mask, neurons: number): Int32Array {
  const counts = new Int32Array(neurons);
  for (let place = 0; place < mask.length;)
    for (let neuron = 0; neuron < neurons; neuron++)
      counts[neuron] = (counts[neuron] as number) + (mask[place++] as number);
  return counts;
}

/**
 * One update: the smallest weights of the layer are dropped, neurons with too few salient weights (those kept, and
 * those whose gradients are the largest) are ablated for good, and every other neuron grows where its gradients are the
 * largest, until all have the same fan-in and the layer about as many weights as before.
 */
export function updateFanIn(
  mask: Mask,
  neurons: number,
  weights: Float32Array,
  gradients: Float32Array,
  { drop, gamma }: FanInOptions,
  random: Randomness,
): Mask {
  const total = countActive(mask);
  const rows = mask.length / neurons;
  const living = Uint8Array.from(fanIns(mask, neurons), (count) => (count > 0 ? 1 : 0));
  const kept = dropSmallest(mask, magnitudes(weights), drop, random);
  const scores = magnitudes(gradients);
  const possible = scores.map((score, place) => (living[place % neurons] === 1 ? score : -1));
  const salient = fanIns(growLargest(kept, possible, drop, random), neurons);
  const fanInBefore = total / Math.max(1, countActive(living));
  const staying = ablate(living, salient, gamma * fanInBefore);
  const fanIn = Math.min(rows, Math.max(1, Math.round(total / countActive(staying))));
  const next = new Uint8Array(mask.length);
  const column = new Float32Array(rows);
  for (let neuron = 0; neuron < neurons; neuron++) {
    if (staying[neuron] === 0) continue;
    const own = columnOf(kept, neuron, neurons, new Uint8Array(rows));
    const more = fanIn - countActive(own);
    const grown = more >= 0 ? growLargest(own, columnOf(scores, neuron, neurons, column), more, random) : own;
    for (let row = 0; row < rows; row++) next[row * neurons + neuron] = grown[row] as number;
  }
  return next;
}

function columnOf<T extends Float32Array | Uint8Array>(
  values: T,
  neuron: number,
  neurons: number,
  column: T,
): T {
  for (let row = 0; row < column.length; row++) column[row] = values[row * neurons + neuron] as number;
  return column;
}

/** The neurons that stay; the best one always does. */
function ablate(living: Mask, salient: Int32Array, least: number): Mask {
  const best = salient.indexOf(salient.reduce((most, count) => Math.max(most, count)));
  return Uint8Array.from(living, (lives, neuron) =>
    lives === 1 && ((salient[neuron] as number) >= least || neuron === best) ? 1 : 0,
  );
}
