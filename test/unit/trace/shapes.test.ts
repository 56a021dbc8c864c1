import assert from 'node:assert/strict';
import fs from 'node:fs';
import type * as tfjs from '@tensorflow/tfjs';
import { registerShapeBackend, shapeBackendName, type ShapeBackend } from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { kernelCases, type Given, type KernelCase } from './kernelCases';
import { loadTensorflow } from './tensorflow';

describe('a backend that knows shapes alone', () => {
  let tf: Tf;
  let backend: ShapeBackend;
  let before: string;
  before_all();

  /** All kernel names that TensorFlow.js declares. */
  const names = [
    ...fs
      .readFileSync(require.resolve('@tensorflow/tfjs-core/dist/kernel_names.d.ts'), 'utf8')
      .matchAll(/export declare const \w+ = "(\w+)"/g),
  ].map(([, name]) => name as string);
  it('has a rule for every kernel name there is', () => {
    assert.equal(names.length, 180);
    const ruled = new Set(tf.getKernelsForBackend(shapeBackendName).map(({ kernelName }) => kernelName));
    assert.deepEqual(
      names.filter((name) => !ruled.has(name)),
      [],
    );
  });

  for (const [kernel, cases] of Object.entries(kernelCases))
    it(`gives the outputs of ${kernel} the shapes and types that the cpu backend gives them`, async () => {
      for (const each of cases) {
        const expected = await run('cpu', kernel, each);
        assert.deepEqual(await run(shapeBackendName, kernel, each), expected, JSON.stringify(each));
      }
    });

  it('knows the two kernels that the cpu backend has not', async () => {
    await tf.setBackend(shapeBackendName);
    const x = tf.zeros([2, 7, 7, 3]);
    const attrs = { windowShape: [3, 3], strides: [2, 2], pad: 'same' };
    const pooled: tfjs.Tensor = tf.engine().runKernel('Pool', { input: x }, attrs);
    assert.deepEqual(pooled.shape, tf.maxPool(x as tfjs.Tensor4D, 3, 2, 'same').shape);
    const pixels = { width: 5, height: 4, data: new Uint8Array(80) };
    assert.deepEqual(tf.browser.fromPixels(pixels, 3).shape, [4, 5, 3]);
  });

  it('makes random numbers, zeros and ones of any size without a byte of memory or a turn of a loop', async () => {
    await tf.setBackend(shapeBackendName);
    // 400 GB each: what filled them would end this process.
    const shape = [100_000, 1_000_000];
    const live = backend.memoryUse().liveBytes;
    const makers = [
      ...[tf.randomUniform, tf.randomNormal, tf.truncatedNormal, tf.zeros, tf.ones],
      (of: number[]) => tf.randomGamma(of, 1),
      (of: number[]) => tf.rand(of, () => 1),
      (of: number[]) => tf.dropout(tf.zeros(of), 0.5),
    ] as ((of: number[]) => tfjs.Tensor)[];
    for (const make of makers) {
      const made = tf.tidy(() => make(shape));
      assert.deepEqual(made.shape, shape);
      assert.equal(backend.memoryUse().liveBytes - live, 4e11);
      made.dispose();
    }
  });

  it('counts the bytes that live, and the most that ever did', async () => {
    await tf.setBackend(shapeBackendName);
    const start = backend.memoryUse().liveBytes;
    backend.resetPeak();
    const sum = tf.tidy(() =>
      tf
        .zeros([1000, 10])
        .add(tf.ones([1000, 10]))
        .sum(),
    );
    const { liveBytes, peakBytes } = backend.memoryUse();
    assert.equal(liveBytes - start, 4);
    // Two operands, their sum, and one number.
    assert.equal(peakBytes - start, 3 * 40_000 + 4);
    sum.dispose();
    assert.equal(backend.memoryUse().liveBytes, start);
  });

  it('shares storage where a real backend does', async () => {
    await tf.setBackend(shapeBackendName);
    const x = tf.zeros([6]);
    const { liveBytes } = backend.memoryUse();
    const y = tf.tidy(() => x.reshape([2, 3]).expandDims(0));
    assert.equal(backend.memoryUse().liveBytes, liveBytes);
    x.dispose();
    assert.deepEqual(y.shape, [1, 2, 3]);
    assert.equal(backend.memoryUse().liveBytes, liveBytes);
    y.dispose();
    assert.equal(backend.memoryUse().liveBytes, liveBytes - 24);
  });

  it('says that a value was asked for which nobody has computed, and goes on with zeros', async () => {
    await tf.setBackend(shapeBackendName);
    const read: unknown[] = [];
    backend.observer = { kernel: () => undefined, unknownRead: (of) => read.push(of) };
    assert.deepEqual([...tf.tensor1d([1, 2, 3]).dataSync()], [1, 2, 3]);
    assert.equal(read.length, 0);
    assert.deepEqual([...tf.ones([2]).mul(3).dataSync()], [0, 0]);
    assert.deepEqual(read, [{ shape: [2], dtype: 'float32' }]);
    backend.observer = undefined;
  });

  it('refuses shapes that do not fit, naming them', async () => {
    await tf.setBackend(shapeBackendName);
    const engine = tf.engine();
    const product = () =>
      engine.runKernel(
        'BatchMatMul',
        { a: tf.zeros([1, 2, 3]), b: tf.zeros([1, 4, 5]) },
        {
          transposeA: false,
          transposeB: false,
        },
      );
    assert.throws(product, /\[1, 2, 3\].*\[1, 4, 5\]/);
  });

  function before_all(): void {
    beforeEach(() => {
      tf ??= loadTensorflow();
      backend ??= registerShapeBackend(tf);
      before = tf.getBackend();
    });
    afterEach(async () => {
      backend.observer = undefined;
      if (before) await tf.setBackend(before);
    });
  }

  async function run(name: string, kernel: string, { inputs, attrs }: KernelCase) {
    await tf.setBackend(name);
    const made: Record<string, tfjs.Tensor> = {};
    for (const [key, given] of Object.entries(inputs)) made[key] = tensorOf(given);
    const isList = Object.keys(inputs).every((key) => /^\d+$/.test(key)) && Object.keys(inputs).length > 0;
    const passed = isList ? Object.values(made) : made;
    const result = tf
      .engine()
      .runKernel<tfjs.Tensor | tfjs.Tensor[]>(kernel, passed as never, attrs as never);
    const outputs = [result].flat().map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
    tf.dispose([Object.values(made), result]);
    return outputs;
  }

  function tensorOf({ shape, dtype = 'float32', values }: Given): tfjs.Tensor {
    const size = shape.reduce((product, each) => product * each, 1);
    const some = Array.from({ length: size }, (_, i) => (dtype === 'bool' ? i % 2 : (i % 5) + 1));
    const given = (values ?? some).map((value) => (dtype === 'bool' ? Boolean(value) : value));
    return tf.tensor(given as number[], shape, dtype);
  }
});
