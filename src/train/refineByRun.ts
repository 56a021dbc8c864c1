import { readPrediction } from '../runs/prediction';
import type { Recent } from '../runs/recent';
import type { BackendName } from '../runs/record';
import { deviceFor, rememberRun } from './profileStore';

/** Steps of which the first, which are slower, are few. */
const tellingSteps = 20;

/**
 * What the steps of an attempt took corrects later predictions, where the run was predicted for the backend that it
 * got, by the calibration that still holds. What is sparse is not predicted as it is trained.
 *
 * @param stepSeconds of the attempt's last steps
 */
export async function refineByRun(
  directory: string,
  backend: BackendName,
  stepSeconds: Recent,
): Promise<void> {
  const { count, median } = stepSeconds;
  if (median === undefined || count < tellingSteps) return;
  const prediction = await readPrediction(directory);
  if (!prediction || prediction.dense || prediction.backend !== backend) return;
  const device = await deviceFor(backend);
  if (device?.measuredAt !== prediction.calibratedAt) return;
  await rememberRun(backend, prediction.model, median / prediction.calibratedSeconds);
}
