import type { Tf } from '../train/tfInstance';
import type { Remarks } from './remarks';
import type { Place } from './sourceLines';

/** First line on which each kernel is run. */
export type KernelPlaces = ReadonlyMap<string, Place | undefined>;

/** Says on which lines a model needs kernels that the chosen backend lacks; `undefined` where none is chosen. */
export function missingKernelRemarks(
  tf: Tf,
  backend: string | undefined,
  kernels: KernelPlaces,
  remarks: Remarks,
): void {
  if (backend === undefined) return;
  loadKernels(tf, backend);
  const present = new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  // A backend that is not loaded here has no kernels to compare with.
  if (present.size === 0) return;
  for (const [kernel, place] of kernels)
    if (!present.has(kernel))
      remarks.add(
        'warning',
        `The ${backend} backend lacks ${kernel}, which training this needs; ` +
          'the setting computeLens.backend chooses another.',
        place,
      );
}

/** The WebGPU backend is a file of its own; to be loaded, which names its kernels, it needs no GPU. */
function loadKernels(tf: Tf, backend: string): void {
  if (backend !== 'webgpu' || tf.getKernelsForBackend(backend).length > 0) return;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a product file beside this one, loaded when asked for
  require('./webgpuBackend.js');
}
