import fs from 'node:fs/promises';
import path from 'node:path';
import { runFiles } from './record';

/** Names of the complete checkpoints of a run, oldest first. */
export async function listCheckpoints(directory: string): Promise<string[]> {
  const names = await fs.readdir(path.join(directory, runFiles.checkpoints)).catch(() => []);
  return names.filter((name) => /^step-\d+(-epoch)?$/.test(name)).sort();
}

/** The last step, counted from 1, that is in the newest checkpoint of a run; undefined where there is none. */
export async function newestCheckpointStep(directory: string): Promise<number | undefined> {
  const newest = (await listCheckpoints(directory)).at(-1);
  return newest === undefined ? undefined : parseInt(newest.replace('step-', ''), 10);
}
