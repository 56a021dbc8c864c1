import assert from 'node:assert/strict';
import path from 'node:path';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { RunFlops, type Pass } from '../../../src/train/flopCount';
import { KernelCounter } from '../../../src/train/kernelCounter';
import type { Tf } from '../../../src/train/tfInstance';

const nested = 'nested';

describe('counting kernels', () => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, not this test's bundle
  const tf = require(path.resolve(__dirname, '../../../../dist/tf.js')) as Tf;
  let a: Tensor2D;
  before(async () => {
    const factory = tf.findBackendFactory('cpu');
    if (!tf.findBackend(nested)) tf.registerBackend(nested, () => factory(), 0);
    // As tfjs-node has it: a fused kernel that is written with the kernels it fuses.
    for (const config of tf.getKernelsForBackend('cpu'))
      if (!tf.getKernel(config.kernelName, nested))
        tf.registerKernel({
          ...config,
          backendName: nested,
          ...(config.kernelName === '_FusedMatMul' && {
            kernelFunc: ({ inputs }) =>
              tf.tidy(() => tf.matMul(inputs.a as Tensor2D, inputs.b as Tensor2D).add(inputs.bias as Tensor)),
          }),
        });
  });
  const engineMethods = () => {
    const engine = tf.engine() as unknown as Record<string, unknown>;
    return [engine.runKernel, engine.saveTensorsForBackwardMode];
  };
  beforeEach(async () => {
    await tf.setBackend('cpu');
    a = tf.ones([4, 4]);
  });
  afterEach(() => tf.disposeVariables());

  it('counts one that is made of others once', async () => {
    const fused = () => tf.fused.matMul({ a, b: a, bias: tf.ones([4]) });
    const counter = new KernelCounter(tf);
    const { kernels } = counter.count(fused);
    await tf.setBackend(nested);
    a = tf.ones([4, 4]);
    assert.deepEqual(counter.count(fused).kernels.work(), kernels.work());
    assert.equal(kernels.flops(), 2 * 64);
  });

  it('counts the parts of a custom gradient, and the copies kept for a backward pass', () => {
    const square = tf.customGrad(((x: Tensor, save: unknown) => {
      (save as (tensors: Tensor[]) => void)([x]);
      return { value: x.square(), gradFunc: (dy: Tensor, saved: Tensor[]) => dy.mul(saved[0] as Tensor) };
    }) as never);
    const { kernels } = new KernelCounter(tf).count(() => tf.grad((x) => square(x).exp().sum())(a));
    const { forward } = kernels.work();
    // Square, Exp and Sum, and for each a copy of what its gradient needs.
    assert.equal(forward.kernels, 6);
    assert.equal(forward.elementwiseFlops, 3 * 16);
  });

  it('leaves the engine as it was, also where the work fails', () => {
    const before = engineMethods();
    const counter = new KernelCounter(tf);
    assert.throws(() => counter.count(() => tf.matMul(a, tf.ones([3, 3]))), /inner shapes/);
    assert.deepEqual(engineMethods(), before);
    counter.count(() => a.square());
    assert.deepEqual(engineMethods(), before);
  });

  it('counts a steady pass once per signature, and each one after it turned out not to be steady', () => {
    const flops = new RunFlops(tf);
    const pass: Pass = { steady: true, known: new Map() };
    const step = (products: number, signature = 'batch') => {
      const before = flops.soFar.training;
      const run = () => tf.tidy(() => Array.from({ length: products }, () => tf.matMul(a, a)).length);
      assert.equal(flops.step(signature, run, pass), products);
      return (flops.soFar.training - before) / 128;
    };
    assert.deepEqual([step(1), step(1), step(3, 'other'), step(1), step(3, 'other')], [1, 1, 3, 1, 3]);
    // The first that differs is taken for another of its kind: it is seen only once it is over.
    assert.deepEqual([step(2), step(2), step(5), step(1)], [1, 2, 5, 1]);
    assert.deepEqual(
      flops.report().news.map(({ signature, work }) => [signature, work.data.macs / 64]),
      [
        ['batch', 1],
        ['other', 3],
        ['batch', 2],
        ['batch', 5],
      ],
    );
  });

  it('counts every pass in which sizes depend on values', () => {
    const flops = new RunFlops(tf);
    const pass: Pass = { steady: true, known: new Map() };
    const step = (values: number[]) => {
      const before = flops.soFar.training;
      flops.step(
        'batch',
        () => tf.tidy(() => tf.matMul(tf.ones([tf.unique(tf.tensor1d(values)).values.size, 4]), a).size),
        pass,
      );
      return (flops.soFar.training - before) / 32;
    };
    assert.deepEqual([step([1, 2, 3]), step([1, 1, 1]), step([1, 1, 2])], [3, 1, 2]);
  });

  it('counts what a step calls with the step, and nothing that is not to be counted', async () => {
    const flops = new RunFlops(tf, { flops: 1000, evaluationFlops: 500 });
    const product = () => tf.matMul(a, a);
    flops.step('outer', () => flops.evaluation('inner', product));
    await flops.uncounted(async () => flops.step('tried', product));
    flops.evaluation('test', product);
    const { training, evaluation, lastEvaluation } = flops.soFar;
    assert.deepEqual([training, evaluation, lastEvaluation], [1128, 628, 128]);
  });

  it('counts an update of all variables in one call as the kernels that it stands for', async () => {
    tf.setWasmPaths(path.resolve(__dirname, '../../../../dist') + path.sep);
    await tf.setBackend('wasm');
    const weights = [tf.variable(tf.ones([3, 5])), tf.variable(tf.ones([5]))];
    const optimizer = tf.train.adam(0.1);
    const engine = tf.engine() as unknown as { runKernel: (...call: unknown[]) => unknown };
    const { runKernel } = engine;
    let run = 0;
    engine.runKernel = (...call) => {
      run++;
      return runKernel.apply(engine, call);
    };
    try {
      const counter = new KernelCounter(tf);
      const steps = Array.from({ length: 4 }, () => {
        const before = run;
        const { kernels } = counter.count(() =>
          optimizer.minimize(
            () => tf.add(tf.sum(tf.square(weights[0] as Tensor)), tf.sum(weights[1] as Tensor)),
            false,
            weights,
          ),
        );
        return { work: kernels.work(), counted: kernels.count, run: run - before };
      });
      // The first one makes the slots, the second is looked at kernel by kernel, the others are known.
      const [, second, third, fourth] = steps;
      assert.deepEqual(third?.work, second?.work);
      assert.deepEqual([third?.counted, fourth?.counted], [second?.counted, second?.counted]);
      assert.ok((third?.work.optimizer.elementwiseFlops ?? 0) >= 14 * 20);
      assert.ok(
        (third?.run ?? NaN) < (second?.run ?? NaN) / 2,
        JSON.stringify(steps.map((step) => step.run)),
      );
    } finally {
      Object.assign(engine, { runKernel });
      optimizer.dispose();
      tf.dispose(weights);
    }
  });
});
