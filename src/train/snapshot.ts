import type * as tfjs from '@tensorflow/tfjs';
import { captureOptimizer, restoreOptimizer } from './optimizerState';
import type { RandomState, SeededRandomness } from './randomness';
import type { Tf } from './tfInstance';

/** Runs `work` and then undoes all it did to weights, optimizer, random state and layer state. */
export async function withoutTrace<T>(
  tf: Tf,
  model: tfjs.LayersModel,
  optimizer: tfjs.Optimizer,
  randomness: SeededRandomness,
  work: () => Promise<T>,
): Promise<T> {
  const before = captureProcess(tf, optimizer, randomness.state());
  try {
    return await work();
  } finally {
    restoreOptimizer(tf, optimizer, before.optimizer);
    for (const [name, variable] of Object.entries(registeredVariables(tf))) {
      const value = before.values.get(name);
      if (value) variable.assign(value);
    }
    randomness.restore(before.random);
    if (model.stateful) model.resetStates();
    tf.dispose([...before.values.values()]);
    tf.dispose(before.optimizer as unknown as tfjs.TensorContainer);
  }
}

function captureProcess(tf: Tf, optimizer: tfjs.Optimizer, random: RandomState) {
  const values = new Map<string, tfjs.Tensor>();
  for (const [name, variable] of Object.entries(registeredVariables(tf))) values.set(name, variable.clone());
  return { values, optimizer: captureOptimizer(tf, optimizer), random };
}

/** Tells later whether all variables of the process still have the values that they have now. */
export function variablesSince(tf: Tf): () => boolean {
  const values = Object.values(registeredVariables(tf)).map((variable) => ({
    variable,
    id: variable.dataId,
  }));
  return () => values.every(({ variable, id }) => variable.dataId === id);
}

/** All variables of the process by name, those of optimizers included. */
export function registeredVariables(tf: Tf): Record<string, tfjs.Variable> {
  return (tf.engine() as unknown as { registeredVariables: Record<string, tfjs.Variable> })
    .registeredVariables;
}
