import { emissions, type Interval } from '../cost/carbon';
import type { ModelCost } from '../cost/modelCost';
import { predictTraining, type PredictedSeconds } from '../cost/predict';
import type { Surroundings } from '../cost/budget';
import { money } from '../cost/price';
import { knownPower, predictEnergy } from '../energy';
import { formatMilliseconds, formatSecondsInterval } from '../protocol/format';
import type { predictedDevice } from '../train/predictedDevice';
import type { RunTiming } from '../train/runTiming';

type Known = NonNullable<Awaited<ReturnType<typeof predictedDevice>>>;

/** What `compute-lens cost --json` says of a training that has not begun: nine times of ten between p5 and p95. */
export interface PredictionReport {
  readonly stepSeconds: PredictedSeconds;
  /** These four are of the whole training; absent where its length is not known. */
  readonly runSeconds?: PredictedSeconds;
  readonly joules?: PredictedSeconds;
  readonly gCO2e?: PredictedSeconds;
  /** In the currency of the prices; absent without a price. */
  readonly cost?: PredictedSeconds & { readonly currency: string };
}

/** Undefined where nothing can be said of the model on this device. */
export function predictionReport(
  model: ModelCost,
  { device, profile }: Known,
  { intensity, pue, prices }: Surroundings,
): PredictionReport | undefined {
  const predicted = predictTraining(model, profile);
  if (!predicted?.runSeconds) return predicted;
  const { runSeconds } = predicted;
  const use = { threads: device.threads, memoryBytes: model.peakBytes };
  const joules = predictEnergy(runSeconds, use, knownPower());
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

function percentiles({ low, value, high }: Interval): PredictedSeconds {
  return { p5: low, p50: value, p95: high };
}

/** What is said of a model's time below what is counted: "predicted on wasm: step 41 ms (...)", "measured ...". */
export function timeLines(
  model: ModelCost,
  known: Known | undefined,
  predicted: PredictionReport | undefined,
  measured: RunTiming | undefined,
): string[] {
  return [
    ...(known ? [] : ['time: predicted once "npx compute-lens calibrate" was run here']),
    ...(known && predicted
      ? [predictionText(predicted, known.device.backend, model.sparsity !== undefined)]
      : []),
    ...(measured
      ? [
          `measured on ${measured.backend}: step ${milliseconds(measured.stepSeconds)}, median in the last run`,
        ]
      : []),
  ];
}

function predictionText(
  { stepSeconds, runSeconds }: PredictionReport,
  backend: string,
  isSparse: boolean,
): string {
  const { p5, p50, p95 } = stepSeconds;
  const run = runSeconds
    ? `, training ${formatSecondsInterval([runSeconds.p5, runSeconds.p95])} without evaluation`
    : '';
  return (
    `predicted on ${backend}${isSparse ? ', were it dense' : ''}: step ${milliseconds(p50)} ` +
    `(${milliseconds(p5)} to ${milliseconds(p95)}, nine times of ten)${run}`
  );
}

function milliseconds(seconds: number): string {
  return formatMilliseconds(1000 * seconds);
}
