/** A shader of TensorFlow.js's WebGPU backend, which is compiled once for each key. */
interface Program {
  shaderKey: string;
  readonly outputShape: readonly number[];
  getUserCode(): string;
}
interface Backend {
  readonly tensorMap: { get(id: object): { readonly dtype: string } };
}
type Run = (
  this: Backend,
  program: Program,
  inputs: readonly { readonly dataId: object }[],
  dtype: string,
  ...rest: unknown[]
) => unknown;

/**
 * Corrects shaders of the stock backend on their way to the GPU. Kernels run each other's without asking the registry
 * (a sum over other than the last axes transposes first), so that replacing a kernel would not reach all of its uses.
 */
export function correctShaders(backend: { readonly prototype: object }): void {
  const prototype = backend.prototype as { runWebGPUProgram: Run };
  const run = prototype.runWebGPUProgram;
  prototype.runWebGPUProgram = function (program, inputs, dtype, ...rest) {
    // What was cast from whole numbers or booleans to float32 is still stored as it was.
    const stored = inputs.map(({ dataId }) => this.tensorMap.get(dataId).dtype);
    correct(program, stored[0], dtype);
    return run.call(this, program, inputs, dtype, ...rest);
  };
}

function correct(program: Program, stored: string | undefined, dtype: string): void {
  const { shaderKey, outputShape } = program;
  // They give whole numbers where real ones are expected, which is no valid shader, or round them to 24 bits.
  if (shaderKey.startsWith('transpose') && stored !== 'float32') correctTranspose(program, dtype);
  // The length of the summed axis is a part of the code, but not of the key.
  else if (shaderKey.startsWith('cum_')) program.shaderKey = `${shaderKey}_${outputShape.at(-1)}`;
  // A place in a window of planes, rows and columns.
  else if (shaderKey.startsWith('pool3D_max_true_false'))
    rewrite(program, 'places', [
      ['uniforms.filterDims.y * uniforms.filterDims.y', 'uniforms.filterDims.y * uniforms.filterDims.z'],
    ]);
}

function correctTranspose(program: Program, dtype: string): void {
  const shared = program.shaderKey.startsWith('transposeShared');
  if (dtype === 'float32' && !shared)
    rewrite(program, 'real', [
      ['A[getIndex', 'f32(A[getIndex'],
      ['uniforms.aShape)]', 'uniforms.aShape)])'],
    ]);
  if (dtype === 'float32') return;
  rewrite(program, 'whole', [
    ...(shared
      ? ([
          ['array<array<f32,', 'array<array<i32,'],
          ['f32(A[y * width + x])', 'A[y * width + x]'],
        ] as const)
      : []),
    ['setOutputAtIndex(', 'setOutputAtIndexI32('],
  ]);
}

function rewrite(program: Program, name: string, replacements: readonly (readonly [string, string])[]): void {
  const code = replacements.reduce((text, [from, to]) => {
    if (!text.includes(from))
      throw new Error(
        `The shader ${program.shaderKey} is not what its correction was written for: no ${from}`,
      );
    return text.replaceAll(from, to);
  }, program.getUserCode());
  program.getUserCode = () => code;
  program.shaderKey += `_${name}`;
}
