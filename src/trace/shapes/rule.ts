import type * as tfjs from '@tensorflow/tfjs';

/** What is known of a tensor without its values. */
export interface Shaped {
  readonly shape: readonly number[];
  readonly dtype: tfjs.DataType;
}

/** An output of a kernel: a new tensor, or one that shares the storage of an input. */
export interface OutputSpec extends Shaped {
  readonly aliasOf?: tfjs.TensorInfo;
}

/** One call of a kernel. Kernels of many like inputs name them "0", "1", ... */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, tfjs.TensorInfo>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Outputs by shape alone. */
export interface ShapeResult {
  readonly outputs: readonly OutputSpec[];
}

/** The shapes and types of a kernel's outputs, computed without a value. Throws on shapes that do not fit. */
export type ShapeRule = (call: KernelCall) => ShapeResult;
export type ShapeRules = Readonly<Record<string, ShapeRule>>;

export function one(shape: readonly number[], dtype: tfjs.DataType): ShapeResult {
  return { outputs: [{ shape, dtype }] };
}

/** The same storage under another shape. */
export function alias(
  of: tfjs.TensorInfo,
  shape: readonly number[] = of.shape,
  dtype = of.dtype,
): ShapeResult {
  return { outputs: [{ shape, dtype, aliasOf: of }] };
}

/** An input that the kernel cannot do without. */
export function input(call: KernelCall, name: string): tfjs.TensorInfo {
  const found = call.inputs[name];
  if (!found) throw new Error(`the kernel has no input "${name}"`);
  return found;
}

/** All inputs of a kernel that takes a list, in order. */
export function list(call: KernelCall): tfjs.TensorInfo[] {
  return Object.values(call.inputs);
}
