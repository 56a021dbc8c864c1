import { replaceKernel, type Call, type Tensor, type Tf } from './register';

interface MatMulAttrs {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

interface FusedAttrs extends MatMulAttrs {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

/** Products smaller than this are not worth taking a batch apart for. */
const smallProduct = 32_768;

/**
 * The wasm backend is fast at one product of untransposed matrices, a tenth as fast at all others; and its fused kernel
 * adds the bias wrongly to transposed products and to batches. Here all others become the first kind.
 */
export function registerMatMul(tf: Tf, backend: string): void {
  replaceKernel<MatMulAttrs>(tf, backend, 'BatchMatMul', (call, stock) => {
    if (!isFloat(call)) return stock(call);
    if (isBatched(call)) return isLarge(call) ? tf.tidy(() => oneByOne(tf, call)) : stock(call);
    return isTransposed(call) ? tf.tidy(() => stock(upright(tf, call)) as Tensor) : stock(call);
  });
  replaceKernel<FusedAttrs>(tf, backend, '_FusedMatMul', (call, stock) => {
    if (!isFloat(call)) return stock(call);
    if (isBatched(call)) return tf.tidy(() => apart(tf, call));
    return isTransposed(call) ? tf.tidy(() => stock(upright(tf, call)) as Tensor) : stock(call);
  });
}

function isFloat({ inputs }: Call<MatMulAttrs>): boolean {
  return inputs.a?.dtype === 'float32' && inputs.b?.dtype === 'float32';
}

function isBatched({ inputs }: Call<MatMulAttrs>): boolean {
  return [inputs.a, inputs.b].some((each) => each?.shape.slice(0, -2).some((size) => size > 1));
}

function isTransposed({ attrs }: Call<MatMulAttrs>): boolean {
  return attrs.transposeA === true || attrs.transposeB === true;
}

/** A fused product as its three parts. */
function apart(tf: Tf, { inputs, attrs }: Call<FusedAttrs>): Tensor {
  const { a, b, bias, preluActivationWeights } = inputs as {
    a: Tensor;
    b: Tensor;
    bias?: Tensor;
    preluActivationWeights?: Tensor;
  };
  const product = tf.matMul(a, b, attrs.transposeA, attrs.transposeB);
  const biased = bias ? tf.add(product, bias) : product;
  switch (attrs.activation ?? 'linear') {
    case 'linear':
      return biased;
    case 'relu':
      return tf.relu(biased);
    case 'relu6':
      return tf.relu6(biased);
    case 'elu':
      return tf.elu(biased);
    case 'sigmoid':
      return tf.sigmoid(biased);
    case 'leakyrelu':
      return tf.leakyRelu(biased, attrs.leakyreluAlpha);
    case 'prelu':
      return tf.prelu(biased, preluActivationWeights as Tensor);
    default:
      throw new Error(`a fused product has no activation "${attrs.activation}"`);
  }
}

/** The same product of matrices that stand as they are multiplied. */
function upright<A extends MatMulAttrs>(tf: Tf, call: Call<A>): Call<A> {
  const { a, b } = call.inputs as { a: Tensor; b: Tensor };
  const { transposeA, transposeB } = call.attrs;
  return {
    ...call,
    inputs: { ...call.inputs, a: transposeA ? turned(tf, a) : a, b: transposeB ? turned(tf, b) : b },
    attrs: { ...call.attrs, transposeA: false, transposeB: false },
  };
}

function turned(tf: Tf, x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const rank = axes.length;
  return tf.transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

function isLarge({ inputs, attrs }: Call<MatMulAttrs>): boolean {
  const { a, b } = inputs as { a: Tensor; b: Tensor };
  const same = a.shape.slice(0, -2).join() === b.shape.slice(0, -2).join();
  const [rows = 1, inner = 1] = a.shape.slice(-2);
  const columns = (attrs.transposeB ? b.shape.at(-2) : b.shape.at(-1)) ?? 1;
  return same && rows * inner * columns >= smallProduct;
}

/** Each product of a batch by itself. */
function oneByOne(tf: Tf, { inputs, attrs }: Call<MatMulAttrs>): Tensor {
  const { a, b } = inputs as { a: Tensor; b: Tensor };
  const { transposeA = false, transposeB = false } = attrs;
  const flat = (x: Tensor) => tf.unstack(tf.reshape(x, [-1, ...x.shape.slice(-2)]));
  const [left, right] = [flat(a), flat(b)];
  const products = left.map((each, i) => tf.matMul(each, right[i] as Tensor, transposeA, transposeB));
  const made = tf.stack(products);
  return tf.reshape(made, [...a.shape.slice(0, -2), ...made.shape.slice(1)]);
}
