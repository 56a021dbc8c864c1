import { pairLayers } from '../cost/compare';
import type { DeviceProfile } from '../cost/deviceProfile';
import type { LayerCost, ModelCost } from '../cost/modelCost';
import { predictPart, predictTraining } from '../cost/predict';
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

/** What rows are given beside what is counted. */
export interface RowsBeside {
  readonly other?: ModelCost | undefined;
  readonly sparse?: SparseAnswer | undefined;
  /** Of the device that times are predicted for. */
  readonly profile?: DeviceProfile | undefined;
}

/** A row for each layer, beside those of another model where there is one; rows add up to the whole. */
export function rowsOf(
  model: ModelCost,
  convention: Convention,
  { other, sparse, profile }: RowsBeside = {},
): CostRow[] {
  const now = partsOf(model);
  const seconds = secondsOf(model, now, profile);
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
      ...(now && { now: { ...figuresOf(now, convention), ...timed(seconds?.get(now)) } }),
      ...(before && { before: figuresOf(before, convention) }),
      ...(kept && { sparse: kept }),
    };
  });
}

/**
 * Predicted seconds of each part; what a step takes besides is that of the part outside of layers. Undefined where
 * nothing can be said of the model on the device.
 */
function secondsOf(
  model: ModelCost,
  parts: readonly LayerCost[],
  profile: DeviceProfile | undefined,
): ReadonlyMap<LayerCost, number> | undefined {
  const step = profile && predictTraining(model, profile)?.stepSeconds.p50;
  if (!profile || step === undefined) return undefined;
  const own = parts.filter(({ name }) => name !== outsideName);
  const seconds = new Map(
    own.map((part) => [part, predictPart(part.amounts, profile).seconds * profile.residual.p50]),
  );
  const outside = parts.find(({ name }) => name === outsideName);
  const sum = [...seconds.values()].reduce((all, each) => all + each, 0);
  if (outside) seconds.set(outside, Math.max(0, step - sum));
  return seconds;
}

function timed(seconds: number | undefined): { seconds?: number } {
  return seconds === undefined ? {} : { seconds };
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
    .map(({ file, line, work, amounts, outputShape = [], activationBytes }) => ({
      ...partOf(`line ${line}`, work, amounts),
      place: { file, line, column: 1 },
      outputShape,
      activationBytes,
    }));
}

function partOf(name: string, work: PhaseWork, amounts: LayerCost['amounts'] = {}): LayerCost {
  return {
    name,
    className: '',
    params: 0,
    trainableParams: 0,
    work,
    amounts,
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
