import type { DeviceProfile } from '../cost/deviceProfile';
import { refined } from '../cost/refine';
import type { BackendChoice, BackendName } from '../runs/record';
import { rememberedPeaks } from './peakStore';
import { deviceFor } from './profileStore';

/** What predictions are for, as it is told: everything measured. */
export interface PredictedDevice {
  readonly backend: BackendName;
  /** Its version and device. */
  readonly detail: string;
  readonly cpu: string;
  readonly threads?: number;
  /** ISO 8601. */
  readonly calibratedAt: string;
  /** Of the fastest matrix product, and of a sum of tensors larger than caches. */
  readonly gigaflopsPerSecond?: number;
  readonly gigabytesPerSecond?: number;
  /** Real runs that predictions have been corrected by. */
  readonly runs: number;
}

/**
 * The device that a run on this backend gets, and what it takes there, by calibration alone and as runs have corrected
 * it; undefined where none was calibrated.
 */
export async function predictedDevice(
  choice: BackendChoice = 'auto',
): Promise<{ device: PredictedDevice; profile: DeviceProfile; calibrated: DeviceProfile } | undefined> {
  const known = await deviceFor(choice);
  if (!known) return undefined;
  const { subject, measuredAt, runs } = known;
  const peak = (await rememberedPeaks()).get(subject.backend);
  const ratios = Object.values(runs);
  return {
    device: {
      backend: subject.backend,
      detail: subject.detail,
      cpu: subject.cpu,
      ...(subject.threads !== undefined && { threads: subject.threads }),
      calibratedAt: measuredAt,
      ...(peak && { gigaflopsPerSecond: peak.matmul.gigaflopsPerSecond }),
      ...(peak?.add && { gigabytesPerSecond: peak.add.gigabytesPerSecond }),
      runs: ratios.length,
    },
    profile: refined(known.profile, ratios),
    calibrated: known.profile,
  };
}
