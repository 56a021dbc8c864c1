import type { LineCost } from '../../../src/cost/modelCost';
import { noPhaseWork, type PhaseWork } from '../../../src/cost/work';
import type { TracedModel, TraceResult } from '../../../src/trace/request';

/** Work of a forward and a backward pass. */
export function work(macs: number, elementwiseFlops = 0): PhaseWork {
  const made = noPhaseWork();
  Object.assign(made.forward, { macs, paddedMacs: macs, elementwiseFlops, bytesMoved: 100, kernels: 1 });
  Object.assign(made.backward, { macs: 2 * macs, paddedMacs: 2 * macs, bytesMoved: 200, kernels: 2 });
  return made;
}

export function line(file: string, at: number, macs: number, more: Partial<LineCost> = {}): LineCost {
  return {
    kind: 'layer',
    file,
    line: at,
    layers: [`layer${at}`],
    params: macs,
    trainableParams: macs,
    work: work(macs),
    amounts: { calls: 3, 'product.macs': 3 * macs },
    outputShape: [1, 10],
    activationBytes: 40,
    ...more,
  };
}

export function model(name: string, file: string, at: number, lines: readonly LineCost[]): TracedModel {
  const macs = lines.reduce((sum, each) => sum + each.work.forward.macs, 0);
  return {
    name,
    place: { file, line: at, column: 1 },
    alsoAt: [],
    batch: 1,
    batchIsFree: true,
    params: macs,
    trainableParams: macs,
    inputShapes: [[1, 4]],
    work: work(macs),
    amounts: { calls: 3, 'product.macs': 3 * macs },
    peakBytes: 1000,
    weightBytes: 4 * macs,
    optimizerBytes: 0,
    assumptions: [],
    layers: [],
    lines,
  };
}

export function result(...models: TracedModel[]): TraceResult {
  return { models, remarks: [] };
}
