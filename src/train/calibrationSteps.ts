import { backendNames } from '../runs/record';
import { BackendUnavailable } from './backendUnavailable';
import { startBackend } from './backends';
import { calibrationModels } from './calibrationModels';
import { subjectOf } from './knownPeak';
import { noteLibrary } from './libraryModel';
import { measurePeak } from './peak';
import { rememberPeak, type PeakSubject } from './peakStore';
import { planModels } from './plannedModel';
import type { BackendState } from './backendUnavailable';
import { measureSteps, type StepTimes } from './stepTimes';
import { loadTf } from './tfInstance';

/** What the process that measured says. */
export interface CalibrationAnswer {
  readonly state: BackendState;
  readonly detail: string;
  readonly subject?: PeakSubject;
  readonly times?: StepTimes;
}

/**
 * Starts a backend in this process and measures the steps that it is calibrated by.
 *
 * @param progress told shares of the whole
 */
export async function calibrationSteps(
  backend: string,
  folders: readonly string[],
  progress: (share: number) => void,
): Promise<CalibrationAnswer> {
  const name = backendNames.find((each) => each === backend);
  if (!name) return { state: 'notInstalled', detail: `there is no backend "${backend}"` };
  try {
    const tf = loadTf();
    const started = await startBackend(tf, name, folders, process.env.COMPUTE_LENS_SOFTWARE_GPU === '1');
    noteLibrary(tf);
    planModels(tf);
    const subject = await subjectOf(tf, started);
    const times = await measureSteps(tf, calibrationModels, (done, of) => progress(done / of));
    const peak = await measurePeak(tf, name, { matmulMilliseconds: 700, addMilliseconds: 300 });
    await rememberPeak(subject, peak);
    return { state: 'trains', detail: started.detail, subject, times };
  } catch (error) {
    const state = error instanceof BackendUnavailable ? error.state : 'doesNotStart';
    return { state, detail: error instanceof Error ? error.message : String(error) };
  }
}
