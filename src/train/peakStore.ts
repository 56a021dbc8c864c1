import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { fasterOf, peakSchema, type Peak } from '../runs/peak';
import { backendNames, type BackendName } from '../runs/record';
import { version } from '../../package.json';

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
  /** Of Compute Lens. */
  readonly version: string;
  /** Digest of what computes: TensorFlow.js as it is bundled, with kernels of our own. */
  readonly build: string;
}

const fileSchema = v.object({
  subject: v.object({ host: v.string(), backend: v.picklist(backendNames), version: v.string() }),
  peak: peakSchema,
});

/** The fastest seen on this subject, or undefined where nothing is known of it. */
export async function recallPeak(subject: PeakSubject): Promise<Peak | undefined> {
  return (await readPeak(fileOf(subject)))?.peak;
}

/**
 * What is remembered of the backends of this machine, without starting any. Where there is more, as of two versions
 * of Node, the one measured last stands for the backend.
 */
export async function rememberedPeaks(): Promise<Map<BackendName, Peak>> {
  const folder = peakFolder();
  const names = await fs.readdir(folder).catch(() => []);
  const files = await Promise.all(names.map((name) => readPeak(path.join(folder, name))));
  const own = files.flatMap((file) =>
    file?.subject.host === os.hostname() && file.subject.version === version ? [file] : [],
  );
  own.sort((a, b) => a.peak.matmul.measuredAt.localeCompare(b.peak.matmul.measuredAt));
  return new Map(own.map(({ subject, peak }) => [subject.backend, peak]));
}

async function readPeak(file: string): Promise<v.InferOutput<typeof fileSchema> | undefined> {
  try {
    const parsed = v.safeParse(fileSchema, JSON.parse(await fs.readFile(file, 'utf8')));
    return parsed.success ? parsed.output : undefined;
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

/** One file a subject: measurements at the same time do not meet. */
function fileOf(subject: PeakSubject): string {
  const digest = createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, 16);
  return path.join(peakFolder(), `${subject.backend}-${digest}.json`);
}

function peakFolder(): string {
  return path.join(cacheFolder(), 'peaks');
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
