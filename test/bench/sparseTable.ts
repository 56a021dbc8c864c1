import { median } from './median';
import { sparseExperiments, type Network } from './sparseExperiments';

export interface SparseResult {
  readonly network: Network;
  readonly method: string;
  readonly sparsity: number;
  readonly seed: number;
  readonly epochs: number;
  readonly accuracy: number;
  readonly density: number;
  /** FLOPs of training by the accounting of the papers, of those of dense training. */
  readonly trainingShare: number;
  /** Counted from the kernels that were run. */
  readonly executedFlops: number;
  readonly stepMilliseconds: number;
  /** Of all training steps, updates of masks included. */
  readonly seconds: number;
}

/** Student's t for a two-sided 95 % interval, by degrees of freedom. */
const student = [NaN, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** A row a method, a column a sparsity: accuracy, then what its training cost. */
export function sparseTable(results: readonly SparseResult[]): string {
  const [{ network, epochs } = { network: 'lenet', epochs: 0 } as const] = results;
  const sparsities = [...new Set(results.map(({ sparsity }) => sparsity))]
    .filter((sparsity) => sparsity > 0)
    .sort();
  const methods = [...new Set(results.map(({ method }) => method))];
  const header = ['method', ...sparsities.map((sparsity) => `${Math.round(100 * sparsity)} %`)];
  const rows = methods.map((method) => [
    method,
    ...sparsities.map((sparsity) =>
      cell(results.filter((each) => each.method === method && [0, sparsity].includes(each.sparsity))),
    ),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `${sparseExperiments[network].title}, after ${epochs} epochs; in brackets training FLOPs of those of dense (counted, accounting of the papers), and seconds of training (measured):\n`,
    line(header),
    line(header.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

function cell(results: readonly SparseResult[]): string {
  if (results.length === 0) return '';
  const accuracies = results.map(({ accuracy }) => 100 * accuracy);
  const share = median(results.map(({ trainingShare }) => trainingShare));
  const seconds = median(results.map((result) => result.seconds));
  return `${interval(accuracies)} (${share.toPrecision(2)}; ${seconds.toFixed(1)} s)`;
}

/** Mean and half the width of its 95 % interval. */
function interval(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return mean.toFixed(2);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = (student[values.length - 1] ?? 1.96) * Math.sqrt(variance / values.length);
  return `${mean.toFixed(2)} ± ${half.toFixed(2)}`;
}
