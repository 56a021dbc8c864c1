import assert from 'node:assert/strict';
import fs from 'node:fs';
import type * as tfjs from '@tensorflow/tfjs';
import { elementwiseFlops } from '../../../src/cost/elementwise';
import type { CostedKernel, ShapedTensor } from '../../../src/cost/kernel';
import { addKernel, noWork } from '../../../src/cost/work';
import type { Tf } from '../../../src/train/tfInstance';
import { kernelCases } from '../trace/kernelCases';
import { TestSession } from '../trace/session';

/** Kernels without a count, and why. */
const uncovered: Readonly<Record<string, string>> = {
  ...each(['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'], 'works on text'),
  ...each(['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'], 'sizes are values'),
  ...each(['SparseFillEmptyRows', 'Unique'], 'how much it compares and makes follows from values'),
  ...each(
    ['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5'],
    'how many boxes are compared follows from values',
  ),
  ...each(['TopK', 'SearchSorted', 'LowerBound', 'UpperBound'], 'sorts or searches: no arithmetic'),
  Multinomial: 'draws until the drawn number is passed: follows from values',
  ...each(['CropAndResize', 'RotateWithOffset', 'Transform'], 'pixels outside the image take no arithmetic'),
  LRNGrad: 'no count that others would agree with',
};

