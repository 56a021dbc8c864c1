import { replaceKernel, composed, type Tensor, type Tf } from './register';

/** A tensor with a letter for each of its axes. */
export interface Factor {
  readonly tensor: Tensor;
  readonly term: string;
}

/** The axes of two operands, by who has them: both and the result, one and the result, or both, to be summed. */
export interface SharedAxes {
  readonly batch: readonly string[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly inner: readonly string[];
}

/** Multiplies matrices [batch, rows, inner] and [batch, inner, columns], whose axes lie in any order. */
export type MatrixProduct = (tf: Tf, a: Factor, b: Factor, axes: SharedAxes) => Factor;

/**
 * Products and sums over named axes, of one or two operands: as products of matrices where both have an axis that is
 * summed. The stock kernels of cpu and webgpu give results of a wrong shape where two axes are summed that different
 * operands have, and lose their input where there is nothing to do.
 */
export function registerEinsum(tf: Tf, backend: string, product: MatrixProduct = arrangedProduct): void {
  replaceKernel<{ equation: string }>(
    tf,
    backend,
    'Einsum',
    composed(tf, ({ inputs, attrs }) => {
      const { factors, result } = parsed(tf, attrs.equation, Object.values(inputs));
      const [a, b] = factors as [Factor, Factor | undefined];
      return ordered(tf, b ? multiplied(tf, a, b, result, product) : a, [...result]);
    }),
  );
}

/** The operands, without the axes that are summed and no other operand has. */
function parsed(tf: Tf, equation: string, operands: Tensor[]) {
  const { allDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, operands.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, operands);
  const [given = '', result = ''] = equation.replace(/\s/g, '').split('->');
  if (new Set(result).size < result.length)
    throw new Error(`einsum: the result of "${equation}" has an axis twice.`);
  const terms = given.split(',');
  const factors = operands.map((tensor, i): Factor => {
    const term = terms[i] ?? '';
    const others = terms.filter((_, k) => k !== i).join('') + result;
    const alone = [...term].flatMap((name, axis) => (others.includes(name) ? [] : [axis]));
    if (alone.length === 0) return { tensor, term };
    const left = [...term].filter((name) => others.includes(name)).join('');
    return { tensor: tf.sum(tensor, alone), term: left };
  });
  return { factors, result };
}

function multiplied(tf: Tf, first: Factor, second: Factor, result: string, product: MatrixProduct): Factor {
  const isShared = (name: string) => first.term.includes(name) && second.term.includes(name);
  const axes = (a: Factor, b: Factor): SharedAxes => ({
    batch: [...result].filter(isShared),
    rows: [...result].filter((name) => a.term.includes(name) && !isShared(name)),
    columns: [...result].filter((name) => b.term.includes(name) && !isShared(name)),
    inner: [...a.term].filter((name) => isShared(name) && !result.includes(name)),
  });
  const own = axes(first, second);
  const isFloat = first.tensor.dtype === 'float32' && second.tensor.dtype === 'float32';
  if (!isFloat || own.inner.length === 0 || own.rows.length + own.columns.length === 0)
    return spreadProduct(tf, [first, second], [...result], own.inner);
  // The axis that comes first in the result is that of the rows: then it is there as it is made.
  const isTurned = result.indexOf(own.columns[0] ?? '') < result.indexOf(own.rows[0] ?? '');
  return isTurned ? product(tf, second, first, axes(second, first)) : product(tf, first, second, own);
}

/** By numbers, where there are no matrices. */
function spreadProduct(tf: Tf, factors: Factor[], result: string[], inner: readonly string[]): Factor {
  const names = [...result, ...inner];
  const spread = factors.map((factor) => {
    const { tensor, term } = factor;
    const present = names.filter((name) => term.includes(name));
    const sizes = names.map((name) => (term.includes(name) ? (tensor.shape[term.indexOf(name)] ?? 1) : 1));
    return tf.reshape(ordered(tf, factor, present), sizes);
  });
  const product = spread.reduce((all, each) => tf.mul(all, each));
  const summed = inner.map((_, i) => result.length + i);
  return { tensor: summed.length === 0 ? product : tf.sum(product, summed), term: result.join('') };
}

/** By the backend's product of matrices, which takes either of them as it is or transposed. */
export const arrangedProduct: MatrixProduct = (tf, a, b, { batch, rows, columns, inner }) => {
  const left = matrices(tf, a, batch, rows, inner);
  const right = matrices(tf, b, batch, inner, columns);
  const made = tf.matMul(left.tensor, right.tensor, left.isTransposed, right.isTransposed);
  const sizes = [...sizesOf(a, [...batch, ...rows]), ...sizesOf(b, columns)];
  return { tensor: tf.reshape(made, sizes), term: [...batch, ...rows, ...columns].join('') };
};

function matrices(
  tf: Tf,
  factor: Factor,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
) {
  const isTransposed = factor.term === [...batch, ...columns, ...rows].join('') && columns.length > 0;
  const order = isTransposed ? [...batch, ...columns, ...rows] : [...batch, ...rows, ...columns];
  const counts = (isTransposed ? [batch, columns, rows] : [batch, rows, columns]).map((names) =>
    sizesOf(factor, names).reduce((all, size) => all * size, 1),
  );
  return { tensor: tf.reshape(ordered(tf, factor, order), counts), isTransposed };
}

/** How long some of a factor's axes are. */
export function sizesOf({ tensor, term }: Factor, names: readonly string[]): number[] {
  return names.map((name) => tensor.shape[term.indexOf(name)] ?? 1);
}

function ordered(tf: Tf, { tensor, term }: Factor, names: readonly string[]): Tensor {
  return tf.transpose(
    tensor,
    names.map((name) => term.indexOf(name)),
  );
}
