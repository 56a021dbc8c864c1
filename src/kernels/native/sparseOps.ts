import type { Tensor, Tf } from '../register';
import { activated } from './fused';
import type { WasmBackend } from './native';
import { chooseFormat, type SparseWork } from './sparseCost';
import type { SparseAttrs } from './sparseKernels';
import { isDenseGradientWanted, topologyOf } from './topology';
import { infoOf, isPointwise, sparseWindowOf, type ConvAttrs } from './window';

interface MatMul {
  readonly a: unknown;
  readonly b: unknown;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}
interface Convolution extends ConvAttrs {
  readonly x: unknown;
  readonly filter: unknown;
  readonly dataFormat?: 'NHWC' | 'NCHW';
}
interface Finish {
  readonly bias?: unknown;
  readonly activation?: string | null;
  readonly preluActivationWeights?: unknown;
  readonly leakyreluAlpha?: number;
}

/** Asked by the ops that multiply (esbuild.js) whether a weight is sparse; undefined: it is not. */
export interface SparseHooks {
  sparseMatMul(given: MatMul & Finish): Tensor | undefined;
  sparseConv2d(given: Convolution & Finish): Tensor | undefined;
}

/** Has a wasm backend be asked. */
export function hookSparse(tf: Tf, backend: WasmBackend): void {
  const hooks: SparseHooks = {
    sparseMatMul: (given) => matMul(tf, given),
    sparseConv2d: (given) => convolve(tf, given),
  };
  Object.assign(backend, hooks);
}

function matMul(tf: Tf, { a, b, transposeA, transposeB, ...finish }: MatMul & Finish): Tensor | undefined {
  if (!isTensor(a) || !isTensor(b) || transposeA || a.rank < 2) return undefined;
  const topology = topologyOf(b);
  const [rows, columns] = b.shape.slice(-2);
  if (!topology || rows !== topology.rows || columns !== topology.columns || a.dtype !== 'float32')
    return undefined;
  const transposed = transposeB ?? false;
  const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
  if (a.shape.at(-1) !== inputs) return undefined;
  const outer = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return finished(tf, finish, outputs, (bias, activation) =>
    run(tf, a, b, bias, {
      ...{ topology, transposed, activation, rows: a.size / inputs },
      shape: [...outer, a.shape.at(-2) ?? 1, outputs],
    }),
  );
}

function convolve(tf: Tf, { x, filter, dataFormat, ...rest }: Convolution & Finish): Tensor | undefined {
  if (!isTensor(x) || !isTensor(filter) || x.rank !== 4 || filter.rank !== 4) return undefined;
  const topology = dataFormat === 'NCHW' || x.dtype !== 'float32' ? undefined : topologyOf(filter);
  if (!topology || topology.columns !== filter.shape[3] || x.shape[3] !== filter.shape[2]) return undefined;
  const { strides, pad, dilations, dimRoundingMode, ...finish } = rest;
  const given: ConvAttrs = {
    strides,
    pad,
    ...(dilations && { dilations }),
    ...(dimRoundingMode && { dimRoundingMode }),
  };
  const info = infoOf(tf, x.shape, filter.shape, given);
  return finished(tf, finish, info.outChannels, (bias, activation) =>
    run(tf, x, filter, bias, {
      ...{ topology, transposed: false, activation, shape: info.outShape },
      rows: info.batchSize * info.outHeight * info.outWidth,
      window: isPointwise(info) ? undefined : { ...given, info },
    }),
  );
}

/** Bias and activation inside the kernel where it has them and their gradient, else by ops after it. */
function finished(
  tf: Tf,
  { bias, activation, preluActivationWeights, leakyreluAlpha }: Finish,
  outputs: number,
  make: (bias: Tensor | undefined, activation: number) => Tensor,
): Tensor {
  const isRow =
    isTensor(bias) && bias.size === outputs && bias.shape.at(-1) === outputs && bias.dtype === 'float32';
  const isInside = isRow || bias === undefined || bias === null;
  if (isInside && activation === 'relu') return make(isRow ? bias : undefined, 1);
  const y = make(isRow ? bias : undefined, 0);
  const biased = isInside ? y : tf.add(y, bias as Tensor);
  return activated(
    tf,
    biased,
    activation ?? 'linear',
    leakyreluAlpha,
    preluActivationWeights as Tensor | undefined,
  );
}

