import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import type { CostedKernel } from '../../../src/cost/kernel';
import { matrixMacs } from '../../../src/cost/matrixMacs';
import { paddedMacs } from '../../../src/cost/paddedMacs';
import { addKernel, matrixFlops, noWork, type Work } from '../../../src/cost/work';
import { shapeBackendName } from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { TestSession } from '../trace/session';
import { Architectures } from './architectures';

/** One spatial dimension of a convolution. */
interface Axis {
  readonly length: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
}
type Pad = 'same' | 'valid' | number | readonly (readonly [number, number])[];

/** A convolution whose multiplications can be done one by one. */
interface Case {
  readonly axes: readonly Axis[];
  readonly pad: Pad;
}
type Kind = 'Conv2D' | 'DepthwiseConv2dNative' | 'Conv3D';

/** Of all cases: examples, channels, and filters (depthwise: for each channel). */
const [batch, channels, filters] = [2, 3, 2];
const perPair = batch * channels * filters;

const gradients: Readonly<Record<Kind, readonly [ofInput: string, ofFilter: string]>> = {
  Conv2D: ['Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  DepthwiseConv2dNative: ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
  Conv3D: ['Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
};

const lengths = [1, 2, 4, 5, 7, 10];
const lines: readonly Axis[] = lengths.flatMap((length) =>
  [1, 2, 3, 5].flatMap((taps) =>
    [1, 2, 3].flatMap((stride) => [1, 2].map((dilation) => ({ length, taps, stride, dilation }))),
  ),
);

describe('multiply-accumulates that meet no padding', () => {
  let test: TestSession;
  let tf: Tf;
  before(async () => {
    test = await TestSession.start();
    ({ tf } = test);
  });
  after(() => test.end());

  for (const [pad, kinds] of [
    ['valid', ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D']],
    ['same', ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D']],
    [0, ['Conv2D']],
    [1, ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D']],
    [3, ['Conv2D', 'DepthwiseConv2dNative']],
    ['explicit', ['Conv2D', 'DepthwiseConv2dNative']],
  ] as const)
    for (const kind of kinds)
      it(`are those of all positions and taps, one by one, for ${kind} with padding ${pad}`, () => {
        const cases = casesOf(kind === 'Conv3D' ? 3 : 2, pad);
        assert.ok(cases.length > 50, `only ${cases.length} cases`);
        for (const each of cases) {
          const [forward] = kernelsOf(kind, each);
          const expected = perPair * pairs(each).inside;
          assert.equal(paddedMacs(forward), expected, JSON.stringify(each));
          assert.equal(matrixMacs(forward), perPair * pairs(each).all, JSON.stringify(each));
        }
      });

  for (const kind of ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D'] as const)
    it(`are as many for the gradients of ${kind} as for itself`, () => {
      for (const pad of ['same', 'valid', 2, 'explicit'] as const) {
        if (kind === 'Conv3D' && pad === 'explicit') continue;
        for (const each of casesOf(kind === 'Conv3D' ? 3 : 2, pad)) {
          const [forward, ofInput, ofFilter] = kernelsOf(kind, each);
          assert.equal(paddedMacs(ofInput), paddedMacs(forward), JSON.stringify(each));
          assert.equal(paddedMacs(ofFilter), paddedMacs(forward), JSON.stringify(each));
          assert.equal(matrixMacs(ofInput), matrixMacs(forward), JSON.stringify(each));
          assert.equal(matrixMacs(ofFilter), matrixMacs(forward), JSON.stringify(each));
        }
      }
    });

  it('are what the cpu backend adds up: a convolution of ones with ones, summed', async () => {
    for (const kind of ['Conv2D', 'DepthwiseConv2dNative', 'Conv3D'] as const)
      for (const pad of ['same', 'valid', 1, 'explicit'] as const) {
        if (kind === 'Conv3D' && pad === 'explicit') continue;
        for (const each of casesOf(kind === 'Conv3D' ? 3 : 2, pad).filter((_, i) => i % 7 === 0)) {
          // The cpu backend convolves volumes without dilation.
          if (kind === 'Conv3D' && each.axes.some(({ dilation }) => dilation > 1)) continue;
          const kernels = kernelsOf(kind, each);
          const sums = await onCpu(() => kernelSums(kind, each));
          assert.deepEqual(
            sums,
            kernels.slice(0, sums.length).map((kernel) => paddedMacs(kernel)),
          );
        }
      }
  });

  it('are all where there is no padding, whatever the order of dimensions', () => {
    const attrs = { strides: [1, 2], pad: 'valid', dilations: [1, 1], dataFormat: 'NCHW' };
    const kernel: CostedKernel = {
      kernel: 'Conv2D',
      inputs: [float(2, 3, 9, 7), float(3, 2, 3, 4)],
      outputs: [float(2, 4, 7, 3)],
      attrs,
    };
    assert.equal(paddedMacs(kernel), matrixMacs(kernel));
    const same = { ...kernel, outputs: [float(2, 4, 9, 4)], attrs: { ...attrs, pad: 'same' } };
    const axes = [
      { length: 9, taps: 3, stride: 1, dilation: 1 },
      { length: 7, taps: 2, stride: 2, dilation: 1 },
    ];
    assert.equal(paddedMacs(same), 2 * 3 * 4 * pairs({ axes, pad: 'same' }).inside);
  });

  it('are all of what is no convolution', () => {
    const kernel: CostedKernel = {
      kernel: 'BatchMatMul',
      inputs: [float(5, 2, 3), float(5, 3, 4)],
      outputs: [float(5, 2, 4)],
      attrs: {},
    };
    assert.equal(paddedMacs(kernel), 5 * 2 * 3 * 4);
    assert.equal(paddedMacs({ ...kernel, kernel: 'Add' }), undefined);
  });

  describe('with zeros that a layer of their own puts there', () => {
    interface Sizes {
      readonly length: number;
      readonly kernelSize: number;
      readonly strides: number;
      readonly before: number;
      readonly after: number;
    }
    const sizes: readonly Sizes[] = [
      { length: 9, kernelSize: 3, strides: 1, before: 1, after: 1 },
      { length: 8, kernelSize: 7, strides: 2, before: 3, after: 3 },
      { length: 9, kernelSize: 5, strides: 3, before: 4, after: 0 },
      { length: 6, kernelSize: 2, strides: 2, before: 0, after: 2 },
    ];
    for (const { length, kernelSize, strides, before, after } of sizes)
      it(`are those inside in a whole training step, ${before} before and ${after} after ${length}`, async () => {
        const padding: [[number, number], [number, number]] = [
          [before, after],
          [before, after],
        ];
        const { work } = await test.stepOf(() => {
          const l = tf.layers;
          return tf.sequential({
            layers: [
              // With weights below it, so that the convolution's input has a gradient too.
              l.conv2d({ filters: 3, kernelSize: 1, inputShape: [length, length, 3] }),
              l.zeroPadding2d({ padding }),
              l.conv2d({ filters: 5, kernelSize, strides, useBias: false }),
              l.flatten(),
              l.dense({ units: 1 }),
            ],
          });
        });
        const axis = { length, taps: kernelSize, stride: strides, dilation: 1 };
        const { inside, all } = pairs({
          axes: [axis, axis],
          pad: [
            [before, after],
            [before, after],
          ],
        });
        const ofZeros = 3 * 5 * (all - inside);
        assert.ok(ofZeros > 0);
        assert.equal(work.forward.macs - work.forward.paddedMacs, ofZeros);
        assert.equal(work.backward.macs - work.backward.paddedMacs, 2 * ofZeros);
      });

    it('are those of the same padding within the convolution', async () => {
      const [apart, within] = [
        await test.stepOf(() => padded('valid', 1)),
        await test.stepOf(() => padded('same', 0)),
      ];
      assert.equal(matrixFlops(apart.work.forward, 'padded'), matrixFlops(within.work.forward, 'padded'));
      assert.equal(matrixFlops(apart.work.backward, 'padded'), matrixFlops(within.work.backward, 'padded'));
    });

    it('add up where zeros are put around zeros', () => {
      const filter = tf.zeros<tfjs.Rank.R4>([5, 5, 3, 4]);
      const around = (x: tfjs.Tensor4D, n: number) =>
        tf.pad4d(x, [
          [0, 0],
          [n, n],
          [n, n],
          [0, 0],
        ]);
      const x = tf.zeros<tfjs.Rank.R4>([1, 9, 9, 3]);
      const once = worked(() => tf.conv2d(around(x, 3), filter, 1, 'valid'));
      const twice = worked(() => tf.conv2d(around(around(x, 1), 2), filter, 1, 'valid'));
      const both = worked(() => tf.conv2d(around(x, 1), filter, 1, 2));
      assert.ok(once.paddedMacs < once.macs);
      assert.equal(twice.paddedMacs, once.paddedMacs);
      assert.equal(both.paddedMacs, once.paddedMacs);
    });

    it('are all where something else than zeros is put there, or something happened to them', () => {
      const filter = tf.zeros<tfjs.Rank.R4>([3, 3, 3, 4]);
      const x = tf.zeros<tfjs.Rank.R4>([1, 9, 9, 3]);
      const around = (value: number) =>
        tf.pad4d(
          x,
          [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ],
          value,
        );
      const ones = worked(() => tf.conv2d(around(1), filter, 1, 'valid'));
      const shifted = worked(() => tf.conv2d(tf.add<tfjs.Tensor4D>(around(0), 1), filter, 1, 'valid'));
      assert.equal(ones.paddedMacs, ones.macs);
      assert.equal(shifted.paddedMacs, shifted.macs);
    });

    it('have nothing to do with zeros in a gradient, as those of what was cut off', () => {
      const [x, filter] = [tf.zeros([1, 8, 8, 3]), tf.zeros([3, 3, 3, 4])];
      const cut = (a: tfjs.Tensor, b: tfjs.Tensor) => {
        const convolved = tf.conv2d(a as tfjs.Tensor4D, b as tfjs.Tensor4D, 1, 'same');
        return tf.sum(tf.slice(convolved, [0, 1, 1, 0], [1, 6, 6, 4]));
      };
      const work = worked(() => tf.grads(cut)([x, filter]));
      const axis = { length: 8, taps: 3, stride: 1, dilation: 1 };
      assert.equal(work.paddedMacs, 3 * 3 * 4 * pairs({ axes: [axis, axis], pad: 'same' }).inside);
    });

    function padded(padding: 'same' | 'valid', zeros: number): tfjs.LayersModel {
      const l = tf.layers;
      return tf.sequential({
        layers: [
          l.conv2d({ filters: 3, kernelSize: 1, inputShape: [7, 7, 2] }),
          l.zeroPadding2d({ padding: zeros }),
          l.conv2d({ filters: 4, kernelSize: 3, padding }),
          l.zeroPadding2d({ padding: zeros }),
          l.depthwiseConv2d({ kernelSize: 3, padding }),
          l.flatten(),
          l.dense({ units: 1 }),
        ],
      });
    }
  });

  it('are 7.4 % fewer for ResNet-18', () => {
    const model = test.build(() => new Architectures(tf).resnetBasic([2, 2, 2, 2]));
    const work = worked(() => model.predictOnBatch(tf.zeros([1, 224, 224, 3])));
    model.dispose();
    const basic = (length: number, from: number, to: number): [Axis, number][] => {
      const first = { length, taps: 3, stride: from === to ? 1 : 2, dilation: 1 };
      const other = { length: length / first.stride, taps: 3, stride: 1, dilation: 1 };
      return [
        [first, from * to],
        [other, to * to],
        [other, to * to],
        [other, to * to],
      ];
    };
    // He et al. 2016, table 1: all with zeros around them; projections of 1x1 and the last layer have none.
    const layers: [Axis, number][] = [
      [{ length: 224, taps: 7, stride: 2, dilation: 1 }, 3 * 64],
      ...basic(56, 64, 64),
      ...basic(56, 64, 128),
      ...basic(28, 128, 256),
      ...basic(14, 256, 512),
    ];
    const ofZeros = layers.reduce((sum, [axis, each]) => {
      const { inside, all } = pairs({ axes: [axis, axis], pad: (axis.taps - 1) / 2 });
      return sum + each * (all - inside);
    }, 0);
    assert.equal(work.macs, 1_814_073_344);
    assert.equal(work.paddedMacs, work.macs - ofZeros);
    assert.equal((100 * (1 - work.paddedMacs / work.macs)).toFixed(1), '7.4');
  });

  function worked(run: () => unknown): Work {
    const work = noWork();
    for (const kernel of test.kernelsOf(run)) addKernel(work, kernel, { zeros: kernel.zeros });
    return work;
  }

  async function onCpu<T>(work: () => T): Promise<T> {
    await tf.setBackend('cpu');
    try {
      return work();
    } finally {
      await tf.setBackend(shapeBackendName);
    }
  }

  /** The convolution and the gradients of its input and filter, as TensorFlow.js runs them. */
  function kernelsOf(kind: Kind, each: Case): [CostedKernel, CostedKernel, CostedKernel] {
    const kernels = test.kernelsOf(() => run(kind, each));
    assert.equal(kernels.length, 3);
    return kernels as unknown as [CostedKernel, CostedKernel, CostedKernel];
  }

  /** Sums of what comes out for ones; without gradients where the cpu backend has none. */
  function kernelSums(kind: Kind, each: Case): number[] {
    return tf.tidy(() => {
      const gradientsToo = each.axes.every(({ dilation }) => dilation === 1) && typeof each.pad !== 'object';
      return run(kind, each, gradientsToo).map((tensor) => tensor.sum().dataSync()[0] as number);
    });
  }

  function run(kind: Kind, { axes, pad }: Case, gradientsToo = true): tfjs.Tensor[] {
    const ones = (shape: readonly number[]) => {
      const ofAll = { shape: [...shape], value: 1, dtype: 'float32' };
      return tf.getBackend() === 'cpu' ? tf.ones(ofAll.shape) : tf.zeros(ofAll.shape);
    };
    const x = ones([batch, ...axes.map(({ length }) => length), channels]);
    const filter = ones([...axes.map(({ taps }) => taps), channels, filters]);
    const attrs = {
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pad: typeof pad === 'object' ? [[0, 0], ...pad, [0, 0]] : pad,
      dataFormat: kind === 'Conv3D' ? 'NDHWC' : 'NHWC',
      dimRoundingMode: 'floor',
    };
    const call = (kernel: string, inputs: Record<string, tfjs.Tensor>, more: object = {}): tfjs.Tensor =>
      tf.engine().runKernel(kernel, inputs, { ...attrs, ...more });
    const made = call(kind, { x, filter });
    if (!gradientsToo) return [made];
    const dy = ones(made.shape);
    const [ofInput, ofFilter] = gradients[kind];
    return [
      made,
      call(ofInput, { dy, filter }, { inputShape: x.shape }),
      call(ofFilter, { x, dy }, { filterShape: filter.shape }),
    ];
  }
});

/** Each dimension with others than itself, in some order that is always the same. */
function casesOf(rank: 2 | 3, pad: 'same' | 'valid' | 'explicit' | number): Case[] {
  const explicit = [
    [0, 1],
    [2, 0],
    [1, 3],
  ] as const;
  return lines.flatMap((line, i) => {
    const others = Array.from(
      { length: rank - 1 },
      (_, k) => lines[((k + 2) * 37 * i + 11) % lines.length] as Axis,
    );
    // A dilated filter with a stride is no convolution that TensorFlow.js takes, and with a number of zeros it takes
    // both dimensions of an image for alike.
    const square = rank === 2 && typeof pad === 'number';
    const all = [line, ...others].map(({ length, ...axis }) => ({ ...(square ? line : axis), length }));
    const dilated = all.every(({ stride }) => stride === 1);
    const axes = all.map((axis) => ({ ...axis, dilation: dilated ? axis.dilation : 1 }));
    const each: Case = {
      axes,
      pad:
        pad === 'explicit'
          ? axes.map((_, axis) => explicit[(i + axis) % 3] as readonly [number, number])
          : pad,
    };
    return axes.every((axis, k) => geometry(axis, each.pad, k).positions > 0) ? [each] : [];
  });
}

/** How many positions the output has along a dimension, and how many zeros there are before the input. */
function geometry({ length, taps, stride, dilation }: Axis, pad: Pad, axis: number) {
  const covered = (taps - 1) * dilation + 1;
  if (pad === 'same') {
    const positions = Math.ceil(length / stride);
    return { positions, before: Math.floor(Math.max(0, (positions - 1) * stride + covered - length) / 2) };
  }
  const [before, after] =
    pad === 'valid' ? [0, 0] : typeof pad === 'number' ? [pad, pad] : (pad[axis] ?? [0, 0]);
  return { positions: Math.floor((before + length + after - covered) / stride) + 1, before };
}

/** All pairs of an output position and a filter tap, and those of them that fall on the input: one by one. */
function pairs({ axes, pad }: Case): { inside: number; all: number } {
  let inside = 0;
  let all = 0;
  const visit = (axis: number, on: boolean): void => {
    const line = axes[axis];
    if (!line) {
      all++;
      if (on) inside++;
      return;
    }
    const { positions, before } = geometry(line, pad, axis);
    for (let position = 0; position < positions; position++)
      for (let tap = 0; tap < line.taps; tap++) {
        const at = position * line.stride + tap * line.dilation - before;
        visit(axis + 1, on && at >= 0 && at < line.length);
      }
  };
  visit(0, true);
  return { inside, all };
}

function float(...shape: number[]) {
  return { shape, dtype: 'float32' };
}
