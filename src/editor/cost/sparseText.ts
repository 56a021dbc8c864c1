import type { LineCost, ModelCost, WeightSparsity } from '../../cost/modelCost';
import { sparseForward } from '../../cost/sparsity';
import type { Convention } from '../../cost/work';
import { formatCount, formatFlops } from '../../protocol/format';
import { formatWork } from '../../protocol/formatCost';
import { formatDensity } from '../../protocol/formatDensity';
import type { Density } from '../liveDensity';

/**
 * `54.0 % active, 10.0 % kept`: the share of kernels' weights in a run of now, and that of those that are left when
 * training is over, where it is known and another.
 */
export function keptText(sparsity: WeightSparsity | undefined, live: Density | undefined): string {
  const { active, size } = sparsity ?? {};
  const now = live && formatDensity(live);
  const kept = active === undefined || size === undefined ? undefined : formatDensity({ active, size });
  if (now === undefined) return kept === undefined ? (sparsity ? 'sparse' : '') : `${kept} kept`;
  return kept === undefined || kept === now ? `${now} active` : `${now} active, ${kept} kept`;
}

/** `rigl: 5.2 % of dense training`. */
export function sparseTrainingText({ sparsity }: ModelCost): string {
  if (!sparsity?.training) return '';
  const { flops, denseFlops } = sparsity.training;
  return `${sparsity.method}: ${share(flops, denseFlops)} of dense training`;
}

/** For a hover: what is kept of weights, and the forward pass without the others. */
export function sparseLines(costed: ModelCost | LineCost, convention: Convention): string[] {
  const { sparsity } = costed;
  if (!sparsity) return [];
  const { size, active } = sparsity;
  const forward = sparseForward(costed, convention);
  const kept =
    active === undefined
      ? `${formatCount(size)} kernel weights can be zero; how many stay, training decides`
      : `${formatCount(active)} of ${formatCount(size)} kernel weights kept in the end, ${share(active, size)}`;
  return [kept, ...(forward === undefined ? [] : [`forward ${formatWork(forward, convention)} sparse`])];
}

/** For a hover: how much of a dense training a sparse one computes. */
export function sparseTrainingLines({ sparsity }: ModelCost): string[] {
  if (!sparsity) return [];
  const { method, training, uncertain, allCounted } = sparsity;
  const all = allCounted ? '' : ', without layers whose shapes do not say';
  return [
    ...(training
      ? [
          `whole training by ${method} ${formatFlops(training.flops)}, ${share(training.flops, training.denseFlops)} of ` +
            `${formatFlops(training.denseFlops)} dense (accounting of the papers${all})`,
          `${share(training.meanDensity, 1)} of kernel weights active, mean of all steps`,
        ]
      : []),
    ...(uncertain === undefined ? [] : [`${method}: ${uncertain}`]),
  ];
}

/** What sparse figures are, and what is really computed. */
export const executedText =
  'Sparse: counted in the accounting of the papers, with the masks that training ends with. Executed: on `wasm`, ' +
  'matrix products and 2D convolutions leave zeros out where that is faster; all else, and every other backend, ' +
  'multiplies by them, as the dense figures count.';

function share(active: number, size: number): string {
  return formatDensity({ active, size });
}
