import { formatFlopsPerSecond } from './format';
import { formatShare } from './formatCost';
import type { RunView } from './runPanel';

/** "18.2 GFLOP/s, 44 % of the fastest matmul"; undefined where nothing is known. */
export function speedText({ flopsPerSecond, peak }: RunView): string | undefined {
  if (flopsPerSecond === undefined) return undefined;
  const share = peak ? `, ${formatShare(flopsPerSecond / peak.flopsPerSecond)} of the fastest matmul` : '';
  return `${formatFlopsPerSecond(flopsPerSecond)}${share}`;
}

/** What is divided by what. */
export function speedExplanation({ backend, peak, uncoveredKernels }: RunView): string {
  const sentences = [
    'FLOPs of a step by its time, median of recent steps. The FLOPs are counted: matrix products and convolutions, a ' +
      'multiply-accumulate being two, and all that the optimizer does. The time is measured: fetching the batch, forward, backward, update.',
  ];
  if (uncoveredKernels !== undefined) sentences.push('Some kernels are in no count: it is more than this.');
  if (peak)
    sentences.push(
      `Compared with the fastest float32 matrix product measured on ${backend ?? 'this backend'} here: ${peakText(peak)}. ` +
        'It may do more.',
    );
  return sentences.join('\n');
}

/** "41 GFLOP/s on 2026-11-21, 512 x 512 matrices, 2 threads". */
export function peakText(peak: NonNullable<RunView['peak']>): string {
  const { flopsPerSecond, measuredAt, size, threads } = peak;
  const used = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return `${formatFlopsPerSecond(flopsPerSecond)} on ${measuredAt.slice(0, 10)}, ${size} × ${size} matrices${used}`;
}
