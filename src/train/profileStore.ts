import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { backendNames, type BackendName } from '../runs/record';
import { cacheFile, cacheFolder, readCache, writeCache } from './machineCache';
import type { PeakSubject } from './peakStore';
import { version } from '../../package.json';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const spread = v.object({ p5: positive, p50: positive, p95: positive });

/** A device profile with what it was measured on, and by. */
const fileSchema = v.object({
  subject: v.object({
    host: v.string(),
    cpu: v.string(),
    cores: v.number(),
    backend: v.picklist(backendNames),
    detail: v.string(),
    threads: v.optional(v.number()),
    version: v.string(),
  }),
  profile: v.object({
    secondsPer: v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0))),
    stepSeconds: v.pipe(v.number(), v.finite(), v.minValue(0)),
    fuses: v.boolean(),
    residual: spread,
    samples: v.number(),
  }),
  measuredAt: v.string(),
  /** Of real runs since: measured time of a step by the predicted one, by what was trained. */
  runs: v.optional(v.record(v.string(), positive), {}),
});
export type KnownDevice = v.InferOutput<typeof fileSchema>;

/** Real runs of more models than this are not kept: the oldest go. */
const mostRuns = 40;

/** Keeps what was calibrated; what runs have said of an earlier calibration is no longer so. */
export async function rememberProfile(subject: PeakSubject, profile: KnownDevice['profile']): Promise<void> {
  await writeCache(fileOf(subject), { subject, profile, measuredAt: new Date().toISOString() });
}

/** What is known of the backends of this machine; where one was calibrated in several ways, as it was last. */
export async function rememberedProfiles(): Promise<Map<BackendName, KnownDevice>> {
  const newest = [...(await known()).values()].sort((a, b) => a.measuredAt.localeCompare(b.measuredAt));
  return new Map(newest.map((device) => [device.subject.backend, device]));
}

/** The one that a run on any backend gets, which is the best that trains; or the one of a backend. */
export async function deviceFor(backend: BackendName | 'auto' = 'auto'): Promise<KnownDevice | undefined> {
  const profiles = await rememberedProfiles();
  const wanted = backend === 'auto' ? backendNames : [backend];
  return wanted.flatMap((name) => profiles.get(name) ?? [])[0];
}

/**
 * Notes what a real run took beside what was predicted. A model that is run again counts once.
 *
 * @param model names what was trained, at which batch size
 * @param ratio measured time of a step by the predicted one, without what runs before had said
 */
export async function rememberRun(backend: BackendName, model: string, ratio: number): Promise<void> {
  if (!(Number.isFinite(ratio) && ratio > 0)) return;
  const newest = (await rememberedProfiles()).get(backend);
  const file = [...(await known())].find(([, device]) => device.measuredAt === newest?.measuredAt)?.[0];
  if (!newest || file === undefined || newest.runs[model] === ratio) return;
  const others = Object.entries<number>(newest.runs).filter(([name]) => name !== model);
  const runs: Record<string, number> = Object.fromEntries(
    [...others, [model, ratio] as const].slice(-mostRuns),
  );
  await writeCache(file, { ...((await readCache(file)) as object), runs });
}

async function known(): Promise<Map<string, KnownDevice>> {
  const folder = path.join(cacheFolder(), kind);
  const names = await fs.readdir(folder).catch(() => []);
  const found = new Map<string, KnownDevice>();
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    const file = path.join(folder, name);
    const parsed = v.safeParse(fileSchema, await readCache(file));
    if (!parsed.success) continue;
    const { subject } = parsed.output;
    if (subject.host === os.hostname() && subject.version === version) found.set(file, parsed.output);
  }
  return found;
}

const kind = 'profiles';

function fileOf(subject: PeakSubject): string {
  return cacheFile(kind, subject.backend, subject);
}