type Attrs = Omit<SparseAttrs, 'format' | 'visited'>;

function run(tf: Tf, x: Tensor, weights: Tensor, bias: Tensor | undefined, attrs: Attrs): Tensor {
  return kernel(
    tf,
    'SparseProduct',
    'forward',
    { x, weights, ...(bias && { bias }) },
    { ...attrs, biasShape: bias?.shape },
  );
}

function kernel(
  tf: Tf,
  name: string,
  work: SparseWork,
  inputs: Record<string, Tensor>,
  attrs: Attrs & { readonly biasShape?: number[] | undefined },
): Tensor {
  const { topology, transposed, rows } = attrs;
  const { active, size } = topology;
  const whole = work === 'weightGradient' && isDenseGradientWanted(topology);
  const window = attrs.window && sparseWindowOf(attrs.window.info);
  const blocks = topology.blocks !== undefined && !transposed;
  const [ins, outs] = transposed ? [topology.columns, topology.rows] : [topology.rows, topology.columns];
  const format = whole
    ? 'dense'
    : chooseFormat(work, { rows, inputs: ins, outputs: outs, active, blocks, window });
  const visited = format === 'dense' ? size : active;
  return tf.engine().runKernel(name, inputs, { ...attrs, format, visited, whole } as never);
}

type Saved = [x: Tensor, weights: Tensor, y: Tensor];

/** The gradient of SparseProduct, by kernels of the same kind. */
export function registerSparseGradient(tf: Tf): void {
  const gradFunc = (dy: Tensor, [x, weights, y]: Saved, attrs: SparseAttrs & { biasShape?: number[] }) => {
    const { activation, biasShape, shape } = attrs;
    // One for all three; TensorFlow.js holds the gradients of all outputs until it is through with them as well.
    const dz = activation === 1 ? tf.mul(dy, tf.step(y)) : dy;
    const axes = shape.map((_, axis) => axis).slice(0, -1);
    return {
      x: () =>
        kernel(tf, 'SparseInputGradient', 'inputGradient', { dy: dz, weights }, { ...attrs, shape: x.shape }),
      weights: () =>
        kernel(
          tf,
          'SparseWeightGradient',
          'weightGradient',
          { x, dy: dz },
          { ...attrs, shape: weights.shape },
        ),
      ...(biasShape && { bias: () => tf.reshape(tf.sum(dz, axes), biasShape) }),
    };
  };
  tf.registerGradient({
    kernelName: 'SparseProduct',
    inputsToSave: ['x', 'weights'],
    outputsToSave: [true],
    gradFunc: gradFunc as never,
  });
}

interface GradientEngine {
  gradients: (
    f: unknown,
    xs: Tensor[],
    dy?: Tensor,
    ...rest: unknown[]
  ) => { value: Tensor; grads: (Tensor | null)[] };
}

/** What other ops have a part in, such as slices of a weight and regularizers, is zero where nothing is active too. */
export function maskGradients(tf: Tf): void {
  const engine = tf.engine() as unknown as GradientEngine;
  const { gradients } = engine;
  engine.gradients = (f, xs, dy, ...rest) => {
    const { value, grads } = gradients.call(engine, f, xs, dy, ...rest);
    const all = grads.map((gradient, i) => gradient && masked(tf, xs[i] as Tensor, gradient));
    for (const [i, gradient] of grads.entries())
      if (gradient !== all[i] && gradient !== dy) gradient?.dispose();
    return { value, grads: all };
  };
}

function masked(tf: Tf, x: Tensor, gradient: Tensor): Tensor {
  const topology = tf.getBackend() === 'wasm' ? topologyOf(x) : undefined;
  if (!topology || topology.gradients.isMasked(gradient) || isDenseGradientWanted(topology)) return gradient;
  const made = tf
    .engine()
    .runKernel('SparseMask', { x: gradient }, { topology, shape: gradient.shape } as never);
  gradient.dispose();
  return made as Tensor;
}

function isTensor(given: unknown): given is Tensor {
  return typeof given === 'object' && given !== null && 'dataId' in given;
}
