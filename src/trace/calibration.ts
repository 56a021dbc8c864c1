import type * as tfjs from '@tensorflow/tfjs';
import { stepAmounts, type Amounts } from '../cost/amounts';
import { buildCalibrationModel, type CalibrationModel } from '../train/calibrationModel';
import { traceModelStep } from './modelStep';
import type { TraceSession } from './session';

/** What a step of each model does, by name: the same figures as a file's models get. */
export async function traceCalibration(
  session: TraceSession,
  models: readonly CalibrationModel[],
): Promise<Record<string, Amounts>> {
  const found: Record<string, Amounts> = {};
  for (const spec of models) {
    session.reset(undefined);
    const model = buildCalibrationModel(session.tf as unknown as typeof tfjs, spec);
    found[spec.name] = stepAmounts(await traceModelStep(session, model, { batch: spec.batch }));
  }
  return found;
}
