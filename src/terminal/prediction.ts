import type { ModelCost } from '../cost/modelCost';
import { formatMilliseconds, formatSecondsInterval } from '../protocol/format';
import type { KnownDevice, PredictionReport } from '../train/predictionReport';
import type { RunTiming } from '../train/runTiming';

/** What is said of a model's time below what is counted: "predicted on wasm: step 41 ms (...)", "measured ...". */
export function timeLines(
  model: ModelCost,
  known: KnownDevice | undefined,
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
