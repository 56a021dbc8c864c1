// A process of its own, `sparseOnBackend.js webgpu` or `sparseOnBackend.js tensorflow MODULES`: trains with every method
// on cpu and on that backend, and prints `{ name, problem }` for each, a line of JSON.
import module from 'node:module';
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../../../src/data/random';
import { countActive, type Mask, type SparsityMethod } from '../../../src/sparse';
import { redirected } from '../../../src/train/redirected';
import { freshSlot, slotsOf } from '../../../src/train/sparseSlots';
import { registerTensorflowNode } from '../../../src/train/tensorflowNode';
import type { Tf } from '../../../src/train/tfInstance';
import { dist, webgpuTensorflow } from '../../harness/webgpuTensorflow';
import { sparseCases, type SparseCase } from './sparseCases';

const steps = 6;
const batch = 5;

/** What a training came to. */
interface Outcome {
  readonly losses: readonly number[];
  readonly masks: readonly Mask[];
  readonly values: readonly Float32Array[];
}

async function main([backend = '', modules = '']: string[]): Promise<void> {
  const tf = backend === 'webgpu' ? (await webgpuTensorflow()).tf : await withTensorflow(modules);
  // Else tensors as small as these never reach the GPU.
  if (backend === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  for (const each of sparseCases) {
    const problem = await check(tf, backend, each).catch((error: Error) => error.stack);
    process.stdout.write(`${JSON.stringify({ name: each.name, problem })}\n`);
  }
}

async function withTensorflow(modules: string): Promise<Tf> {
  const loader = module as unknown as { _resolveFilename: (request: string, ...rest: unknown[]) => string };
  const original = loader._resolveFilename;
  loader._resolveFilename = function (request, ...rest) {
    const name = redirected(request);
    return name === undefined ? original.call(this, request, ...rest) : path.join(dist, name);
  };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as Tf;
  await registerTensorflowNode(tf, path.join(modules, '@tensorflow', 'tfjs-node'), false);
  return tf;
}

/** What differs from cpu by more than rounding, or is not as it must be. */
async function check(tf: Tf, backend: string, each: SparseCase): Promise<string | undefined> {
  await tf.setBackend('cpu');
  const expected = await train(tf, each);
  await tf.setBackend(backend);
  if (tf.getBackend() !== backend) return `trained on ${tf.getBackend()}`;
  const found = await train(tf, each);
  const other = found.losses.findIndex((loss, i) => !isClose(loss, expected.losses[i]));
  if (other >= 0) return `loss ${found.losses[other]} for ${expected.losses[other]} in step ${other + 1}`;
  for (const [i, mask] of found.masks.entries())
    if (mask.join() !== expected.masks[i]?.join()) return `another mask of weight ${i}`;
  for (const [i, values] of found.values.entries()) {
    const at = values.findIndex((value, place) => !isClose(value, expected.values[i]?.[place]));
    if (at >= 0) return `${values[at]} for ${expected.values[i]?.[at]} at ${at} of weight ${i}`;
  }
  return undefined;
}

function isClose(found: number, expected = NaN): boolean {
  return Math.abs(found - expected) <= 2e-5 + 2e-4 * Math.abs(expected);
}

async function train(tf: Tf, { method, model: make, optimizer: adam }: SparseCase): Promise<Outcome> {
  const model = make(tf);
  const optimizer = adam ? tf.train.adam(0.01) : tf.train.momentum(0.05, 0.9);
  const shape = model.inputs[0]?.shape.slice(1) as number[];
  const sparse = new tf.SparseTraining(tf, model, optimizer, method, { seed: 3, totalSteps: steps });
  await sparse.begin();
  const random = Random.from(5, 'backends');
  const noise = (...sides: number[]) =>
    tf.tensor(
      Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, () => random.normal()),
      sides,
    );
  const losses: number[] = [];
  const counts = sparse.masks.map(countActive);
  for (let n = 1; n <= steps; n++) {
    const [x, y] = [noise(batch, ...shape), noise(batch, 3)];
    const cost = () => tf.squaredDifference(model.apply(x, { training: true }) as tfjs.Tensor, y).mean();
    const loss = optimizer.minimize(cost as () => tfjs.Scalar, true);
    losses.push(((await loss?.data()) ?? [NaN])[0] as number);
    tf.dispose([x, y, loss as tfjs.Scalar]);
    await sparse.afterStep();
    if (method.method !== 'nm') await assertZeros(sparse, optimizer, n);
    assertCounts(method, counts, sparse.masks, n);
  }
  const values = await Promise.all(sparse.weights.map(({ variable }) => variable.data<'float32'>()));
  const outcome = { losses, masks: sparse.masks, values: values.map((each) => each.slice()) };
  sparse.dispose();
  model.dispose();
  optimizer.dispose();
  return outcome;
}

/** Weights and slots are zero where masks are. */
async function assertZeros(
  { weights, masks }: InstanceType<Tf['SparseTraining']>,
  optimizer: tfjs.Optimizer,
  step: number,
): Promise<void> {
  for (const [i, { variable, name }] of weights.entries())
    for (const tensor of [variable, ...slotsOf(optimizer, variable)]) {
      const values = await tensor.data();
      const zero = tensor === variable ? 0 : freshSlot(optimizer);
      const wrong = values.findIndex((value, place) => masks[i]?.[place] === 0 && value !== zero);
      if (wrong >= 0)
        throw new Error(`${values[wrong]} in ${tensor.name} of ${name} at ${wrong}, step ${step}`);
    }
}

/** Methods that drop as many as they grow in each layer keep its count. */
function assertCounts(method: SparsityMethod, before: number[], masks: readonly Mask[], step: number): void {
  if (!['rigl', 'set', 'staticSparse', 'nm'].includes(method.method)) return;
  const now = masks.map(countActive);
  if (now.join() !== before.join())
    throw new Error(`${now.join()} weights for ${before.join()}, step ${step}`);
}

void main(process.argv.slice(2)).then(() => process.exit());
