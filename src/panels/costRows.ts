import { pairLayers } from '../cost/compare';
import type { LayerCost, ModelCost } from '../cost/modelCost';
import { allFlops, phaseFlops, stepFlops, trainingFlops } from '../cost/report';
import { sparseForward } from '../cost/sparsity';
import { noPhaseWork, phases, totalWork, type Convention, type PhaseWork } from '../cost/work';
import type { CostRow, CostTotals, RowFigures } from '../protocol/costPanel';
import type { SparseAnswer } from './sparseWhatIf';

/** What stands for the work that is done for no layer: the loss, metrics, slicing. */
export const outsideName = 'outside of layers';

/** The figures of a whole model. */
export function totalsOf(model: ModelCost, convention: Convention): CostTotals {
  const { work } = model;
  const training = trainingFlops(model, convention);
  return {
    batch: model.batch,
    params: model.params,
    trainableParams: model.trainableParams,
    ...phaseFlops(work, convention),
    step: stepFlops(work, convention),
    elementwise: work.forward.elementwiseFlops + work.backward.elementwiseFlops,
    bytesMoved: totalWork(work).bytesMoved,
    peakBytes: model.peakBytes,
    ...(training !== undefined && { training }),
  };
}

/** A row for each layer, beside those of another model where there is one; rows add up to the whole. */
export function rowsOf(
  model: ModelCost,
  convention: Convention,
  { other, sparse }: { other?: ModelCost | undefined; sparse?: SparseAnswer | undefined } = {},
): CostRow[] {
  const now = partsOf(model);
  const pairs = other
    ? pairLayers(now, partsOf(other))
    : now.map((part) => ({ now: part, before: undefined }));
  return pairs.flatMap(({ now, before }) => {
    const shown = now ?? before;
    if (!shown) return [];
    const { name, className, outputShape, place } = shown;
    const kept = now && keptOf(now, convention, sparse);
    return {
      name,
      className,
      outputShape: [...outputShape],
      ...(now && place && { line: place.line }),
      ...(now && { now: figuresOf(now, convention) }),
      ...(before && { before: figuresOf(before, convention) }),
      ...(kept && { sparse: kept }),
    };
  });
}

/** Layers, or the lines of a model that has none, and what is left. */
export function partsOf(model: ModelCost): LayerCost[] {
  const parts = model.layers.length > 0 ? [...model.layers] : operationsOf(model);
  const left = noPhaseWork();
  for (const phase of phases) {
    const sum = (of: 'macs' | 'paddedMacs' | 'elementwiseFlops' | 'bytesMoved') =>
      model.work[phase][of] - parts.reduce((all, { work }) => all + work[phase][of], 0);
    Object.assign(left[phase], {
      macs: sum('macs'),
      paddedMacs: sum('paddedMacs'),
      elementwiseFlops: sum('elementwiseFlops'),
      bytesMoved: sum('bytesMoved'),
    });
  }
  return allFlops(left) > 0 ? [...parts, partOf(outsideName, left)] : parts;
}

function operationsOf({ lines }: ModelCost): LayerCost[] {
  return lines
    .filter(({ kind, work }) => kind === 'operation' && allFlops(work) > 0)
    .map(({ file, line, work, outputShape = [], activationBytes }) => ({
      ...partOf(`line ${line}`, work),
      place: { file, line, column: 1 },
      outputShape,
      activationBytes,
    }));
}

function partOf(name: string, work: PhaseWork): LayerCost {
  return {
    name,
    className: '',
    params: 0,
    trainableParams: 0,
    work,
    amounts: {},
    outputShape: [],
    activationBytes: 0,
  };
}

function figuresOf({ params, work, activationBytes }: LayerCost, convention: Convention): RowFigures {
  return {
    params,
    ...phaseFlops(work, convention),
    activationBytes,
    all: allFlops(work),
    bytesMoved: totalWork(work).bytesMoved,
  };
}

/** As asked, or else as the experiment has it. */
function keptOf(
  layer: LayerCost,
  convention: Convention,
  sparse: SparseAnswer | undefined,
): CostRow['sparse'] | undefined {
  if (sparse) {
    const density = sparse.densities.get(layer);
    const { forward } = phaseFlops(layer.work, convention);
    return density === undefined ? undefined : { density, forward: Math.round(density * forward) };
  }
  const { active, size = 0 } = layer.sparsity ?? {};
  const forward = sparseForward(layer, convention);
  return active === undefined || forward === undefined ? undefined : { density: active / size, forward };
}
