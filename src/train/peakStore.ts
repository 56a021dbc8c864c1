import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { fasterOf, peakSchema, type Peak } from '../runs/peak';
import type { BackendName } from '../runs/record';
import { version } from '../../package.json';
import { describeDevice } from './device';
import { measurePeak, threadsOf } from './peak';
import type { Tf } from './tfInstance';

/** What was measured on what: once any of it is another, the measurement says nothing. */
export interface PeakSubject {
  /** A home folder may be shared by machines. */
  readonly host: string;
  readonly cpu: string;
  readonly cores: number;
  readonly backend: BackendName;
  /** Its version and device. */
  readonly detail: string;
  readonly threads?: number;
  readonly node: string;
  /** Of Compute Lens, which brings kernels of its own. */
  readonly version: string;
}

/** Nobody waits longer than this for the first step of a run. */
const runLimits = { matmulMilliseconds: 300 };

const fileSchema = v.object({ peak: peakSchema });

/** The backend that is active, as what a measurement is of. */
export function subjectOf(tf: Tf, { name, detail }: { name: BackendName; detail: string }): PeakSubject {
  const threads = threadsOf(tf, name);
  return {
    host: os.hostname(),
    cpu: describeDevice().cpu,
    cores: os.availableParallelism(),
    backend: name,
    detail,
    ...(threads !== undefined && { threads }),
    node: process.versions.node,
    version,
  };
}

/** The fastest seen on this subject, or undefined where nothing is known of it. */
export async function recallPeak(subject: PeakSubject): Promise<Peak | undefined> {
  try {
    const parsed = v.safeParse(fileSchema, JSON.parse(await fs.readFile(fileOf(subject), 'utf8')));
    return parsed.success ? parsed.output.peak : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a measurement, where there is none faster. A cache that cannot be written keeps nothing, and nobody minds.
 *
 * @returns the fastest seen
 */
export async function rememberPeak(subject: PeakSubject, measured: Peak): Promise<Peak> {
  const known = await recallPeak(subject);
  const peak = known ? fasterOf(known, measured) : measured;
  const file = fileOf(subject);
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(temporary, `${JSON.stringify({ subject, peak }, null, 2)}\n`);
    await fs.rename(temporary, file);
  } catch {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
  return peak;
}

/**
 * What a run on the active backend is compared with: what is remembered, else a short measurement. Undefined where
 * the backend cannot be measured, which is no reason not to train.
 */
export async function peakForRun(
  tf: Tf,
  backend: { name: BackendName; detail: string },
): Promise<Peak | undefined> {
  try {
    const subject = subjectOf(tf, backend);
    return (
      (await recallPeak(subject)) ??
      (await rememberPeak(subject, await measurePeak(tf, backend.name, runLimits)))
    );
  } catch {
    return undefined;
  }
}

/** One file a subject: measurements at the same time do not meet. */
function fileOf(subject: PeakSubject): string {
  const digest = createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, 16);
  return path.join(cacheFolder(), 'peaks', `${subject.backend}-${digest}.json`);
}

/** Where this user's programs keep what they can do without; the same for the editor and a terminal. */
function cacheFolder(): string {
  const { COMPUTE_LENS_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (COMPUTE_LENS_CACHE) return COMPUTE_LENS_CACHE;
  const home = os.homedir();
  if (process.platform === 'win32')
    return path.join(LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'compute-lens', 'cache');
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'compute-lens');
  return path.join(XDG_CACHE_HOME || path.join(home, '.cache'), 'compute-lens');
}
