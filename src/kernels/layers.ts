import type * as tfjs from '@tensorflow/tfjs';
import { blaming } from './blame';
import { dilatedConvolution, spatialAxes3D } from './dilation';
import type { Tensor, Tf } from './register';

type Shape = tfjs.Shape;
export type Given = Tensor | Tensor[];

/** What is replaced of a layer's class, and the fields of its instances that are used here. */
export interface LayerMethods {
  call: (inputs: Given, kwargs: object) => Tensor | Tensor[];
  computeOutputShape: (shape: Shape | Shape[]) => Shape | Shape[];
}
interface Convolution extends LayerMethods {
  readonly kernelSize: number[];
  readonly strides: number[];
  readonly dilationRate: number[];
  readonly padding: 'valid' | 'same' | 'causal';
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
  readonly activation: { apply(x: Tensor): Tensor } | null;
  readonly kernel: { read(): tfjs.Tensor4D };
  readonly bias: { read(): Tensor } | null;
}
interface Sized extends LayerMethods {
  readonly height: number;
  readonly width: number;
}
interface Resizing extends Sized {
  readonly interpolation: 'bilinear' | 'nearest';
  readonly cropToAspectRatio: boolean;
}

interface Named extends LayerMethods {
  readonly name: string;
}
interface Cell {
  readonly cells?: readonly Cell[];
  dropoutMask?: Tensor | Tensor[] | null;
  recurrentDropoutMask?: Tensor | Tensor[] | null;
}
interface Recurrent extends LayerMethods {
  readonly cell: Cell;
}

/** Layers that TensorFlow.js declares and cannot train. What they compute is as its documentation has it. */
export function mendLayers(tf: Tf): void {
  mend<Convolution>(tf, 'Conv1D', (stock) => causal(tf, stock));
  mend<Convolution>(tf, 'Conv2D', (stock) => dilated(tf, stock));
  mend<Convolution>(tf, 'Conv3D', (stock) => dilated3D(tf, stock));
  mend<Sized>(tf, 'CenterCrop', () => centerCrop(tf));
  mend<LayerMethods>(tf, 'CategoryEncoding', (stock) => ({
    // The stock method writes into the shape that it is given, which is the one of the layer in front.
    computeOutputShape(shape) {
      return stock.computeOutputShape.call(this, structuredClone(shape));
    },
  }));
  mend<Resizing>(tf, 'Resizing', () => resizing(tf));
  mend<Named>(tf, 'Embedding', (stock) => ({
    call(inputs, kwargs) {
      return blaming(`Layer "${this.name}" (Embedding)`, () => stock.call.call(this, inputs, kwargs));
    },
  }));
  mend<Recurrent>(tf, 'RNN', (stock) => freshMasks(tf, stock));
}

type Mended<L extends LayerMethods> = {
  [M in keyof LayerMethods]?: (this: L, ...args: Parameters<L[M]>) => ReturnType<L[M]>;
};

/** Replaces methods of a layer's class. */
export function mend<L extends LayerMethods>(tf: Tf, className: string, make: (stock: L) => Mended<L>): void {
  const { classNameMap } = tf.serialization.SerializationMap.getMap() as unknown as {
    classNameMap: Record<string, [{ prototype: L }, unknown] | undefined>;
  };
  const known = classNameMap[className];
  if (!known) throw new Error(`TensorFlow.js has no layer ${className}.`);
  const [{ prototype }] = known;
  // Most methods are inherited: what they are is asked before they are hidden.
  const { call, computeOutputShape } = prototype;
  Object.assign(prototype, make({ call, computeOutputShape } as L));
}

/** Causal padding is zeros in front, so that no output meets what comes after it (van den Oord et al. 2016, section 2.1). */
function causal(tf: Tf, stock: Convolution): Mended<Convolution> {
  const padded = (layer: Convolution, padding: 'valid' | 'same') =>
    Object.create(layer, { padding: { value: padding } }) as Convolution;
  return {
    call(inputs, kwargs) {
      if (this.padding !== 'causal') return stock.call.call(this, inputs, kwargs);
      return tf.tidy(() => {
        const [size = 1, rate = 1] = [this.kernelSize[0], this.dilationRate[0]];
        const front: [number, number] = [(size - 1) * rate, 0];
        const none: [number, number] = [0, 0];
        const margins = this.dataFormat === 'channelsFirst' ? [none, none, front] : [none, front, none];
        return stock.call.call(padded(this, 'valid'), tf.pad(only(inputs), margins), kwargs);
      });
    },
    computeOutputShape(shape) {
      return stock.computeOutputShape.call(this.padding === 'causal' ? padded(this, 'same') : this, shape);
    },
  };
}

