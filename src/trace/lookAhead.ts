import fs from 'node:fs/promises';
import type { Budget } from '../cost/budget';
import type { Overspend } from '../cost/overspend';
import { surroundingsOf, type GivenSurroundings } from '../cost/surroundings';
import type { PowerKnowledge } from '../energy';
import type { RunPrediction } from '../runs/prediction';
import type { BackendChoice } from '../runs/record';
import { foreseenOverspends } from '../train/foresee';
import { predictedDevice } from '../train/predictedDevice';
import { runPrediction } from '../train/predictionReport';
import type { TracedModel } from './request';
import type { AskedRun } from './runCost';

/** A run that has not begun, with its limits and surroundings. */
export interface RunAhead extends AskedRun {
  readonly backend: BackendChoice;
  readonly budget?: Budget | undefined;
  readonly surroundings?: GivenSurroundings | undefined;
  readonly power?: PowerKnowledge | undefined;
}

/** What is known of a run before it begins. */
export interface Foreseen {
  /** Undefined where the device was not calibrated, or nothing can be said of the model. */
  readonly prediction: RunPrediction | undefined;
  readonly overspends: readonly Overspend[];
}

const nothing: Foreseen = { prediction: undefined, overspends: [] };

/**
 * Predicts a run, and whether it is within its budget. Traces only where that can say something: on a device that was
 * calibrated, or for a run that may have a budget.
 */
export async function lookAhead(
  ahead: RunAhead,
  costOf: (run: AskedRun) => Promise<TracedModel | undefined>,
): Promise<Foreseen> {
  const { budget, backend, power } = ahead;
  const known = await predictedDevice(backend);
  if (!known && !(await mayHaveBudget(ahead))) return nothing;
  const model = await costOf(ahead);
  if (!model) return nothing;
  const surroundings = surroundingsOf(ahead.surroundings ?? {});
  return {
    prediction: known && runPrediction(model, known, surroundings, power),
    overspends: foreseenOverspends(model, budget, known, surroundings, power),
  };
}

/** Whether to look ahead before a run begins, which otherwise waits for nothing: its experiment's text tells. */
export async function mayHaveBudget({ file, budget }: Pick<RunAhead, 'file' | 'budget'>): Promise<boolean> {
  if (budget && Object.keys(budget).length > 0) return true;
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return /\bbudget\b/.test(text);
}
