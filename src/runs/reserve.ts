import fs from 'node:fs';
import path from 'node:path';
import { runFiles } from './record';
import { writing } from './storageError';

/** Enough for the last record and the last event of a run. */
const reservedBytes = 64 * 1024;

/**
 * Takes some space on the disk that a run gives back when the disk is full, so that it can still say how it ended.
 *
 * @throws StorageError where not even that is left
 */
export async function reserveSpace(directory: string): Promise<void> {
  const file = path.join(directory, runFiles.reserve);
  await writing(file, fs.promises.writeFile(file, Buffer.alloc(reservedBytes)));
}

/** Gives the space back; harmless where there is none. */
export function releaseSpace(directory: string): void {
  try {
    fs.rmSync(path.join(directory, runFiles.reserve), { force: true });
  } catch {
    // A folder that has become read-only keeps it.
  }
}