/** The fused convolution refuses a gradient with dilation in its own code; the plain one has it (gradients.ts). */
function dilated(tf: Tf, stock: Convolution): Mended<Convolution> {
  return {
    call(inputs, kwargs) {
      const [vertical = 1, horizontal = 1] = this.dilationRate;
      if (vertical === 1 && horizontal === 1) return stock.call.call(this, inputs, kwargs);
      return tf.tidy(() => {
        const first = this.dataFormat === 'channelsFirst';
        const x = (first ? tf.transpose(only(inputs), [0, 2, 3, 1]) : only(inputs)) as tfjs.Tensor4D;
        const strides = this.strides as [number, number];
        const padding = this.padding === 'same' ? 'same' : 'valid';
        const dilations: [number, number] = [vertical, horizontal];
        const y = tf.conv2d(x, this.kernel.read(), strides, padding, 'NHWC', dilations);
        return finished(tf, this, y, [0, 3, 1, 2]);
      });
    },
  };
}

/** libtensorflow has no three-dimensional convolution with dilation for processors. */
function dilated3D(tf: Tf, stock: Convolution): Mended<Convolution> {
  return {
    call(inputs, kwargs) {
      if (this.dilationRate.every((rate) => rate === 1)) return stock.call.call(this, inputs, kwargs);
      return tf.tidy(() => {
        const first = this.dataFormat === 'channelsFirst';
        const x = first ? tf.transpose(only(inputs), [0, 2, 3, 4, 1]) : only(inputs);
        const filter = this.kernel.read() as Tensor as tfjs.Tensor5D;
        const padding = this.padding === 'same' ? 'same' : 'valid';
        const axes = spatialAxes3D(tf, x, filter, this.dilationRate as [number, number, number], padding);
        const convolve = (phases: Tensor) => tf.conv3d(phases as tfjs.Tensor5D, filter, 1, 'valid');
        return finished(tf, this, dilatedConvolution(tf, x, axes, convolve), [0, 4, 1, 2, 3]);
      });
    },
  };
}

/** With bias and activation, and the channels where the layer has them. */
function finished(tf: Tf, layer: Convolution, product: Tensor, channelsFirst: number[]): Tensor {
  // WebGPU adds tensors of five axes only where both have them.
  const { shape } = product;
  const bias =
    layer.bias && tf.reshape(layer.bias.read(), [...shape.slice(1).map(() => 1), shape.at(-1) ?? 1]);
  const biased = bias ? tf.add(product, bias) : product;
  const y = layer.dataFormat === 'channelsFirst' ? tf.transpose(biased, channelsFirst) : biased;
  return layer.activation ? layer.activation.apply(y) : y;
}

/** CropAndResize has no gradient; a slice of the same pixels has. */
function centerCrop(tf: Tf): Mended<Sized> {
  return {
    call(inputs) {
      return tf.tidy(() => {
        const x = only(inputs);
        const [height = 0, width = 0] = x.shape.slice(-3);
        const { height: newHeight, width: newWidth } = this;
        if (height < newHeight || width < newWidth)
          return tf.cast(tf.image.resizeBilinear(x as tfjs.Tensor4D, [newHeight, newWidth]), x.dtype);
        const top = Math.floor((height - newHeight) / 2);
        // A single column too many is taken from the left, a single row from the bottom.
        const left = width - newWidth === 1 ? 1 : Math.floor((width - newWidth) / 2);
        const before = x.rank === 4 ? [0] : [];
        const all = x.rank === 4 ? [-1] : [];
        return tf.slice(x, [...before, top, left, 0], [...all, newHeight, newWidth, -1]);
      });
    },
    computeOutputShape(shape) {
      return resizedShape(this, shape);
    },
  };
}

/** A model gives each layer a list of inputs, of which the stock layer tries to resize the list. */
function resizing(tf: Tf): Mended<Resizing> {
  return {
    call(inputs) {
      const size: [number, number] = [this.height, this.width];
      const resize = tf.image[this.interpolation === 'nearest' ? 'resizeNearestNeighbor' : 'resizeBilinear'];
      return tf.tidy(() => resize(only(inputs) as tfjs.Tensor4D, size, !this.cropToAspectRatio));
    },
    computeOutputShape(shape) {
      return resizedShape(this, shape);
    },
  };
}

/**
 * A cell's masks of dropout are drawn for each call of its layer and gone after it: what the gradient needs of them is
 * kept for it. The stock layers keep the masks until their next call; one of a cell that the user has made, for ever.
 */
function freshMasks(tf: Tf, stock: Recurrent): Mended<Recurrent> {
  const forget = (cell: Cell): void => {
    for (const mask of ['dropoutMask', 'recurrentDropoutMask'] as const) {
      if (cell[mask]) tf.dispose(cell[mask]);
      cell[mask] = null;
    }
    cell.cells?.forEach(forget);
  };
  return {
    call(inputs, kwargs) {
      try {
        return stock.call.call(this, inputs, kwargs);
      } finally {
        forget(this.cell);
      }
    },
  };
}

/** Of images with their channels last, in a batch or alone. */
function resizedShape({ height, width }: Sized, shape: Shape | Shape[]): Shape {
  const one = (Array.isArray(shape[0]) ? shape[0] : shape) as Shape;
  return [...one.slice(0, -3), height, width, one.at(-1) ?? null];
}

/** A layer's only input. */
export function only(inputs: Given): Tensor {
  const [first, ...others] = [inputs].flat();
  if (!first || others.length > 0) throw new Error(`The layer takes one input, not ${others.length + 1}.`);
  return first;
}
