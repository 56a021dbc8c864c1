import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Amounts } from '../../src/cost/amounts';
import { fitProfile } from '../../src/cost/deviceProfile';
import { predictStep, type PredictedSeconds } from '../../src/cost/predict';
import { formatMilliseconds } from '../../src/protocol/format';
import { formatShare } from '../../src/protocol/formatCost';
import type { StepTimes } from '../../src/train/stepTimes';
import { prepareTensorflowNode } from '../harness/tensorflowNode';

const repository = path.resolve(__dirname, '../../..');
/** Plain JavaScript takes seconds for some steps. */
const limitMilliseconds = 300_000;

/** A model that nothing was calibrated by, on one backend. */
export interface PredictedModel {
  readonly name: string;
  readonly predicted: PredictedSeconds;
  readonly measured: number;
}

export interface BackendAccuracy {
  readonly backend: string;
  readonly models: readonly PredictedModel[];
  /** Shares of the measured time. */
  readonly medianError: number;
  readonly ninetiethError: number;
  /** Share of the measurements that lie inside the interval that should hold nine of ten. */
  readonly inside: number;
}

/** Calibrates each backend that is here, and predicts steps of models that it was not calibrated by. */
export async function benchPrediction(): Promise<BackendAccuracy[]> {
  const amounts = (await inProcess('trace')) as Record<'calibration' | 'unseen', Record<string, Amounts>>;
  const results: BackendAccuracy[] = [];
  for (const [backend, ...args] of backends()) {
    const times = (await inProcess(backend, ...args)) as Record<'calibration' | 'unseen', StepTimes>;
    const of = (part: 'calibration' | 'unseen') =>
      Object.entries(times[part]).map(([name, seconds]) => ({
        name,
        amounts: amounts[part][name] ?? {},
        seconds,
      }));
    const profile = fitProfile(of('calibration'), backend === 'wasm');
    const models = of('unseen').map(({ name, amounts: own, seconds }) => ({
      name,
      predicted: predictStep(own, profile),
      measured: seconds,
    }));
    results.push({ backend, models, ...accuracy(models) });
  }
  return results;
}

function backends(): [string, ...string[]][] {
  const own: [string, ...string[]][] = [['wasm'], ['cpu']];
  try {
    return [
      ...own,
      ['tensorflow', process.env.TFJS_NODE_MODULES ?? prepareTensorflowNode(repository, () => undefined)],
    ];
  } catch {
    return own;
  }
}

function accuracy(models: readonly PredictedModel[]) {
  const errors = models
    .map(({ predicted, measured }) => Math.abs(predicted.p50 / measured - 1))
    .sort((a, b) => a - b);
  const at = (share: number) =>
    errors[Math.min(errors.length - 1, Math.ceil(share * errors.length) - 1)] ?? NaN;
  const inside = models.filter(({ predicted: { p5, p95 }, measured }) => measured >= p5 && measured <= p95);
  return { medianError: at(0.5), ninetiethError: at(0.9), inside: inside.length / models.length };
}

async function inProcess(...args: string[]): Promise<unknown> {
  const program = path.join(__dirname, 'predictionSteps.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    timeout: limitMilliseconds,
    maxBuffer: 64e6,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** Every model, and what it comes to, a line each. */
export function predictionTables(results: readonly BackendAccuracy[]): string[] {
  const time = (seconds: number) => formatMilliseconds(1000 * seconds);
  return results.flatMap(({ backend, models, medianError, ninetiethError, inside }) => [
    `| a training step on ${backend} of | predicted | nine times of ten between | measured | off by |`,
    '| --- | --- | --- | --- | --- |',
    ...models.map(
      ({ name, predicted: { p5, p50, p95 }, measured }) =>
        `| ${name} | ${time(p50)} | ${time(p5)} and ${time(p95)} | ${time(measured)} | ${formatShare(p50 / measured - 1)} |`,
    ),
    '',
    `${backend}: median error ${formatShare(medianError)}, 90th percentile ${formatShare(ninetiethError)}, ` +
      `${formatShare(inside)} of ${models.length} inside the interval`,
    '',
  ]);
}
