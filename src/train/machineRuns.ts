import fs from 'node:fs/promises';
import path from 'node:path';
import { readRecord } from '../runs/recordFile';
import type { RunSummary } from '../runs/runIndex';
import { isLive } from '../runs/standing';
import { runStatus, startMilliseconds } from '../runs/status';
import { cacheFolder, digestOf, readCache, writeCache } from './machineCache';

/** Names the folder in which runs are announced; default: one in the user's cache. */
export const runningVariable = 'COMPUTE_LENS_RUNNING';

/** Lets the windows and terminals of other workspaces know of a run whose trainer starts: they share its device. */
export async function announceRun(directory: string): Promise<void> {
  // Forgets those that have ended, where nobody else asks.
  await liveRuns();
  await writeCache(announcement(directory), { directory });
}

/** The runs of some workspaces, and behind them those of others that train on this machine now. */
export async function withRunsElsewhere(summaries: readonly RunSummary[]): Promise<readonly RunSummary[]> {
  const known = new Set(summaries.map(({ directory }) => directory));
  const others = (await liveRuns()).filter(({ directory }) => !known.has(directory));
  return others.length > 0 ? [...summaries, ...others] : summaries;
}

/** Those that were announced and live. Others are forgotten: a run that is resumed is announced again. */
async function liveRuns(): Promise<RunSummary[]> {
  const folder = runningFolder();
  const names = await fs.readdir(folder).catch((): string[] => []);
  const runs = names.map(async (name): Promise<RunSummary[]> => {
    if (!name.endsWith('.json')) return [];
    const file = path.join(folder, name);
    const content = (await readCache(file)) as { readonly directory?: unknown } | undefined;
    const run = typeof content?.directory === 'string' ? await summaryOf(content.directory) : undefined;
    if (run && isLive(run.status)) return [run];
    const { mtimeMs } = await fs.stat(file).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > startMilliseconds) await fs.rm(file, { force: true }).catch(() => undefined);
    return [];
  });
  return (await Promise.all(runs)).flat();
}

async function summaryOf(directory: string): Promise<RunSummary | undefined> {
  try {
    const record = await readRecord(directory);
    return { id: record.id, directory, record, status: await runStatus(directory, record) };
  } catch {
    return undefined;
  }
}

/** One file a run. */
function announcement(directory: string): string {
  return path.join(runningFolder(), `${digestOf(directory)}.json`);
}

function runningFolder(): string {
  return process.env[runningVariable] || path.join(cacheFolder(), 'running');
}
