import path from 'node:path';
import type { ModelCost } from '../cost/modelCost';
import { foldEvents } from '../runs/foldEvents';
import { RunHistory } from '../runs/history';
import type { BackendName } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';

/** What a step of a run took: the median of its last ones, measured. */
export interface RunTiming {
  readonly backend: BackendName;
  readonly stepSeconds: number;
}

/** Steps of which the first, which are slower, are few. */
const tellingSteps = 20;

/**
 * The newest of these runs that is over and trained this model of a file at this batch size.
 *
 * @param runs newest first
 */
export function lastRunOf(
  model: ModelCost,
  file: string,
  runs: readonly RunSummary[],
): RunSummary | undefined {
  return runs.find(({ record, status }) => {
    if (!record || (status !== 'finished' && status !== 'stopped')) return false;
    const { plan, result } = record;
    return (
      path.resolve(record.workspace, record.file) === file &&
      plan?.parameters === model.params &&
      plan.batchSize === model.batch &&
      (result?.step ?? 0) >= tellingSteps
    );
  });
}

/** What its steps took; undefined where its folder does not say. */
export async function runTiming({ directory, record }: RunSummary): Promise<RunTiming | undefined> {
  const backend = record?.attempts.at(-1)?.backend;
  const history = await foldEvents(directory, () => new RunHistory());
  const { stepMilliseconds } = history;
  return backend && stepMilliseconds !== undefined
    ? { backend, stepSeconds: stepMilliseconds / 1000 }
    : undefined;
}
