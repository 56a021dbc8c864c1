import type { Tf } from '../../../src/train/tfInstance';
import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import type { Case, Family, Tensor } from './cases';
import { alive } from './ownKernels';
import { grid, numericGradient, type Grid } from './reference';

/** Of float32 sums of some hundred products, relative to the largest result. */
const tolerance = 3e-5;

/**
 * Compares results and gradients of the backend in use with the reference.
 *
 * @throws AssertionError with the configurations that failed, of all: which of them do is what points at the mistake
 */
export async function checkFamily(tf: Tf, { name, count, make }: Family): Promise<void> {
  const failures: string[] = [];
  for (let i = 0; i < count; i++) {
    const random = Random.from(1, name, i);
    const each = make(random);
    if (i === 0 && each.noGradient instanceof RegExp) checkNoGradient(tf, each, each.noGradient);
    for (const problem of await problemsOf(tf, each, random)) failures.push(`${problem}: ${each.label}`);
  }
  assert.equal(failures.length, 0, `${failures.length} failures in ${count} cases\n${failures.join('\n')}`);
}

async function problemsOf(tf: Tf, each: Case, random: Random): Promise<string[]> {
  const start = alive(tf);
  const tensors = each.inputs.map(({ shape, values }) =>
    tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32'),
  );
  const grids = each.inputs.map(({ shape, values }) => grid(shape, values));
  const expected = each.expected(...grids);
  const problems: string[] = [];
  try {
    const y = each.run(tf, ...tensors);
    problems.push(...(await differences('result', y, expected)));
    y.dispose();
    if (!each.noGradient)
      problems.push(...(await gradientProblems(tf, each, { tensors, grids, expected }, random)));
  } catch (error) {
    return [...problems, `threw ${String(error)}`];
  } finally {
    tensors.forEach((tensor) => tensor.dispose());
  }
  const end = alive(tf);
  if (end.tensors !== start.tensors) problems.push(`${end.tensors - start.tensors} tensors left`);
  if (end.data !== start.data) problems.push(`data of ${end.data - start.data} tensors left`);
  return problems;
}

/** Should TensorFlow.js learn it, this fails, and the case can be compared as the others are. */
function checkNoGradient(tf: Tf, each: Case, message: RegExp): void {
  tf.tidy(() => {
    const tensors = each.inputs.map(({ shape, values }) => tf.tensor(values, [...shape]));
    assert.throws(() => tf.grads((...all: Tensor[]) => each.run(tf, ...all))(tensors), message);
  });
}

interface Prepared {
  readonly tensors: readonly Tensor[];
  readonly grids: readonly Grid[];
  readonly expected: Grid;
}

async function gradientProblems(
  tf: Tf,
  each: Case,
  { tensors, grids, expected }: Prepared,
  random: Random,
): Promise<string[]> {
  const upstream = Float32Array.from(expected.values, () => random.between(-1, 1));
  const places = each.inputs.flatMap(({ values }, i) => (values instanceof Float32Array ? [i] : []));
  const withSome = <T>(all: readonly T[], some: readonly T[]) =>
    all.map((one, i) => (places.includes(i) ? (some[places.indexOf(i)] as T) : one));
  const dy = tf.tensor(upstream, [...expected.shape]);
  const gradients = () =>
    tf.grads((...some: Tensor[]) => each.run(tf, ...withSome(tensors, some)))(
      places.map((place) => tensors[place] as Tensor),
      dy,
    );
  try {
    const made = gradients();
    const problems: string[] = [];
    for (const [k, gradient] of made.entries()) {
      const place = places[k] as number;
      const numeric = numericGradient(
        (moved) => each.expected(...grids.map((one, i) => (i === place ? moved : one))),
        grids[place] as Grid,
        grid(expected.shape, upstream),
      );
      problems.push(...(await differences(`gradient of ${each.inputs[place]?.name}`, gradient, numeric)));
    }
    made.forEach((gradient) => gradient.dispose());
    return problems;
  } finally {
    dy.dispose();
  }
}

async function differences(what: string, found: Tensor, expected: Grid): Promise<string[]> {
  if (found.shape.join() !== expected.shape.join())
    return [`${what} has shape [${found.shape.join()}], not [${expected.shape.join()}]`];
  const values = await found.data();
  let worst = 0;
  let largest = 0;
  let place = 0;
  expected.values.forEach((value, i) => {
    // Not a number is the worst of all, and no comparison finds it.
    const off = Math.abs((values[i] as number) - value);
    largest = Math.max(largest, Math.abs(value));
    if (!(off <= worst)) [worst, place] = [Number.isNaN(off) ? Infinity : off, i];
  });
  if (worst <= tolerance * (1 + largest)) return [];
  return [`${what} is ${values[place]} for ${expected.values[place]} at ${place}`];
}
