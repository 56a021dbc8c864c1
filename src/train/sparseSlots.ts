import type * as tfjs from '@tensorflow/tfjs';
import type { Mask, Randomness } from '../sparse';
import type { Tf } from './tfInstance';

interface Slot {
  readonly originalName: string;
  readonly variable: tfjs.Variable;
}

/** Values of variables and numbers of an optimizer, copied out of the backend. */
export interface Snapshot {
  readonly numbers: Readonly<Record<string, number>>;
  /** By name of the variable; a slot by `field/index`. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** The slots that an optimizer keeps of a weight: variables of its shape. There are none before the first step. */
export function slotsOf(optimizer: tfjs.Optimizer, weight: tfjs.Variable): tfjs.Variable[] {
  return allSlots(optimizer).flatMap(({ slot: { originalName, variable } }) =>
    originalName.startsWith(`${weight.name}/`) && variable.size === weight.size ? [variable] : [],
  );
}

/** What a slot holds of a weight that was never updated: Adagrad's begins above zero. */
export function freshSlot(optimizer: tfjs.Optimizer): number {
  const { initialAccumulatorValue } = optimizer as unknown as { initialAccumulatorValue?: number };
  return initialAccumulatorValue ?? 0;
}

/** Copies weights of a model and the state of its optimizer, to return to them. */
export async function takeSnapshot(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
): Promise<Snapshot> {
  const named = [...stateOf(tf, model, optimizer)];
  const copies = await Promise.all(named.map(({ variable }) => variable.data<'float32'>()));
  const numbers = Object.fromEntries(
    Object.entries(optimizer).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  return { numbers, values: new Map(named.map(({ key }, i) => [key, Float32Array.from(copies[i] ?? [])])) };
}

/**
 * Returns to a snapshot. Slots that were not there then are as fresh ones.
 *
 * @param masks of sparse weights, by name of the variable: these and their slots are zero where it is
 */
export function restoreSnapshot(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  snapshot: Snapshot,
  masks: ReadonlyMap<string, Mask>,
): void {
  Object.assign(optimizer, snapshot.numbers);
  for (const { key, variable, weight } of stateOf(tf, model, optimizer)) {
    const fill = key.startsWith('weight/') ? 0 : freshSlot(optimizer);
    const values = snapshot.values.get(key) ?? new Float32Array(variable.size).fill(fill);
    const mask = masks.get(weight);
    tf.assignValues(variable, mask ? values.map((value, i) => (mask[i] === 1 ? value : fill)) : values);
  }
}

/**
 * Other initial weights of the same distribution: the values of each matrix in another order. Biases and the like begin
 * with what their places mean, such as ones for what an LSTM is to remember, and keep it.
 */
export function reordered(snapshot: Snapshot, model: tfjs.LayersModel, random: Randomness): Snapshot {
  const matrices = new Set(
    model.weights.flatMap(({ shape }, i) => (shape.length > 1 ? [`weight/${i}`] : [])),
  );
  const values = new Map<string, Float32Array>();
  for (const [key, own] of snapshot.values) {
    const copy = own.slice();
    if (matrices.has(key))
      for (let i = copy.length - 1; i > 0; i--) {
        const j = random.int(i + 1);
        [copy[i], copy[j]] = [copy[j] as number, copy[i] as number];
      }
    values.set(key, copy);
  }
  return { numbers: snapshot.numbers, values };
}

/** Every variable that training changes, by a name that lasts, and the name of the weight that it is of. */
function* stateOf(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
): Generator<{ key: string; variable: tfjs.Variable; weight: string }> {
  for (const [i, weight] of model.weights.entries()) {
    const variable = weight.read() as tfjs.Variable;
    if (variable.dtype === 'float32') yield { key: `weight/${i}`, variable, weight: variable.name };
  }
  for (const [field, value] of Object.entries(optimizer) as [string, unknown][])
    if (value instanceof tf.Variable)
      yield { key: `scalar/${field}`, variable: value as tfjs.Variable, weight: '' };
  for (const { key, slot } of allSlots(optimizer)) {
    const weight = slot.originalName.split('/').slice(0, -1).join('/');
    yield { key: `slot/${key}`, variable: slot.variable, weight };
  }
}

function allSlots(optimizer: tfjs.Optimizer): { key: string; slot: Slot }[] {
  return (Object.entries(optimizer) as [string, unknown][]).flatMap(([field, list]) =>
    Array.isArray(list)
      ? (list as unknown[]).flatMap((slot, i) => (isSlot(slot) ? [{ key: `${field}/${i}`, slot }] : []))
      : [],
  );
}

function isSlot(value: unknown): value is Slot {
  return typeof value === 'object' && value !== null && 'originalName' in value && 'variable' in value;
}
