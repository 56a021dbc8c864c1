import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { isAlive } from './process';
import { isGpu, runFiles, type RunRecord } from './record';
import type { RunSummary } from './runIndex';

const processSchema = v.object({
  pid: v.number(),
  processStart: v.optional(v.string()),
  host: v.string(),
  startedAt: v.string(),
});

const placeSchema = v.object({
  /** Lower is sooner. Only the order means anything. */
  order: v.number(),
  /** The machine that the run was asked of: no other one starts it. */
  host: v.string(),
  /** A process that waits to start the run itself, and does while it lives. */
  owner: v.optional(processSchema),
  /** Of a run that is resumed: the first step that it has still to train, counted from 1. */
  fromStep: v.optional(v.number()),
});
export type Place = v.InferOutput<typeof placeSchema>;

/** A run whose turn has not come. */
export interface WaitingRun {
  readonly summary: RunSummary;
  readonly record: RunRecord;
  readonly place: Place;
}

/** What a run keeps busy: backends of the processor share its cores, those of a GPU the GPU. */
export type Device = 'processor' | 'gpu';

/** The runs that wait, the next one first. One whose place cannot be read goes last. */
export async function waitingRuns(summaries: readonly RunSummary[]): Promise<WaitingRun[]> {
  const waiting = await Promise.all(
    summaries.map(async (summary): Promise<WaitingRun[]> => {
      const { record, status, directory } = summary;
      if (status !== 'queued' || !record) return [];
      return [{ summary, record, place: await readPlace(directory) }];
    }),
  );
  return waiting
    .flat()
    .sort((a, b) => a.place.order - b.place.order || a.record.createdAt.localeCompare(b.record.createdAt));
}

async function readPlace(directory: string): Promise<Place> {
  const text = await fs.readFile(path.join(directory, runFiles.place), 'utf8').catch(() => '{}');
  try {
    const result = v.safeParse(placeSchema, JSON.parse(text));
    if (result.success) return result.output;
  } catch {
    // As if it were not there.
  }
  return { order: Infinity, host: os.hostname() };
}

/** What a run computes on; undefined where that shows only once it has begun: then it may be any. */
export function deviceOf(
  { requestedBackend, attempts }: Pick<RunRecord, 'requestedBackend' | 'attempts'>,
  summaries: readonly RunSummary[],
): Device | undefined {
  const asked = requestedBackend === 'auto' ? undefined : requestedBackend;
  const backend = attempts.at(-1)?.backend ?? asked ?? lastChoice(summaries);
  return backend === undefined ? undefined : isGpu(backend) ? 'gpu' : 'processor';
}

/** What "auto" came to the last time, on this machine. */
function lastChoice(summaries: readonly RunSummary[]) {
  for (const { record } of summaries) {
    const attempt = record?.requestedBackend === 'auto' ? record.attempts.at(-1) : undefined;
    if (attempt?.backend && attempt.host === os.hostname()) return attempt.backend;
  }
  return undefined;
}

/** Runs that keep the device busy now. */
export function runsOn(device: Device | undefined, summaries: readonly RunSummary[]): RunSummary[] {
  return summaries.filter(({ record, status }) => {
    if (!record || (status !== 'running' && status !== 'starting')) return false;
    const here = (record.attempts.at(-1)?.host ?? os.hostname()) === os.hostname();
    return here && mayBeSame(device, deviceOf(record, summaries));
  });
}

/**
 * The waiting run whose turn it is: the first whose device has room. None overtakes another one of its own device.
 *
 * @param concurrency runs at a time on one device
 * @param mine which of the runs are for this process to start
 */
export function nextInLine(
  waiting: readonly WaitingRun[],
  summaries: readonly RunSummary[],
  concurrency: number,
  mine: (run: WaitingRun) => boolean = (run) => !isAnothers(run),
): WaitingRun | undefined {
  const full: (Device | undefined)[] = [];
  for (const run of waiting) {
    if (run.place.host !== os.hostname()) continue;
    const device = deviceOf(run.record, summaries);
    const free = runsOn(device, summaries).length < concurrency;
    if (free && mine(run) && !full.some((each) => mayBeSame(each, device))) return run;
    full.push(device);
  }
  return undefined;
}

/** Whether another living process starts this run itself. */
function isAnothers({ place: { owner } }: WaitingRun): boolean {
  return owner !== undefined && owner.pid !== process.pid && isAlive(owner) !== false;
}

/** Whether two runs may get into each other's way. */
export function mayBeSame(a: Device | undefined, b: Device | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
