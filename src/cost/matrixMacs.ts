import { given, inputOf, made, size, type CostedKernel } from './kernel';

type MacRule = (kernel: CostedKernel) => number;

/** Positions of the second shape's window that meet each element of the first: all of a filter but what it makes. */
const window = (filter: readonly number[]) => size(filter.slice(0, -1));
/** Depthwise filters are [height, width, channels, multiplier], and only height and width are summed over. */
const plane = (filter: readonly number[]) => size(filter.slice(0, 2));

const product: MacRule = (kernel) => {
  const { shape } = inputOf(kernel, 0);
  return made(kernel) * ((kernel.attrs.transposeA ? shape.at(-2) : shape.at(-1)) ?? 0);
};
const forward =
  (each: typeof window): MacRule =>
  (kernel) =>
    made(kernel) * each(inputOf(kernel, 1).shape);
/** Inputs dy and filter. */
const inputGradient =
  (each: typeof window): MacRule =>
  (kernel) =>
    given(kernel) * each(inputOf(kernel, 1).shape);
/** Inputs x and dy. */
const filterGradient =
  (each: typeof window): MacRule =>
  (kernel) =>
    size(inputOf(kernel, 1).shape) * each(kernel.attrs.filterShape as number[]);

/** What really meets: each row meets the weights that are visited, which are fewer than there are. */
const visited: MacRule = ({ attrs }) => (attrs.rows as number) * (attrs.visited as number);

const rules: Readonly<Record<string, MacRule>> = {
  BatchMatMul: product,
  _FusedMatMul: product,
  Conv2D: forward(window),
  FusedConv2D: forward(window),
  Conv3D: forward(window),
  DepthwiseConv2dNative: forward(plane),
  FusedDepthwiseConv2D: forward(plane),
  Conv2DBackpropInput: inputGradient(window),
  Conv3DBackpropInputV2: inputGradient(window),
  DepthwiseConv2dNativeBackpropInput: inputGradient(plane),
  Conv2DBackpropFilter: filterGradient(window),
  Conv3DBackpropFilterV2: filterGradient(window),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(plane),
  SparseProduct: visited,
  SparseInputGradient: visited,
  SparseWeightGradient: visited,
  Einsum: ({ attrs, inputs }) => einsumMacs(attrs.equation as string, inputs),
};

/**
 * Multiply-accumulates of the kernels that multiply matrices: products, convolutions and their gradients, bias and
 * activation apart. One MAC is two FLOPs. Undefined for every other kernel.
 *
 * A convolution counts every position of its window, those over the padding included, as the papers do (He et al.
 * 2016, table 1; Howard et al. 2017, section 3.1).
 */
export function matrixMacs(kernel: CostedKernel): number | undefined {
  return rules[kernel.kernel]?.(kernel);
}

/** One multiplication for each combination of all the equation's indices; a lone operand has nothing to multiply. */
function einsumMacs(equation: string, inputs: CostedKernel['inputs']): number {
  if (inputs.length < 2) return 0;
  const sizes = new Map<string, number>();
  const [terms = ''] = equation.replaceAll(' ', '').split('->');
  terms.split(',').forEach((term, i) => {
    [...term].forEach((index, axis) => sizes.set(index, inputs[i]?.shape[axis] ?? 1));
  });
  return size([...sizes.values()]);
}
