import { predictPart, predictTraining, type PredictedTraining } from '../../cost/predict';
import { formatMilliseconds } from '../../protocol/format';
import { comparedFigures, type ComparedFigure } from '../../protocol/formatPrediction';
import type { RunTiming } from '../../train/runTiming';
import type { DeviceTiming, ExpectedTraining } from './timings';
import type { ShownLine } from './traceBook';

/** What is known of the time that a traced model takes. */
export interface Timing {
  /** What computes here, where that was calibrated. */
  readonly device?: DeviceTiming | undefined;
  /** The last run of this model, where there is one. */
  readonly run?: RunTiming | undefined;
  /** What the whole training of the model takes, where its length is known. */
  readonly training?: ExpectedTraining | undefined;
}

const boundNames = {
  compute: 'bound by arithmetic',
  memory: 'bound by memory',
  overhead: 'bound by calling kernels',
} as const;

/** Above a model once it was run: "predicted 41 ms, measured 44 ms"; empty without a prediction or a run. */
export function timingText({ cost, model }: ShownLine, { device, run }: Timing): string {
  if (cost || !device || !run) return '';
  const predicted = predictTraining(model, device.profile);
  if (!predicted) return '';
  const dense = model.sparsity ? ' dense' : '';
  return `predicted ${milliseconds(predicted.stepSeconds.p50)}${dense}, measured ${milliseconds(run.stepSeconds)}`;
}

/** Items of a hover: what the line or the model takes of a step here, and what bounds it. */
export function timingLines({ cost, model }: ShownLine, { device, run, training }: Timing): string[] {
  if (!device)
    return cost ? [] : ['how long a step takes is predicted once "Compute Lens: Calibrate Device" was run'];
  const predicted = predictTraining(model, device.profile);
  if (!predicted) return [];
  const { backend, profile } = device;
  const dense = model.sparsity ? ', were it dense' : '';
  const part = predictPart((cost ?? model).amounts, profile);
  const bound = `${boundNames[part.bound]} on ${backend}`;
  if (cost) {
    const seconds = part.seconds * profile.residual.p50;
    return seconds > 0 ? [`predicted ${milliseconds(seconds)} of a step${dense}, mostly ${bound}`] : [];
  }
  return [
    `a step is predicted to take ${interval(predicted)}${dense}, mostly ${bound}`,
    ...(run ? [`measured ${milliseconds(run.stepSeconds)} in the last run, on ${run.backend}`] : []),
    ...trainingLines(training, dense),
  ];
}

function interval({ stepSeconds: { p5, p50, p95 } }: PredictedTraining): string {
  return `${milliseconds(p50)} (${milliseconds(p5)} to ${milliseconds(p95)}, nine times of ten)`;
}

/** The whole training: time, energy, CO2e and money, each with its interval, and what they stand on. */
function trainingLines(training: ExpectedTraining | undefined, dense: string): string[] {
  const figures = training ? comparedFigures(training.report).filter(({ name }) => name !== 'step') : [];
  if (!training || figures.length === 0) return [];
  const said = figures.map(({ name, predicted }) => `${name === 'training' ? 'time' : name} ${predicted}`);
  return [
    `whole training predicted${dense}, without evaluation, nine times of ten: ${said.join('; ')}`,
    `${training.sources.join('; ')}`,
  ];
}

/** A figure of the whole training, for a lens: "training predicted 12 s (10 s to 14 s)"; empty where it is not known. */
export function trainingField(
  name: ComparedFigure['name'],
  { model }: Pick<ShownLine, 'model'>,
  { training }: Timing,
): string {
  const figure = training && comparedFigures(training.report).find((each) => each.name === name);
  return figure ? `${name} predicted ${figure.predicted}${model.sparsity ? ' dense' : ''}` : '';
}

function milliseconds(seconds: number): string {
  return formatMilliseconds(1000 * seconds);
}
