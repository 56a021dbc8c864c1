import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** The file in which what was measured on `subject` is kept. One a subject: measurements at the same time do not meet. */
export function cacheFile(kind: string, name: string, subject: object): string {
  return path.join(cacheFolder(), kind, `${name}-${digestOf(subject)}.json`);
}

/** Tells subjects apart in the names of their files. */
export function digestOf(subject: unknown): string {
  return createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, 16);
}

/** What such a file holds; undefined where there is none, or it is broken. */
export async function readCache(file: string): Promise<unknown> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Replaces such a file, whole or not at all. A cache that cannot be written keeps nothing, and nobody minds. */
export async function writeCache(file: string, content: object): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`);
    await fs.rename(temporary, file);
  } catch {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Where this user's programs keep what they can do without; the same for the editor and a terminal. */
export function cacheFolder(): string {
  const { COMPUTE_LENS_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (COMPUTE_LENS_CACHE) return COMPUTE_LENS_CACHE;
  const home = os.homedir();
  if (process.platform === 'win32')
    return path.join(LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'compute-lens', 'cache');
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'compute-lens');
  return path.join(XDG_CACHE_HOME || path.join(home, '.cache'), 'compute-lens');
}
