import type * as tfjs from '@tensorflow/tfjs';
import { registerArithmeticGradients } from './arithmeticGradients';
import { axis, dilatedGradients, spatialAxes3D, type Axis } from './dilation';
import { registerEinsumGradient } from './einsumGradient';
import { registerIndexGradients } from './indexGradients';
import type { Tensor, Tf } from './register';

type Attrs = Readonly<Record<string, unknown>>;
type Gradients = Record<string, () => Tensor>;
type GradientFunction = (dy: Tensor, saved: Tensor[], attrs: Attrs) => Gradients;

/**
 * Gradients that TensorFlow.js lacks or gets wrong, on whatever backend: they are made of kernels that every one of them has.
 */
export function registerOwnGradients(tf: Tf): void {
  registerConstants(tf);
  registerConv3DTranspose(tf);
  registerDilated(tf);
  registerArithmeticGradients(tf);
  registerEinsumGradient(tf);
  registerIndexGradients(tf);
}

/** A comparison is constant wherever it has a derivative. `GreaterEqual` alone is told so by TensorFlow.js. */
function registerConstants(tf: Tf): void {
  const zeros = (names: readonly string[]) => (_dy: Tensor, saved: Tensor[]) =>
    Object.fromEntries(names.map((name, i) => [name, () => tf.zeros(saved[i]?.shape ?? [])]));
  const add = (kernelName: string, inputs: string[]) =>
    tf.registerGradient({ kernelName, inputsToSave: inputs, gradFunc: zeros(inputs) as never });
  for (const kernel of ['Greater', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'])
    add(kernel, ['a', 'b']);
  for (const kernel of ['LogicalNot', 'Any', 'All']) add(kernel, ['x']);
}

/** A transposed convolution computes what a convolution's gradient is, so its gradients are convolutions. */
function registerConv3DTranspose(tf: Tf): void {
  const gradFunc: GradientFunction = (ddx, saved, { strides, pad }) => {
    const [dy, filter] = saved as [Tensor, tfjs.Tensor5D];
    return {
      dy: () => tf.conv3d(ddx as tfjs.Tensor5D, filter, strides as [number, number, number], pad as 'same'),
      filter: () =>
        run(tf, 'Conv3DBackpropFilterV2', { x: ddx, dy }, { strides, pad, filterShape: filter.shape }),
    };
  };
  tf.registerGradient({
    kernelName: 'Conv3DBackpropInputV2',
    inputsToSave: ['dy', 'filter'],
    gradFunc: gradFunc as never,
  });
}

/** Of convolutions with dilation; without, the stock gradients are right. */
function registerDilated(tf: Tf): void {
  overStock(tf, 'Conv2D', (dy, [x, filter], attrs) => {
    const first = attrs.dataFormat === 'NCHW';
    const last = (t: Tensor) => (first ? tf.transpose(t, [0, 2, 3, 1]) : t);
    const made = gradients2D(tf, last(x), last(dy), filter, attrs, 'Conv2D');
    return { ...made, x: () => (first ? tf.transpose(made.x(), [0, 3, 1, 2]) : made.x()) };
  });
  overStock(tf, 'DepthwiseConv2dNative', (dy, [x, filter], attrs) =>
    gradients2D(tf, x, dy, filter, attrs, 'DepthwiseConv2dNative'),
  );
  overStock(tf, 'Conv3D', (dy, [x, filter], { dilations, pad }) => {
    const axes = spatialAxes3D(tf, x, filter, dilations as number, pad as 'same');
    const plain = { strides: [1, 1, 1], pad: 'valid' };
    const { shape: filterShape } = filter;
    return dilatedGradients(
      tf,
      { x, dy, axes },
      {
        filterGradient: (x, dy) => run(tf, 'Conv3DBackpropFilterV2', { x, dy }, { ...plain, filterShape }),
        inputGradient: (dy, inputShape) =>
          run(tf, 'Conv3DBackpropInputV2', { dy, filter }, { ...plain, inputShape }),
      },
    );
  });
}

function gradients2D(
  tf: Tf,
  x: Tensor,
  dy: Tensor,
  filter: Tensor,
  { dilations, pad, dimRoundingMode }: Attrs,
  kernel: 'Conv2D' | 'DepthwiseConv2dNative',
) {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    1,
    dilations as number,
    pad as 'same',
    dimRoundingMode as 'floor',
    kernel !== 'Conv2D',
  );
  const { top, left } = info.padInfo;
  const axes: Axis[] = [
    axis(info.dilationHeight, info.filterHeight, top, info.inHeight, info.outHeight),
    axis(info.dilationWidth, info.filterWidth, left, info.inWidth, info.outWidth),
  ];
  const plain = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1] };
  const { shape: filterShape } = filter;
  return dilatedGradients(
    tf,
    { x, dy, axes },
    {
      filterGradient: (x, dy) => run(tf, `${kernel}BackpropFilter`, { x, dy }, { ...plain, filterShape }),
      inputGradient: (dy, inputShape) =>
        run(tf, `${kernel}BackpropInput`, { dy, filter }, { ...plain, inputShape }),
    },
  );
}

type Dilated = (dy: Tensor, saved: [x: Tensor, filter: Tensor], attrs: Attrs) => Gradients;

function overStock(tf: Tf, kernelName: string, dilated: Dilated): void {
  const stock = tf.getGradient(kernelName);
  if (!stock) throw new Error(`TensorFlow.js has no gradient of ${kernelName}.`);
  const gradFunc: GradientFunction = (dy, saved, attrs) => {
    const rates = [attrs.dilations ?? 1].flat();
    if (rates.every((rate) => rate === 1)) return stock.gradFunc(dy, saved, attrs as never);
    return dilated(dy, saved as [Tensor, Tensor], attrs);
  };
  tf.unregisterGradient(kernelName);
  tf.registerGradient({ ...stock, gradFunc: gradFunc as never });
}

function run(tf: Tf, kernel: string, inputs: Record<string, Tensor>, attrs: Record<string, unknown>): Tensor {
  return tf.engine().runKernel(kernel, inputs, attrs as never);
}
