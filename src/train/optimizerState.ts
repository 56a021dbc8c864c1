import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from './tfInstance';

/** `{ originalName, variable }`: how TensorFlow.js optimizers hold the slots of one weight. */
interface Slot {
  originalName: string;
  variable: tfjs.Variable;
}

/** An optimizer's state as numbers and named tensors. Tensors are clones to be disposed by the holder. */
export interface OptimizerState {
  readonly className: string;
  /** Plain counters and rates by field name: `iterations_`, `learningRate`, ... */
  readonly numbers: Record<string, number>;
  /** Scalars the optimizer keeps as variables, such as Adam's running powers of beta. */
  readonly scalars: Record<string, tfjs.Tensor>;
  /** Slots by field name, in the optimizer's own order; null where a weight has none. */
  readonly slots: Record<string, (null | { name: string; tensor: tfjs.Tensor })[]>;
}

/**
 * Reads an optimizer's whole state. `getWeights` is not enough for a bit-identical resume: Adam's running powers of
 * beta are recomputed by `setWeights` with another rounding, and Adamax has no `getWeights` at all.
 */
export function captureOptimizer(tf: Tf, optimizer: tfjs.Optimizer): OptimizerState {
  const state: OptimizerState = { className: optimizer.getClassName(), numbers: {}, scalars: {}, slots: {} };
  for (const [field, value] of Object.entries(optimizer)) {
    if (typeof value === 'number') state.numbers[field] = value;
    else if (value instanceof tf.Variable) state.scalars[field] = value.clone();
    else if (isSlots(value))
      state.slots[field] = Array.from(value, (slot) =>
        slot ? { name: slot.originalName, tensor: slot.variable.clone() } : null,
      );
  }
  return state;
}

/**
 * Puts `state` into an optimizer of the same class. Slots are made anew; those that were there are disposed.
 *
 * @throws Error when the state is of another optimizer
 */
export function restoreOptimizer(tf: Tf, optimizer: tfjs.Optimizer, state: OptimizerState): void {
  const className = optimizer.getClassName();
  if (className !== state.className)
    throw new Error(
      `The checkpoint holds the state of ${state.className}, but the experiment now uses ${className}.`,
    );
  const fields = optimizer as unknown as Record<string, unknown>;
  Object.assign(fields, state.numbers);
  if (!('iterations_' in state.numbers)) delete fields.iterations_;
  for (const [field, tensor] of Object.entries(state.scalars)) {
    const variable = fields[field];
    if (variable instanceof tf.Variable) variable.assign(tensor);
  }
  for (const [field, slots] of Object.entries(state.slots)) {
    const current = fields[field];
    if (isSlots(current)) for (const slot of current) slot?.variable.dispose();
    fields[field] = slots.map(
      (slot): Slot | null => slot && { originalName: slot.name, variable: tf.variable(slot.tensor, false) },
    );
  }
}

function isSlots(value: unknown): value is (Slot | null)[] {
  return (
    Array.isArray(value) &&
    value.every(
      (slot: unknown) =>
        slot === null || slot === undefined || (typeof slot === 'object' && 'variable' in slot),
    )
  );
}
