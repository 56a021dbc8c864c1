import type { LineCost, ModelCost, WeightSparsity } from '../../cost/modelCost';
import { allFlops, phaseFlops, stepFlops, trainingFlops } from '../../cost/report';
import { sparseForward } from '../../cost/sparsity';
import { shape } from '../../cost/table';
import { totalWork, type Convention, type PhaseWork } from '../../cost/work';
import { formatBytes, formatCount } from '../../protocol/format';
import { formatShare, formatShort, formatWork } from '../../protocol/formatCost';
import type { Density } from '../liveDensity';
import { keptText, sparseTrainingText } from './sparseText';
import { timingText, trainingField, type Timing } from './timing';
import type { ShownLine } from './traceBook';

/** How costs are shown. */
export interface LensStyle {
  readonly convention: Convention;
  readonly layerFields: readonly string[];
  readonly modelFields: readonly string[];
  /** Whether lines that call what builds layers have a lens, too. */
  readonly callLines: boolean;
}

/**
 * The text of a lens: `1.2 M params | 231 MFLOPs | 3.1 MB | 18 %`; of layers that are to be sparse
 * `1.2 M params, 10.0 % kept | 231 MFLOPs dense, 23.1 MFLOPs sparse | 3.1 MB | 18 %`.
 *
 * @param density of the line's layers in a run that trains them now: `1.2 M params, 3.9 % active | ...`
 * @param timing of a model that was run, on a device that was calibrated: `... | predicted 41 ms, measured 44 ms`
 */
export function lensText(shown: ShownLine, style: LensStyle, density?: Density, timing: Timing = {}): string {
  const { cost, model, stale } = shown;
  const { sparsity } = cost ?? model;
  const fields = cost ? style.layerFields : style.modelFields;
  const kept = keptText(sparsity, density);
  const training = cost ? '' : sparseTrainingText(model);
  const uncovered = uncoveredText(cost?.work ?? model.work);
  const parts = fields.flatMap((field) => {
    const text = cost
      ? layerField(field, cost, model, style.convention)
      : (trainingFigure(field, shown, timing) ?? modelField(field, model, style.convention));
    return field === 'params' ? [[text, kept].filter(isSaid).join(', '), training] : text;
  });
  if (!fields.includes('params')) parts.push(kept, training);
  const text = [...parts, timingText(shown, timing), uncovered].filter(isSaid).join(' | ');
  const name = cost ? (cost.layers.length > 1 ? `${cost.layers.length} layers: ` : '') : `${model.name}: `;
  return `${name}${text}${stale === undefined ? '' : ' · stale'}`;
}

function isSaid(text: string): boolean {
  return text !== '';
}

function layerField(field: string, cost: LineCost, model: ModelCost, convention: Convention): string {
  switch (field) {
    case 'activations':
      return cost.activationBytes > 0 ? formatBytes(cost.activationBytes) : '';
    case 'shape':
      return cost.outputShape ? shape(cost.outputShape) : '';
    case 'share': {
      const all = allFlops(model.work);
      return all > 0 ? formatShare(allFlops(cost.work) / all) : '';
    }
    default:
      return commonField(field, cost, convention);
  }
}

/** What the whole training takes here, for fields that ask for it. */
function trainingFigure(field: string, shown: ShownLine, timing: Timing): string | undefined {
  const names = { time: 'training', energy: 'energy', co2e: 'CO2e', money: 'cost' } as const;
  return field in names ? trainingField(names[field as keyof typeof names], shown, timing) : undefined;
}

function modelField(field: string, model: ModelCost, convention: Convention): string {
  const dense = model.sparsity ? ' dense' : '';
  switch (field) {
    case 'peak':
      return `peak ${formatBytes(model.peakBytes)}`;
    case 'batch':
      return `batch ${formatCount(model.batch)}`;
    case 'step':
      return `step ${formatWork(stepFlops(model.work, convention), convention)}${dense}`;
    case 'training': {
      const total = trainingFlops(model, convention);
      return total === undefined ? '' : `training ${formatWork(total, convention)}${dense}`;
    }
    default:
      return commonField(field, model, convention);
  }
}

interface Costed {
  readonly params: number;
  readonly work: PhaseWork;
  readonly sparsity?: WeightSparsity | undefined;
}

/** What kernels do is dense; beside it stands only what the papers count. */
function commonField(field: string, costed: Costed, convention: Convention): string {
  const { params, work, sparsity } = costed;
  const flops = phaseFlops(work, convention);
  const dense = sparsity ? ' dense' : '';
  const named = (value: number, name: string) =>
    value > 0 ? `${name}${formatWork(value, convention)}${dense}` : '';
  switch (field) {
    case 'params':
      return params > 0 ? `${formatShort(params)} params` : '';
    case 'forward': {
      const sparse = sparseForward(costed, convention);
      return (
        named(flops.forward, '') + (sparse === undefined ? '' : `, ${formatWork(sparse, convention)} sparse`)
      );
    }
    case 'backward':
      return named(flops.backward, 'backward ');
    case 'optimizer':
      return named(flops.optimizer, 'optimizer ');
    case 'step':
      return named(stepFlops(work, convention), 'step ');
    case 'elementwise': {
      const { elementwiseFlops } = totalWork(work);
      return elementwiseFlops > 0 ? `elementwise ${formatWork(elementwiseFlops, convention)}` : '';
    }
    case 'bytes':
      return `${formatBytes(totalWork(work).bytesMoved)} moved`;
    default:
      return '';
  }
}

/** Kernels that are in none of the figures. */
export function uncoveredText(work: PhaseWork): string {
  const count = Object.values(totalWork(work).uncovered).reduce((sum, each) => sum + each, 0);
  return count === 0 ? '' : `+ ${count} uncovered ${count === 1 ? 'kernel' : 'kernels'}`;
}
