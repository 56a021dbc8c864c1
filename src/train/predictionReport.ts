import type { Surroundings } from '../cost/budget';
import { emissions, type Interval } from '../cost/carbon';
import type { ModelCost } from '../cost/modelCost';
import { predictTraining, type PredictedSeconds } from '../cost/predict';
import { money } from '../cost/price';
import { knownPower, predictEnergy, predictedPowerSources, type PowerKnowledge } from '../energy';
import type { RunPrediction } from '../runs/prediction';
import type { predictedDevice } from './predictedDevice';

/** A device that was calibrated. */
export type KnownDevice = NonNullable<Awaited<ReturnType<typeof predictedDevice>>>;

/** What is said of a training that has not begun: nine times of ten between p5 and p95. */
export interface PredictionReport {
  readonly stepSeconds: PredictedSeconds;
  /** These four are of all training steps; absent where their number is not known. */
  readonly runSeconds?: PredictedSeconds;
  readonly joules?: PredictedSeconds;
  readonly gCO2e?: PredictedSeconds;
  /** In the currency of the prices; absent without a price. */
  readonly cost?: PredictedSeconds & { readonly currency: string };
}

/** Undefined where nothing can be said of the model on this device. */
export function predictionReport(
  model: ModelCost,
  { device, profile }: KnownDevice,
  { intensity, pue, prices }: Surroundings,
  power: PowerKnowledge = knownPower(),
): PredictionReport | undefined {
  const predicted = predictTraining(model, profile);
  if (!predicted?.runSeconds) return predicted;
  const { runSeconds } = predicted;
  const use = { threads: device.threads, memoryBytes: model.peakBytes };
  const joules = predictEnergy(runSeconds, use, power);
  const interval = { low: joules.p5, value: joules.p50, high: joules.p95 };
  const gpuSeconds = device.threads === undefined ? runSeconds.p50 : 0;
  const cost = money(interval, gpuSeconds, prices, pue);
  return {
    ...predicted,
    joules,
    gCO2e: percentiles(emissions(interval, intensity, pue)),
    ...(cost && { cost: { ...percentiles(cost), currency: prices.currency } }),
  };
}

/** What energy and emissions of {@link predictionReport} stand on, in words. */
export function predictionSources(
  model: ModelCost,
  { device }: KnownDevice,
  { intensity }: Surroundings,
  power: PowerKnowledge = knownPower(),
): string[] {
  const use = { threads: device.threads, memoryBytes: model.peakBytes };
  return [...predictedPowerSources(use, power), `CO2e: ${intensity.source}`];
}

/** The same, as a run's folder keeps it. Undefined where nothing can be said. */
export function runPrediction(
  model: ModelCost,
  known: KnownDevice,
  surroundings: Surroundings,
  power: PowerKnowledge = knownPower(),
): RunPrediction | undefined {
  const report = predictionReport(model, known, surroundings, power);
  const calibrated = predictTraining(model, known.calibrated);
  if (!report || !calibrated) return undefined;
  const { backend, calibratedAt, runs } = known.device;
  return {
    model: `${model.name}, ${model.params} parameters, batch ${model.batch}`,
    backend,
    calibratedAt,
    runs,
    dense: model.sparsity !== undefined,
    calibratedSeconds: calibrated.stepSeconds.p50 / known.calibrated.residual.p50,
    ...report,
    sources: predictionSources(model, known, surroundings, power),
  };
}

function percentiles({ low, value, high }: Interval): PredictedSeconds {
  return { p5: low, p50: value, p95: high };
}
