import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import type { Tensor } from './cases';
import { comparisons, empty, type Comparison } from './nativeCases';
import { alive, loadWithOwnKernels } from './ownKernels';

/** Of float32, relative to a number and, near zero, to 1. */
const tolerance = 2e-5;
const repetitions = 40;

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly values: ArrayLike<number>;
}

describe('kernels in WebAssembly', () => {
  let tf: Tf;
  before(() => {
    tf = loadWithOwnKernels();
  });
  after(() => tf.setBackend('cpu'));

  for (const [name, make] of Object.entries(comparisons))
    it(`do ${name} as cpu does, leave nothing behind and keep within their output`, async () => {
      const all = Array.from({ length: repetitions }, (_, i) => make(Random.from(7, name, i)));
      await tf.setBackend('cpu');
      const expected = all.map((each) => resultsOf(tf, each));
      await tf.setBackend('wasm');
      const failures = all.flatMap((each, i) =>
        withGuards(tf, expected[i] as Result[], () => {
          const start = alive(tf);
          const found = resultsOf(tf, each);
          const end = alive(tf);
          const left = end.data - start.data;
          return [
            ...differences(expected[i] as Result[], found),
            ...(left === 0 ? [] : [`data of ${left} left`]),
          ];
        }).map((problem) => `${problem}: ${described(each)}`),
      );
      assert.equal(
        failures.length,
        0,
        `${failures.length} in ${repetitions}\n${failures.slice(0, 8).join('\n')}`,
      );
    });

  for (const [name, run] of Object.entries(empty))
    it(`do ${name} of nothing as cpu does`, async () => {
      await tf.setBackend('cpu');
      const expected = resultsOf(tf, { inputs: [], run });
      await tf.setBackend('wasm');
      assert.deepEqual(differences(expected, resultsOf(tf, { inputs: [], run })), []);
    });

  it('add up a million numbers to six digits', async () => {
    await tf.setBackend('wasm');
    const random = Random.from(3);
    const values = Float32Array.from({ length: 1_000_000 }, () => random.between(0, 1));
    const exact = values.reduce((sum, each) => sum + each, 0);
    tf.tidy(() => {
      const off = (found: Tensor) => Math.abs((tf.sum(found).dataSync()[0] as number) / exact - 1);
      const x = tf.tensor1d(values);
      for (const shape of [[1_000_000], [100_000, 10], [1000, 1000], [10, 100_000]])
        assert.ok(
          off(tf.sum(tf.reshape(x, shape), 0)) < 3e-7,
          `along the first axis of [${shape.join(', ')}]`,
        );
    });
  });

  it('use slopes of prelu and depthwise filters as they are now, not as they were', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const x = tf.tensor4d([-1, -2, -3, -4], [1, 2, 2, 1]);
      const [slope, filter] = [tf.variable(tf.tensor1d([1])), tf.variable(tf.ones([1, 1, 1, 1]))];
      const both = () => [tf.prelu(x, slope as never), tf.depthwiseConv2d(x, filter as never, 1, 'valid')];
      const first = both().map((each) => [...each.dataSync()]);
      // In place, as an optimizer that updates all variables in one call does it.
      for (const variable of [slope, filter]) heapOf(tf, variable).fill(2);
      const second = both().map((each) => [...each.dataSync()]);
      assert.deepEqual(
        second,
        first.map((each) => each.map((value) => 2 * value)),
      );
      slope.dispose();
      filter.dispose();
    });
  });

  it('say which index is not there', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() =>
      assert.throws(
        () => tf.gather(tf.ones([3, 2]), tf.tensor1d([0, 3], 'int32')),
        /index 3 at 1 is not one of the 3 from 0 to 2/,
      ),
    );
  });

  for (const width of [1, 400])
    it(`say so of one in thousands of rows of ${width}, and go on afterwards`, async () => {
      await tf.setBackend('wasm');
      await tf.threadsStarted(tf.backend());
      tf.tidy(() => {
        const table = tf.ones([50, width]);
        const sum = (of: Tensor) => tf.gather(table, of).sum().dataSync()[0];
        const values = Int32Array.from({ length: 5000 }, (_, i) => (i === 3100 ? -7 : i % 50));
        const [strange, fine] = [tf.tensor1d(values, 'int32'), tf.tensor1d([0, 49], 'int32')];
        const before = alive(tf);
        assert.throws(() => sum(strange), /index -7 at 3100 is not one of the 50/);
        assert.deepEqual(alive(tf), before);
        assert.equal(sum(fine), 2 * width);
      });
    });

  it('leave out rows that have no place', async () => {
    await tf.setBackend('wasm');
    const found = tf.tidy(() => [
      ...tf.unsortedSegmentSum(tf.ones([4, 2]), tf.tensor1d([0, -1, 7, 1], 'int32'), 2).dataSync(),
    ]);
    assert.deepEqual(found, [1, 1, 1, 1]);
  });
});

function resultsOf(tf: Tf, { inputs, run }: Comparison): Result[] {
  return tf.tidy(() => {
    const tensors = inputs.map(({ shape, dtype, values }) => tf.tensor(values, shape, dtype));
    const made = run(tf, ...tensors);
    return (Array.isArray(made) ? made : [made]).map((each) => ({
      shape: [...each.shape],
      dtype: each.dtype,
      values: each.dataSync(),
    }));
  });
}

/** Where results are likely to lie are first three tensors like them, then only the outer two. */
function withGuards(tf: Tf, results: readonly Result[], run: () => string[]): string[] {
  const guards = results.flatMap(({ shape, dtype }) => {
    const values = new Int32Array(shape.reduce((all, each) => all * each, 1)).fill(1);
    return Array.from({ length: 3 }, () => tf.tensor(values, [...shape], dtype as 'int32'));
  });
  guards.filter((_, i) => i % 3 === 1).forEach((each) => each.dispose());
  const kept = guards.filter((_, i) => i % 3 !== 1);
  const problems = run();
  if (kept.some((guard) => guard.dataSync().some((value) => value !== 1)))
    problems.push('another tensor has changed');
  kept.forEach((guard) => guard.dispose());
  return problems;
}

function differences(expected: readonly Result[], found: readonly Result[]): string[] {
  if (found.length !== expected.length) return [`${found.length} results, not ${expected.length}`];
  return expected.flatMap((right, k) => {
    const own = found[k] as Result;
    const [kind, rightKind] = [own, right].map(({ shape, dtype }) => `${dtype} [${shape.join(', ')}]`);
    if (kind !== rightKind) return [`${kind}, not ${rightKind}`];
    const at = Array.from(right.values).findIndex((value, i) => !isNear(own.values[i] as number, value));
    return at < 0 ? [] : [`${own.values[at]}, not ${right.values[at]}, at ${at} of result ${k}`];
  });
}

function isNear(found: number, expected: number): boolean {
  if (Object.is(found, expected) || found === expected) return true;
  return (
    Number.isFinite(expected) && Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected))
  );
}

function described({ inputs, label = '' }: Comparison): string {
  return `${inputs.map(({ shape, dtype }) => `${dtype} [${shape.join(', ')}]`).join(', ')} ${label}`;
}

function heapOf(tf: Tf, of: Tensor): Float32Array {
  const backend = tf.backend() as unknown as { typedArrayFromHeap(of: Tensor): Float32Array };
  return backend.typedArrayFromHeap(of);
}
