import type { Tf } from '../../../src/train/tfInstance';

/** Name of a copy of the cpu backend that notes the kernels it really runs. */
export const loggedBackendName = 'logged';

/** One kernel as text: its name, the shapes of its inputs, those of its outputs. */
export function kernelLine(
  kernel: string,
  inputs: readonly { readonly shape: readonly number[] }[],
  outputs: readonly { readonly shape: readonly number[] }[],
): string {
  const text = (tensors: readonly { readonly shape: readonly number[] }[]) =>
    tensors.map(({ shape }) => `[${shape.join('x')}]`).join(' ');
  return `${kernel} ${text(inputs)} -> ${text(outputs)}`;
}

/** Registers the copy; what it runs is appended to the list that is returned. */
export function registerLoggedBackend(tf: Tf): string[] {
  const log: string[] = [];
  // Kernels of our own are made of others: it is the outermost that was asked for.
  let depth = 0;
  const factory = tf.findBackendFactory('cpu');
  tf.registerBackend(loggedBackendName, () => factory(), 0);
  for (const config of tf.getKernelsForBackend('cpu'))
    tf.registerKernel({
      ...config,
      backendName: loggedBackendName,
      kernelFunc: (call) => {
        depth++;
        let result: ReturnType<typeof config.kernelFunc>;
        try {
          result = config.kernelFunc(call);
        } finally {
          depth--;
        }
        if (depth > 0) return result;
        const inputs = Object.values(call.inputs).filter((each) => each !== undefined && each !== null);
        log.push(kernelLine(config.kernelName, inputs, [result].flat()));
        return result;
      },
    });
  return log;
}
