import os from 'node:os';
import path from 'node:path';
import type { Amounts } from '../cost/amounts';
import { fitProfile, type DeviceProfile } from '../cost/deviceProfile';
import { backendNames, type BackendName } from '../runs/record';
import type { CalibrationAnswer } from '../train/calibrationSteps';
import { rememberProfile } from '../train/profileStore';
import { runTrainerTool } from '../train/trainerTool';
import { TracerClient } from './tracerClient';

export interface CalibrationSettings {
  readonly workspace: string;
  readonly packageFolders: readonly string[];
  readonly node?: string | undefined;
  /** All that train here, unless told. */
  readonly backends?: readonly BackendName[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the backend that is being measured, and the share of it that is done. */
  readonly onProgress?: ((name: BackendName, place: number, of: number, share: number) => void) | undefined;
}

/** A backend that was calibrated, or why it was not. */
export interface CalibrationReport {
  readonly name: BackendName;
  /** Version and device; else what kept it from training. */
  readonly detail: string;
  readonly profile?: DeviceProfile;
}

/** Plain JavaScript takes seconds for a step of some. */
const limitMilliseconds = 180_000;

/**
 * Measures small training steps on each backend, in a process of its own, fits what the device takes for what they do,
 * and keeps it for predictions. One backend at a time, so that each is measured undisturbed.
 *
 * @throws AbortError once `signal` says so
 */
export async function calibrate(settings: CalibrationSettings): Promise<CalibrationReport[]> {
  const { workspace, packageFolders, node, signal, onProgress, backends = backendNames } = settings;
  const amounts = await calibrationAmounts(node, signal);
  const reports: CalibrationReport[] = [];
  for (const [i, name] of backends.entries()) {
    signal?.throwIfAborted();
    const progress = (share: number) => onProgress?.(name, i + 1, backends.length, share);
    progress(0);
    const folders = [workspace, ...packageFolders];
    const question = {
      verb: 'calibrate',
      argument: name,
      folders,
      node,
      limitMilliseconds,
      signal,
      progress,
    } as const;
    const { answer, timedOut } = await runTrainerTool(question);
    reports.push(await reportOf(name, answer as CalibrationAnswer | undefined, amounts, timedOut));
  }
  return reports;
}

async function reportOf(
  name: BackendName,
  answer: CalibrationAnswer | undefined,
  amounts: Readonly<Record<string, Amounts>>,
  timedOut: boolean,
): Promise<CalibrationReport> {
  if (!answer) {
    const why = timedOut ? `took longer than ${limitMilliseconds / 1000} s` : 'ended before it was done';
    return { name, detail: `measuring it ${why}.` };
  }
  const { subject, times, detail } = answer;
  if (!subject || !times) return { name, detail };
  const samples = Object.entries(times).flatMap(([model, seconds]) => {
    const known = amounts[model];
    return known ? [{ amounts: known, seconds }] : [];
  });
  const profile = fitProfile(samples, name === 'wasm');
  await rememberProfile(subject, profile);
  return { name, detail, profile };
}

/** What the steps do, counted from shapes as every file's models are. */
async function calibrationAmounts(
  node: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, Amounts>>> {
  const tracer = new TracerClient({ node, limitMilliseconds: 60_000 });
  const end = () => tracer.dispose();
  signal?.addEventListener('abort', end);
  try {
    const workspace = os.tmpdir();
    const { calibration } = await tracer.trace({
      kind: 'calibration',
      file: path.join(workspace, 'calibration'),
      workspace,
    });
    if (!calibration) throw new Error('The tracer could not count what the steps of a calibration do.');
    return calibration;
  } finally {
    signal?.removeEventListener('abort', end);
    tracer.dispose();
  }
}
