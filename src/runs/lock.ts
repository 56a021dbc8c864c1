import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { currentProcess, isAlive } from './process';
import { runFiles } from './record';
import { StorageError, writing } from './storageError';

const claimSchema = v.object({
  pid: v.number(),
  processStart: v.optional(v.string()),
  host: v.string(),
  startedAt: v.string(),
  released: v.optional(v.boolean()),
});
type Claim = v.InferOutput<typeof claimSchema>;

/** An owner on another machine counts as gone when it gave no sign of life for this long. */
export const silentMilliseconds = 5 * 60_000;
/** A claim is written right after its file is made; one that stays empty belongs to a process killed in between. */
const emptyMilliseconds = 10_000;

export interface Lock {
  /** A sign of life. */
  touch(): void;
  release(): Promise<void>;
  /** For a process about to exit. */
  releaseSync(): void;
}

/**
 * Takes a run for this process, so that no two train it at once.
 *
 * Claims are numbered files in `lock/`, and the highest number holds. Who finds its owner gone makes the next one,
 * which only one of many can; none ever removes what another may hold, so there is no moment to take by mistake.
 *
 * @throws Error when a living process has the run, StorageError when the folder cannot be written
 */
export async function acquireLock(directory: string): Promise<Lock> {
  const folder = path.join(directory, runFiles.lock);
  await writing(folder, fs.mkdir(folder, { recursive: true }));
  for (;;) {
    const newest = await newestClaim(folder);
    if (newest > 0) await assertFree(directory, path.join(folder, String(newest)));
    const number = newest + 1;
    const file = path.join(folder, String(number));
    const claim: Claim = { ...currentProcess(), startedAt: new Date().toISOString() };
    try {
      await fs.writeFile(file, JSON.stringify(claim), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw StorageError.from(error, file);
    }
    if ((await newestClaim(folder)) > number) {
      await fs.rm(file, { force: true });
      continue;
    }
    await removeOlder(folder, number);
    return makeLock(file, claim);
  }
}

/** When the owner last gave a sign of life, in milliseconds since the Unix epoch; undefined where nobody holds the run. */
export async function lastSignOfLife(directory: string): Promise<number | undefined> {
  const folder = path.join(directory, runFiles.lock);
  const number = await newestClaim(folder);
  if (number === 0) return undefined;
  const file = path.join(folder, String(number));
  const stat = await fs.stat(file).catch(() => undefined);
  const released = (await readClaim(file))?.released;
  return released ? undefined : stat?.mtimeMs;
}

function makeLock(file: string, claim: Claim): Lock {
  const released = JSON.stringify({ ...claim, released: true });
  return {
    touch() {
      const now = new Date();
      fs.utimes(file, now, now).catch(() => undefined);
    },
    async release() {
      await fs.writeFile(file, released).catch(() => undefined);
    },
    releaseSync() {
      try {
        writeFileSync(file, released);
      } catch {
        // This process is about to be gone, which says the same.
      }
    },
  };
}

/** Number of the claim that holds; 0 where there is none. */
async function newestClaim(folder: string): Promise<number> {
  const names = await fs.readdir(folder).catch(() => [] as string[]);
  return Math.max(0, ...names.map(Number).filter(Number.isInteger));
}

async function removeOlder(folder: string, number: number): Promise<void> {
  for (const name of await fs.readdir(folder).catch(() => [] as string[]))
    if (Number(name) < number) await fs.rm(path.join(folder, name), { force: true });
}

async function assertFree(directory: string, file: string): Promise<void> {
  for (;;) {
    const stat = await fs.stat(file).catch(() => undefined);
    if (!stat) return;
    const silent = Date.now() - stat.mtimeMs;
    const claim = await readClaim(file);
    if (!claim) {
      if (silent > emptyMilliseconds) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    const alive = isAlive(claim) ?? silent < silentMilliseconds;
    if (claim.released || !alive) return;
    throw new Error(
      `Run ${path.basename(directory)} is already being trained by process ${claim.pid} on ${claim.host}.`,
    );
  }
}

async function readClaim(file: string): Promise<Claim | undefined> {
  try {
    const result = v.safeParse(claimSchema, JSON.parse(await fs.readFile(file, 'utf8')));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
