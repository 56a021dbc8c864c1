import type { CostTimeline } from '../../src/protocol/costPanel';
import { formatBytes, formatCount, formatFlops } from '../../src/protocol/format';

/** Kernels in a row of one part of the step. */
export interface PhaseSpan {
  readonly phase: string;
  readonly from: number;
  /** The first kernel that is no longer in it. */
  readonly to: number;
}

/** Parts of a step with their kernels. `data`, which comes in between, does not break a part in two. */
export function phaseSpans(
  { phases, phase, kernels }: Pick<CostTimeline, 'phases' | 'phase' | 'kernels'>,
  starts: readonly number[],
): PhaseSpan[] {
  const spans: { phase: string; from: number; to: number }[] = [];
  phase.forEach((index, entry) => {
    const name = phases[index] ?? '';
    const from = starts[entry] ?? 0;
    const to = from + (kernels[entry] ?? 0);
    const last = spans.at(-1);
    if (name === 'data') return;
    if (last?.phase === name) last.to = to;
    else spans.push({ phase: name, from, to });
  });
  return spans;
}

/** Number of the first kernel of each entry. */
export function startsOf({ kernels }: Pick<CostTimeline, 'kernels'>): number[] {
  let next = 0;
  return kernels.map((count) => {
    const start = next;
    next += count;
    return start;
  });
}

/** `kernels 12 to 14, backward of conv2d_Conv2D1: 3.2 MB held, 12 kFLOPs`. */
export function momentText(timeline: CostTimeline, starts: readonly number[], entry: number): string {
  const first = (starts[entry] ?? 0) + 1;
  const last = first + (timeline.kernels[entry] ?? 1) - 1;
  const phase = timeline.phases[timeline.phase[entry] ?? 0] ?? '';
  const layer = timeline.layers[timeline.layer[entry] ?? -1];
  return (
    `${first === last ? `kernel ${formatCount(first)}` : `kernels ${formatCount(first)} to ${formatCount(last)}`}, ` +
    `${phase}${layer === undefined ? '' : ` of ${layer}`}: ${formatBytes(timeline.heldBytes[entry] ?? 0)} held, ` +
    `${formatFlops(timeline.flops[entry] ?? 0)}`
  );
}
