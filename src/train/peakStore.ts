import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { fasterOf, peakSchema, type Peak } from '../runs/peak';
import { backendNames, type BackendName } from '../runs/record';
import { cacheFile, cacheFolder, readCache, writeCache } from './machineCache';
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
  const parsed = v.safeParse(fileSchema, await readCache(file));
  return parsed.success ? parsed.output : undefined;
}

/**
 * Keeps a measurement, where there is none faster.
 *
 * @returns the fastest seen
 */
export async function rememberPeak(subject: PeakSubject, measured: Peak): Promise<Peak> {
  const known = await recallPeak(subject);
  const peak = known ? fasterOf(known, measured) : measured;
  await writeCache(fileOf(subject), { subject, peak });
  return peak;
}

function fileOf(subject: PeakSubject): string {
  return cacheFile('peaks', subject.backend, subject);
}

function peakFolder(): string {
  return path.join(cacheFolder(), 'peaks');
}
