import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import { untrainable } from '../../../src/train/unsupported';
import type { Case, Training } from './cases';

type Tensor = ReturnType<Tf['tensor']>;

export const steps = 3;

/** Of each quantity (the loss first, then metrics), one value for each step. */
export type History = Readonly<Record<string, number[]>>;

export interface Trained {
  readonly history: History;
  /** Tensors, and data behind them, that live on when all was disposed of. */
  readonly left: { readonly tensors: number; readonly data: number };
}

/** The parts of a model that `fit` and `trainOnBatch` are made of. */
interface Trainable {
  readonly metricsNames: string[];
  readonly collectedTrainableWeights: readonly { read(): ReturnType<Tf['variable']> }[];
  standardizeUserData(x: Tensor | Tensor[], y: Tensor): Promise<[Tensor[], Tensor[]]>;
  makeTrainFunction(): (data: Tensor[]) => Tensor[];
}

/** Trains three steps on one batch. Weights, dropout and noise draw the same numbers each time, whatever ran before. */
export async function train(tf: Tf, each: Case): Promise<Trained> {
  const alive = () => ({ tensors: tf.memory().numTensors, data: tf.engine().backend.numDataIds() });
  const start = alive();
  const history = await seeded(each.name, async () => {
    const made = each.make(tf);
    const { model, x, y, compile } = made;
    try {
      const never = untrainable(model, '/', tf.getBackend());
      if (never) throw never;
      model.compile(compile);
      return await fit(tf, inner(model), x, y);
    } finally {
      dispose(tf, made);
    }
  });
  const end = alive();
  return { history, left: { tensors: end.tensors - start.tensors, data: end.data - start.data } };
}

/** With `Math.random`, of which TensorFlow.js makes its seeds, begun anew. */
export async function seeded<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { random } = Math;
  const stream = Random.from(1, name);
  Math.random = () => stream.next();
  try {
    return await work();
  } finally {
    Math.random = random;
  }
}

export function dispose(tf: Tf, { model, x, y, compile }: Training): void {
  // With a model goes an optimizer that was named; one that was made is its maker's.
  model.dispose();
  if (typeof compile.optimizer !== 'string') compile.optimizer.dispose();
  tf.dispose([x, y]);
}

/** A sequential model has another one inside that does its work. */
export function inner(model: Training['model']): Trainable {
  return ((model as { model?: unknown }).model ?? model) as Trainable;
}

/** `fit` without its bookkeeping: what is read is read when all steps are on their way, as GPUs like it. */
async function fit(tf: Tf, model: Trainable, x: Tensor | Tensor[], y: Tensor): Promise<History> {
  const [inputs, targets] = await model.standardizeUserData(x, y);
  const step = model.makeTrainFunction();
  const measured = Array.from({ length: steps }, () => step([...inputs, ...targets]));
  const history: Record<string, number[]> = {};
  for (const scalars of measured)
    for (const [i, name] of model.metricsNames.entries()) {
      const scalar = scalars[i];
      (history[name] ??= []).push(((await scalar?.data()) ?? [NaN])[0] as number);
      scalar?.dispose();
    }
  tf.dispose([inputs, targets]);
  return history;
}
