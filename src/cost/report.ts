import type { LayerCost, ModelCost, ModelSparsity, WeightSparsity } from './modelCost';
import { sparseForward } from './sparsity';
import { headlineFlops, matrixFlops, totalWork, type Convention, type PhaseWork, type Work } from './work';

/** FLOPs of the parts of a step: matrix work forward and backward, all there is in the optimizer. */
export interface PhaseFlops {
  readonly forward: number;
  readonly backward: number;
  readonly optimizer: number;
}

/** What `compute-lens cost --json` prints of a model. */
export interface ModelReport {
  readonly name: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly batch: number;
  readonly params: number;
  readonly trainableParams: number;
  /** Of the forward pass. */
  readonly macs: number;
  readonly flops: PhaseFlops;
  /** Of forward and backward pass, apart from matrix work. */
  readonly elementwiseFlops: number;
  /** Part of `flops` whose results nobody uses. */
  readonly unusedFlops: number;
  readonly bytesMoved: number;
  readonly peakBytes: number;
  readonly uncovered: readonly { readonly kernel: string; readonly count: number }[];
  readonly assumptions: readonly string[];
  /** Of an experiment that trains sparse. */
  readonly sparsity?: TrainingSparsityReport;
  readonly layers: readonly LayerReport[];
}

/** Weights that a sparse training keeps, counted before it begins; what nobody can know then is absent. */
export interface SparsityReport {
  /** Weights that can be zero. */
  readonly size: number;
  /** Those that are not, when the training is over, and their share. */
  readonly active?: number | undefined;
  readonly density?: number | undefined;
  /** Of the batch's forward pass, without those by zeros, under the convention. */
  readonly forwardFlops?: number | undefined;
}

/** The same of a model, and its training in the accounting of the papers: two FLOPs a MAC, of matrix work alone. */
export interface TrainingSparsityReport extends SparsityReport {
  readonly method: string;
  readonly trainingFlops?: number | undefined;
  readonly denseTrainingFlops?: number | undefined;
  /** Share of active weights, mean of all steps. */
  readonly meanDensity?: number | undefined;
  /** Whether shapes tell the work of every layer. */
  readonly allCounted: boolean;
  /** What training may change of these figures. */
  readonly uncertain?: string | undefined;
}

export interface LayerReport {
  readonly name: string;
  readonly className: string;
  readonly line: number | undefined;
  readonly params: number;
  readonly macs: number;
  readonly flops: PhaseFlops;
  readonly outputShape: readonly number[];
  readonly activationBytes: number;
  /** Absent where the layer is dense. */
  readonly sparsity?: SparsityReport;
}

/** A model's cost under a convention, as plain JSON. */
export function reportModel(model: ModelCost, convention: Convention): ModelReport {
  const total = totalWork(model.work);
  return {
    name: model.name,
    file: model.place?.file,
    line: model.place?.line,
    batch: model.batch,
    params: model.params,
    trainableParams: model.trainableParams,
    macs: model.work.forward.macs,
    flops: phaseFlops(model.work, convention),
    elementwiseFlops: model.work.forward.elementwiseFlops + model.work.backward.elementwiseFlops,
    unusedFlops: unusedFlops(total, convention),
    bytesMoved: total.bytesMoved,
    peakBytes: model.peakBytes,
    uncovered: Object.entries(total.uncovered).map(([kernel, count]) => ({ kernel, count })),
    assumptions: model.assumptions,
    ...(model.sparsity && { sparsity: trainingSparsity(model, model.sparsity, convention) }),
    layers: model.layers.map((layer) => reportLayer(layer, convention)),
  };
}

function reportLayer(layer: LayerCost, convention: Convention): LayerReport {
  return {
    name: layer.name,
    className: layer.className,
    line: layer.place?.line,
    params: layer.params,
    macs: layer.work.forward.macs,
    flops: phaseFlops(layer.work, convention),
    outputShape: layer.outputShape,
    activationBytes: layer.activationBytes,
    ...(layer.sparsity && { sparsity: sparsityReport(layer, layer.sparsity, convention) }),
  };
}

function sparsityReport(
  costed: LayerCost | ModelCost,
  { size, active }: WeightSparsity,
  convention: Convention,
): SparsityReport {
  const density = active === undefined ? undefined : active / size;
  return { size, active, density, forwardFlops: sparseForward(costed, convention) };
}

function trainingSparsity(
  model: ModelCost,
  sparsity: ModelSparsity,
  convention: Convention,
): TrainingSparsityReport {
  const { method, training, allCounted, uncertain } = sparsity;
  return {
    method,
    ...sparsityReport(model, sparsity, convention),
    trainingFlops: training?.flops,
    denseTrainingFlops: training?.denseFlops,
    meanDensity: training?.meanDensity,
    allCounted,
    uncertain,
  };
}

export function phaseFlops(work: PhaseWork, convention: Convention): PhaseFlops {
  return {
    forward: headlineFlops(work, 'forward', convention),
    backward: headlineFlops(work, 'backward', convention),
    optimizer: headlineFlops(work, 'optimizer', convention),
  };
}

/** FLOPs of a whole training step: its matrix work under a convention, and the optimizer's. */
export function stepFlops(work: PhaseWork, convention: Convention): number {
  const { forward, backward, optimizer } = phaseFlops(work, convention);
  return forward + backward + optimizer + matrixFlops(work.data, convention);
}

/** FLOPs of the training steps that an experiment asks for; undefined where their number is not known. */
export function trainingFlops({ work, plan }: ModelCost, convention: Convention): number | undefined {
  if (plan?.stepsPerEpoch === undefined) return undefined;
  const { epochs, stepsPerEpoch, lastStep } = plan;
  const step = stepFlops(work, convention);
  const last = lastStep ? stepFlops(lastStep.work, convention) : step;
  return epochs * ((stepsPerEpoch - 1) * step + last);
}

/** Everything that a step computes, elementwise work included: what shares are shares of. */
export function allFlops(work: PhaseWork): number {
  const total = totalWork(work);
  return 2 * total.macs + total.elementwiseFlops;
}

/** Part of the matrix work whose results nobody uses. */
export function unusedFlops({ unusedMacs }: Work, convention: Convention): number {
  return convention === 'mac' ? unusedMacs : 2 * unusedMacs;
}
