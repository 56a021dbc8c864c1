import type { LayerCost } from '../cost/modelCost';
import type { Evolving, SparseTotals } from '../protocol/costPanel';
import { forwardFlops, stepFlops, type CountedWeight } from '../sparse/accounting';
import { densities, product, type Distribution } from '../sparse/distribution';
import { meanStep } from './meanStep';

export interface SparseQuestion {
  readonly sparsity: number;
  readonly distribution: Distribution;
  readonly evolving?: Evolving | undefined;
  /** Of the training, where its length is known. */
  readonly steps?: number | undefined;
}

/** What a sparsity would leave of a model, and of each layer that has weights to be zeroed. */
export interface SparseAnswer {
  readonly totals: SparseTotals;
  /** Share of weights kept by layer. */
  readonly densities: ReadonlyMap<LayerCost, number>;
}

interface Kernel extends CountedWeight {
  readonly layer: LayerCost;
  readonly shape: readonly number[];
}

/**
 * A model with a share of its kernels' weights zero in the end: its forward pass then, and a training step, in the
 * accounting of the papers, for a whole batch.
 *
 * @param sparsity share of zeros among all kernels of dense and convolutional layers
 * @param evolving how they change until the end of so many steps; absent: they are there from the first step on
 */
export function sparseWhatIf(
  layers: readonly LayerCost[],
  batch: number,
  { sparsity, distribution, evolving, steps }: SparseQuestion,
): SparseAnswer {
  const kernels = layers.flatMap((layer) => kernelsOf(layer, batch));
  const kept = densities(
    kernels.map(({ shape }) => shape),
    sparsity,
    distribution,
  );
  const denseForward = batch * forwardFlops(kernels);
  const forward = batch * forwardFlops(kernels, kept);
  const active = kernels.reduce((sum, { size }, i) => sum + Math.round(size * (kept[i] ?? 1)), 0);
  const mean =
    evolving &&
    kernels.length > 0 &&
    meanStep(
      kernels.map(({ shape, size }, i) => ({ shape, size, density: kept[i] ?? 1, isOutput: false })),
      { evolving, sparsity, distribution, steps },
      (counts) =>
        batch *
        forwardFlops(
          kernels,
          counts.map((count, i) => count / (kernels[i]?.size ?? 1)),
        ),
    );
  const byLayer = new Map<LayerCost, { size: number; kept: number }>();
  kernels.forEach(({ layer, size }, i) => {
    const before = byLayer.get(layer) ?? { size: 0, kept: 0 };
    byLayer.set(layer, { size: before.size + size, kept: before.kept + size * (kept[i] ?? 1) });
  });
  return {
    totals: {
      weights: kernels.reduce((sum, { size }) => sum + size, 0),
      kept: active,
      denseForward,
      forward: Math.round(forward),
      denseStep: stepFlops('sparse', denseForward, denseForward),
      step: Math.round(mean ? mean.flops : stepFlops('sparse', denseForward, forward)),
      ...(mean && { evolution: { steps: mean.steps, density: mean.density } }),
    },
    densities: new Map([...byLayer].map(([layer, { size, kept: some }]) => [layer, some / size])),
  };
}

/** Every weight of a kernel is used as often as every other one of its layer. */
function kernelsOf(layer: LayerCost, batch: number): Kernel[] {
  const { macs } = layer.work.forward;
  const shapes = macs > 0 ? (layer.kernels ?? []) : [];
  const all = shapes.reduce((sum, shape) => sum + product(shape), 0);
  return shapes.map((shape) => {
    const size = product(shape);
    return { layer, shape, size, macs: (macs / batch) * (size / all) };
  });
}
