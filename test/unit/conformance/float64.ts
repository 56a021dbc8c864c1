/**
 * Proves the gradients that the cpu backend computes, in a process of its own in which TensorFlow.js takes float64 for
 * float32. Writes one line of JSON for each case to the standard output.
 */
import path from 'node:path';
import { types } from 'node:util';
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import { cases, type Case } from './cases';
import { dispose, inner, seeded } from './training';

// Before TensorFlow.js is loaded, which tells its tensors' types by these two.
Object.assign(globalThis, { Float32Array: Float64Array });
Object.assign(types, { isFloat32Array: types.isFloat64Array });

type Tensor = ReturnType<Tf['tensor']>;
type Variable = ReturnType<Tf['variable']>;

/** How far the weights are moved to either side. The error is of order 1e-12 from that, 1e-10 from rounding. */
const distance = 1e-6;

/** Of the derivatives of the loss along one random direction for each weight. */
export interface Proof {
  readonly name: string;
  /** The largest difference of the gradient's from the numeric one, relative to 1 + its size. */
  readonly worst: number;
  /** Weights that have a gradient. */
  readonly weights: number;
}

async function main(): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product
  const tf = require(path.resolve(__dirname, '../../../../dist/tf.js')) as Tf;
  await tf.setBackend('cpu');
  for (const each of cases.filter(({ refused }) => !refused))
    console.log(JSON.stringify(await prove(tf, each)));
}

async function prove(tf: Tf, each: Case): Promise<Proof> {
  const made = await seeded(each.name, async () => each.make(tf));
  const gradients = new Map<string, Tensor>();
  class Watching extends tf.SGDOptimizer {
    override applyGradients(given: unknown): void {
      if (gradients.size > 0) return;
      for (const { name, tensor } of given as { name: string; tensor: Tensor }[])
        gradients.set(name, tf.keep(tf.clone(tensor)));
    }
  }
  made.model.compile({ ...made.compile, optimizer: new Watching(0) });
  const model = inner(made.model);
  const [inputs, targets] = await model.standardizeUserData(made.x, made.y);
  const step = model.makeTrainFunction();
  const weights = model.collectedTrainableWeights.map((weight) => weight.read());
  const start = weights.map((weight) => weight.dataSync().slice());
  /** At the weights of the start, one of them moved. Dropout and noise are the same each time. */
  const loss = (moved?: Variable, direction: readonly number[] = [], along = 0) =>
    seeded(`${each.name}, loss`, async () => {
      weights.forEach((weight, k) => {
        const values = start[k]?.map(
          (value, i) => value + (weight === moved ? along * (direction[i] ?? 0) : 0),
        );
        tf.tidy(() => weight.assign(tf.tensor(values ?? [], weight.shape)));
      });
      const scalars = step([...inputs, ...targets]);
      const [value = NaN] = scalars[0]?.dataSync() ?? [];
      tf.dispose(scalars);
      return value;
    });
  await loss();
  const random = Random.from(1, each.name, 'directions');
  let worst = 0;
  for (const [name, gradient] of gradients) {
    const weight = weights.find((one) => one.name === name);
    if (!weight) throw new Error(`${each.name}: there is no weight ${name}`);
    const derivatives = gradient.dataSync();
    const direction = Array.from(derivatives, () => random.between(-1, 1));
    const ahead = await loss(weight, direction, distance);
    const numeric = (ahead - (await loss(weight, direction, -distance))) / (2 * distance);
    const computed = direction.reduce((sum, along, i) => sum + along * (derivatives[i] ?? 0), 0);
    const off = Math.abs(computed - numeric) / (1 + Math.abs(numeric));
    if (!(off <= worst)) worst = off;
  }
  tf.dispose([...gradients.values()]);
  dispose(tf, made);
  return { name: each.name, worst, weights: gradients.size };
}

void main();
