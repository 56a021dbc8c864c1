/** What is known of a tensor without its values. */
export interface ShapedTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A kernel with the shapes of what went in and came out: traced, or counted during a run. */
export interface CostedKernel {
  readonly kernel: string;
  readonly inputs: readonly ShapedTensor[];
  readonly outputs: readonly ShapedTensor[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Number of elements of a shape. */
export function size(shape: readonly number[]): number {
  let product = 1;
  for (const each of shape) product *= each;
  return product;
}

/** An input that the kernel cannot do without. */
export function inputOf({ kernel, inputs }: CostedKernel, index: number): ShapedTensor {
  const found = inputs[index];
  if (!found) throw new Error(`${kernel} has no input ${index}`);
  return found;
}

/** Elements of the first input. */
export function given(kernel: CostedKernel): number {
  return size(kernel.inputs[0]?.shape ?? []);
}

/** Elements of the first output. */
export function made(kernel: CostedKernel): number {
  return size(kernel.outputs[0]?.shape ?? []);
}

/** Bytes of a tensor as TensorFlow.js stores it; strings count nothing, since their length is a value. */
export function bytesOf({ shape, dtype }: ShapedTensor): number {
  const each = dtype === 'bool' ? 1 : dtype === 'complex64' ? 8 : dtype === 'string' ? 0 : 4;
  return size(shape) * each;
}

/** The one rule for several kernels. */
export function rules<T>(kernels: readonly string[], rule: T): Record<string, T> {
  return Object.fromEntries(kernels.map((kernel) => [kernel, rule]));
}