describe('elementwise work', () => {
  let test: TestSession;
  before(async () => {
    test = await TestSession.start();
  });
  after(() => test.end());

  describe('of every kernel there is', () => {
    const names = [
      ...fs
        .readFileSync(require.resolve('@tensorflow/tfjs-core/dist/kernel_names.d.ts'), 'utf8')
        .matchAll(/export declare const \w+ = "(\w+)"/g),
    ].map(([, name]) => name as string);

    it('is counted, or said not to be', () => {
      assert.equal(names.length, 180);
      const without = names.filter((name) => elementwiseFlops(someCall(name)) === undefined);
      assert.deepEqual(without.sort(), Object.keys(uncovered).sort());
    });

    it('is a whole number for calls as TensorFlow.js makes them', () => {
      for (const name of Object.keys(kernelCases))
        for (const call of callsOf(name)) {
          const work = noWork();
          addKernel(work, call);
          assert.deepEqual(work.uncovered, name in uncovered ? { [name]: 1 } : {});
          assert.ok(Number.isSafeInteger(work.elementwiseFlops) && work.elementwiseFlops >= 0, name);
        }
    });

    it('counts towards nothing where it is not covered, and is named', () => {
      const work = noWork();
      const call = someCall('TopK');
      addKernel(work, call);
      addKernel(work, call);
      assert.deepEqual(work.uncovered, { TopK: 2 });
      assert.equal(work.elementwiseFlops, 0);
      assert.equal(work.kernels, 2);
    });
  });

  describe('of a layer, for each element', () => {
    interface Rule {
      readonly per: 'output' | 'input';
      readonly flops: number;
      /** Of one example. */
      readonly input?: number[];
      readonly training?: true;
      readonly layer: (l: Tf['layers']) => tfjs.layers.Layer;
    }
    const table: Readonly<Record<string, Rule>> = {
      'a softmax takes 5: largest, difference, exponential, sum, quotient': {
        per: 'output',
        flops: 5,
        input: [7],
        layer: (l) => l.softmax(),
      },
      'a ReLU takes 1': { per: 'output', flops: 1, layer: (l) => l.reLU() },
      'a ReLU to 6 takes 2, as tf.layers cuts off above apart': {
        per: 'output',
        flops: 2,
        layer: (l) => l.reLU({ maxValue: 6 }),
      },
      'a sigmoid takes 1': { per: 'output', flops: 1, layer: (l) => l.activation({ activation: 'sigmoid' }) },
      'a hard sigmoid takes 3': {
        per: 'output',
        flops: 3,
        layer: (l) => l.activation({ activation: 'hardSigmoid' }),
      },
      'a GELU by tanh takes 8': {
        per: 'output',
        flops: 8,
        layer: (l) => l.activation({ activation: 'gelu_new' }),
      },
      'a GELU by erf takes 5': {
        per: 'output',
        flops: 5,
        layer: (l) => l.activation({ activation: 'gelu' }),
      },
      'a PReLU takes 1': { per: 'output', flops: 1, layer: (l) => l.prelu() },
      'a batch norm in inference takes 2: scale and offset': {
        per: 'output',
        flops: 2,
        layer: (l) => l.batchNormalization(),
      },
      // Public counters say 5, taking deviation and square for one: TensorFlow.js runs a kernel for each.
      'a batch norm in training takes 6: mean, deviation, square, mean, scale, offset': {
        per: 'output',
        flops: 6,
        training: true,
        layer: (l) => l.batchNormalization(),
      },
      'a layer norm takes 6, as a batch norm in training': {
        per: 'output',
        flops: 6,
        layer: (l) => l.layerNormalization(),
      },
      // The same kernel scales by 1 / deviation alone: 5 in counters of modules is 4 there.
      'a layer norm without scale and offset takes 6 too': {
        per: 'output',
        flops: 6,
        layer: (l) => l.layerNormalization({ scale: false, center: false }),
      },
      'a max pool takes its window': {
        per: 'output',
        flops: 6,
        layer: (l) => l.maxPooling2d({ poolSize: [3, 2] }),
      },
      'an average pool takes its window': {
        per: 'output',
        flops: 9,
        layer: (l) => l.averagePooling2d({ poolSize: 3, strides: 1 }),
      },
      'a pool of volumes takes its window': {
        per: 'output',
        flops: 12,
        input: [6, 6, 4, 2],
        layer: (l) => l.maxPooling3d({ poolSize: [2, 3, 2] }),
      },
      'a global average takes 1 of what goes in': {
        per: 'input',
        flops: 1,
        layer: (l) => l.globalAveragePooling2d({}),
      },
      'an embedding takes nothing': {
        per: 'output',
        flops: 0,
        input: [7],
        layer: (l) => l.embedding({ inputDim: 50, outputDim: 9 }),
      },
      'a dropout in training takes 4: sum, floor, quotient, product': {
        per: 'output',
        flops: 4,
        training: true,
        layer: (l) => l.dropout({ rate: 0.3 }),
      },
      'a dropout in inference takes nothing': {
        per: 'output',
        flops: 0,
        layer: (l) => l.dropout({ rate: 0.3 }),
      },
      'what moves data takes nothing': {
        per: 'output',
        flops: 0,
        layer: (l) => l.zeroPadding2d({ padding: 2 }),
      },
      'a change of shape takes nothing': { per: 'output', flops: 0, layer: (l) => l.flatten() },
    };
    for (const [name, { per, flops, input = [6, 8, 5], training, layer: make }] of Object.entries(table))
      it(name, () => {
        const layer = make(test.tf.layers);
        const at = (batch: number) => {
          const x = test.tf.zeros([batch, ...input]);
          let output: number[] = [];
          layer.apply(x, training && { training });
          const kernels = test.kernelsOf(
            () => (output = (layer.apply(x, training && { training }) as tfjs.Tensor).shape),
          );
          const elements = product(per === 'output' ? output : x.shape);
          return { flops: total(kernels), elements };
        };
        // The difference leaves out what is done once whatever the batch, such as moving averages.
        const [few, many] = [at(3), at(11)];
        assert.equal(many.flops - few.flops, flops * (many.elements - few.elements));
        layer.dispose();
      });

    it('a batch norm takes 6 a channel besides, for its moving averages', () => {
      const layer = test.tf.layers.batchNormalization();
      const x = test.tf.zeros([4, 6, 5, 3]);
      layer.apply(x);
      const kernels = test.kernelsOf(() => layer.apply(x, { training: true }));
      assert.equal(total(kernels), 6 * 4 * 6 * 5 * 3 + 2 * 3 * 3);
    });

    it('an LSTM takes 17 a unit and step, a GRU 17: their equations', () => {
      const [batch, steps, features, units] = [3, 5, 6, 4];
      const config = { units, recurrentActivation: 'sigmoid', recurrentInitializer: 'glorotNormal' } as const;
      const x = test.tf.zeros([batch, steps, features]);
      const apply = (layer: tfjs.layers.Layer) => {
        layer.apply(x);
        return total(test.kernelsOf(() => layer.apply(x)));
      };
      // TensorFlow.js gets the zeros that a sequence starts from by summing zeros as large as the input.
      const initial = batch * steps * features;
      // Two products summed and a bias, of four gates; four activations; f * c + i * g; o * tanh(c).
      const lstm = 4 * 2 + 4 + 3 + 2;
      assert.equal(apply(test.tf.layers.lstm(config)), initial + batch * steps * units * lstm);
      // A bias for three gates, z and r summed and activated, r * h, the candidate summed and activated, and
      // z * h + (1 + -z) * candidate.
      const gru = 3 + 2 * 2 + 1 + 2 + 5;
      assert.equal(apply(test.tf.layers.gru(config)), initial + batch * steps * units * gru);
    });
  });

  describe('of a fused kernel', () => {
    const shapes = { x: [2, 9, 7, 3], filter: [3, 3, 3, 8], bias: [8], alpha: [8], out: [2, 9, 7, 8] };
    const fused = (inputs: (keyof typeof shapes)[], activation?: string | null): CostedKernel => ({
      kernel: 'FusedConv2D',
      inputs: inputs.map((name) => float(shapes[name])),
      outputs: [float(shapes.out)],
      attrs: { activation },
    });
    const outputs = product(shapes.out);
    const cases: readonly [string, CostedKernel, number][] = [
      ['neither bias nor activation', fused(['x', 'filter'], 'linear'), 0],
      ['no word of an activation', fused(['x', 'filter']), 0],
      ['an activation that is null', fused(['x', 'filter'], null), 0],
      ['a bias', fused(['x', 'filter', 'bias'], 'linear'), 1],
      ['an activation', fused(['x', 'filter'], 'relu'), 1],
      ['a bias and an activation', fused(['x', 'filter', 'bias'], 'relu6'), 2],
      ['a PReLU, whose weights are no bias', fused(['x', 'filter', 'alpha'], 'prelu'), 1],
      ['a bias and a PReLU', fused(['x', 'filter', 'bias', 'alpha'], 'prelu'), 2],
    ];
    for (const [name, kernel, flops] of cases)
      it(`is ${flops} an output with ${name}`, () => {
        for (const kind of ['FusedConv2D', 'FusedDepthwiseConv2D', '_FusedMatMul'])
          assert.equal(elementwiseFlops({ ...kernel, kernel: kind }), flops * outputs);
      });

    it('is the same as of its parts', () => {
      const { tf } = test;
      const [x, filter] = [tf.zeros([2, 9, 7, 3]), tf.zeros([3, 3, 3, 8])];
      const [bias, alpha] = [tf.zeros([8]), tf.zeros([1, 1, 8])];
      const given = { x, filter, strides: 1, pad: 'same', bias } as Parameters<typeof tf.fused.conv2d>[0];
      for (const [activation, apart] of [
        ['linear', (y: tfjs.Tensor) => y],
        ['relu', (y: tfjs.Tensor) => tf.relu(y)],
        ['sigmoid', (y: tfjs.Tensor) => tf.sigmoid(y)],
        ['prelu', (y: tfjs.Tensor) => tf.prelu(y, alpha)],
      ] as const) {
        const together = test.kernelsOf(() =>
          tf.fused.conv2d({
            ...given,
            activation,
            ...(activation === 'prelu' && { preluActivationWeights: alpha }),
          }),
        );
        const parts = test.kernelsOf(() =>
          apart(tf.add(tf.conv2d(x as tfjs.Tensor4D, filter as tfjs.Tensor4D, 1, 'same'), bias)),
        );
        assert.ok(together.some(({ kernel }) => kernel === 'FusedConv2D'));
        assert.ok(parts.some(({ kernel }) => kernel === 'Conv2D'));
        assert.equal(total(together), total(parts));
      }
    });
  });

  describe('of kernels with a formula of their own', () => {
    it('is a sum fewer than there are tensors, for a sum of many', () => {
      assert.equal(
        elementwiseFlops(
          call(
            'AddN',
            [
              [2, 3],
              [2, 3],
              [2, 3],
            ],
            [2, 3],
          ),
        ),
        2 * 6,
      );
    });

    it('is that of the window for the gradient of a pool, once for each gradient that comes in', () => {
      const attrs = { filterSize: [3, 2], strides: [2, 2], pad: 'valid' };
      const shapes = [
        [2, 4, 3, 5],
        [2, 9, 7, 5],
      ];
      assert.equal(elementwiseFlops(call('AvgPoolGrad', shapes, [2, 9, 7, 5], attrs)), 2 * 4 * 3 * 5 * 6);
      assert.equal(elementwiseFlops(call('MaxPoolGrad', shapes, [2, 9, 7, 5], attrs)), 2 * 4 * 3 * 5 * 6);
    });

    it('is a sum and a comparison for each tap of a dilation', () => {
      const attrs = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
      const counted = elementwiseFlops(
        call(
          'Dilation2D',
          [
            [1, 6, 5, 2],
            [3, 2, 2],
          ],
          [1, 6, 5, 2],
          attrs,
        ),
      );
      assert.equal(counted, 2 * (6 * 5 * 2) * (3 * 2));
    });

    it('is that of the neighbours for a local response normalisation', () => {
      // A square and a sum for each of 2r + 1 neighbours; scale and bias, power, quotient.
      const counted = elementwiseFlops(call('LRN', [[1, 4, 4, 9]], [1, 4, 4, 9], { depthRadius: 2 }));
      assert.equal(counted, 4 * 4 * 9 * (2 * 5 + 3));
    });

    it('is three interpolations of three operations for a bilinear resize', () => {
      assert.equal(elementwiseFlops(call('ResizeBilinear', [[1, 4, 4, 3]], [1, 9, 8, 3])), 9 * (9 * 8 * 3));
      // Each gradient that comes in goes to four pixels, weighted.
      const shapes = [
        [1, 9, 8, 3],
        [1, 4, 4, 3],
      ];
      assert.equal(elementwiseFlops(call('ResizeBilinearGrad', shapes, [1, 4, 4, 3])), 8 * (9 * 8 * 3));
    });

    it('is 5 N log2 N for a Fourier transform', () => {
      assert.equal(elementwiseFlops(call('FFT', [[6, 256]], [6, 256])), 6 * 5 * 256 * 8);
      assert.equal(elementwiseFlops(call('IFFT', [[6, 1]], [6, 1])), 0);
    });

    it('is a sum for each row that a segment takes', () => {
      const counted = elementwiseFlops(call('SparseSegmentSum', [[10, 7], [4], [4]], [2, 7]));
      assert.equal(counted, 4 * 7);
    });

    it('is a sum for each gradient of an embedded token', () => {
      const { tf } = test;
      const layer = tf.layers.embedding({ inputDim: 50, outputDim: 9 });
      const tokens = tf.zeros([4, 7], 'int32');
      layer.apply(tokens);
      const kernels = test.kernelsOf(() =>
        tf.variableGrads(() => tf.sum(layer.apply(tokens) as tfjs.Tensor)),
      );
      const scattered = kernels.filter(({ kernel }) => kernel === 'UnsortedSegmentSum');
      assert.equal(scattered.length, 1);
      assert.equal(total(scattered), 4 * 7 * 9);
    });
  });

  /** A call of a kernel on small tensors of four dimensions. */
  function someCall(kernel: string): CostedKernel {
    return call(
      kernel,
      [
        [1, 2, 2, 1],
        [1, 2, 2, 1],
        [1, 2, 2, 1],
      ],
      [1, 2, 2, 1],
      { filterSize: 2 },
    );
  }

  /** As the cpu backend is called for the same cases, with what comes out. */
  function callsOf(name: string): CostedKernel[] {
    return (kernelCases[name] ?? []).map(({ inputs, attrs }) => {
      const { tf } = test;
      const tensors = Object.entries(inputs).map(([key, { shape, dtype = 'float32', values }]) => {
        const all = values ?? Array.from({ length: product(shape) }, () => 1);
        return [key, tf.tensor(all, shape, dtype)] as const;
      });
      const isList = tensors.length > 0 && tensors.every(([key]) => /^\d+$/.test(key));
      const given = isList ? tensors.map(([, tensor]) => tensor) : Object.fromEntries(tensors);
      const [kernel] = test.kernelsOf(() => tf.engine().runKernel(name, given as never, attrs as never));
      assert.ok(kernel, name);
      return kernel;
    });
  }
});

function each(names: readonly string[], reason: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

function total(kernels: readonly CostedKernel[]): number {
  return kernels.reduce((sum, kernel) => sum + (elementwiseFlops(kernel) ?? 0), 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, length) => all * length, 1);
}

function float(shape: readonly number[]): ShapedTensor {
  return { shape, dtype: 'float32' };
}

function call(kernel: string, inputs: number[][], output: number[], attrs: object = {}): CostedKernel {
  return { kernel, inputs: inputs.map(float), outputs: [float(output)], attrs: { ...attrs } };
}
