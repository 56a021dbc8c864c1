import { narrower, type Budget, type Surroundings } from '../cost/budget';
import type { ModelCost } from '../cost/modelCost';
import { overspends, type Overspend } from '../cost/overspend';
import { trainingFlops } from '../cost/report';
import type { PowerKnowledge } from '../energy';
import { predictionReport, type KnownDevice } from './predictionReport';

/**
 * The limits that a training of a model is expected to reach before its end: of its experiment's and those given beside
 * them, the narrower ones. What is sparse is known by what it would take dense, so that its limits are not.
 *
 * @param known the device, where it was calibrated: without it only what is counted is told
 */
export function foreseenOverspends(
  model: ModelCost,
  given: Budget | undefined,
  known: KnownDevice | undefined,
  surroundings: Surroundings,
  power?: PowerKnowledge,
): Overspend[] {
  const budget = narrower(model.plan?.budget ?? {}, given ?? {});
  if (Object.keys(budget).length === 0) return [];
  const { memoryBytes, ...report } = {
    memoryBytes: model.peakBytes,
    ...(known && predictionReport(model, known, surroundings, power)),
  };
  if (model.sparsity) return overspends(budget, { memoryBytes });
  return overspends(budget, { ...report, memoryBytes, flops: trainingFlops(model, 'mac2') });
}
