import * as v from 'valibot';
import type { BackendName } from '../runs/record';
import { sparseProfileSchema, type SparseProfile } from '../runs/sparseProfile';
import { subjectOf } from './knownPeak';
import { cacheFile, readCache, writeCache } from './machineCache';
import type { PeakSubject } from './peakStore';
import type { Tf } from './tfInstance';

const fileSchema = v.object({ profile: sparseProfileSchema });

/** What was measured on this subject, or undefined where nothing is known of it. */
export async function recallSparseProfile(subject: PeakSubject): Promise<SparseProfile | undefined> {
  const parsed = v.safeParse(fileSchema, await readCache(fileOf(subject)));
  return parsed.success ? parsed.output.profile : undefined;
}

export async function rememberSparseProfile(subject: PeakSubject, profile: SparseProfile): Promise<void> {
  await writeCache(fileOf(subject), { subject, profile });
}

/**
 * What the kernels of a new sparse run on the active backend are chosen by: what is remembered of this machine, threads
 * and kernels, else a measurement, which is kept, so that the next run of the same seed gets the same bits.
 *
 * @param warn called where the measurement is not to be believed, and the profile is the usual one
 */
export async function sparseProfileForRun(
  tf: Tf,
  backend: { name: BackendName; detail: string },
  warn: (message: string) => void,
): Promise<SparseProfile> {
  const subject = await subjectOf(tf, backend);
  const known = await recallSparseProfile(subject);
  if (known) return known;
  try {
    const measured = tf.measureSparseProfile();
    // Of runs that start together, one measurement is to count for all.
    const meanwhile = await recallSparseProfile(subject);
    if (meanwhile) return meanwhile;
    await rememberSparseProfile(subject, measured);
    return (await recallSparseProfile(subject)) ?? measured;
  } catch (error) {
    warn(
      `Sparse kernels are chosen by the costs of a usual machine in this run: ${(error as Error).message}`,
    );
    tf.setSparseProfile(undefined);
    return tf.getSparseProfile();
  }
}

function fileOf(subject: PeakSubject): string {
  return cacheFile('sparse', subject.backend, subject);
}
