import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { StorageError } from './storageError';

/**
 * Replaces a file whole or not at all, so that no reader sees half of it.
 *
 * @throws StorageError
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await fs.writeFile(temporary, text, { flush: true });
    await renameOver(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw StorageError.from(error, file);
  }
}

/** {@link replaceFile} for a process about to exit. */
export function replaceFileSync(file: string, text: string): void {
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, text, { flush: true });
    renameSync(temporary, file);
  } catch (error) {
    throw StorageError.from(error, file);
  }
}

function temporaryName(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Windows refuses to replace a file while a reader has it open, which is never for long. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      await fs.rename(from, to);
      return;
    } catch (error) {
      const busy = process.platform === 'win32' && attempts < 20;
      if (!busy) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
