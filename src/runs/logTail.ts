import fs from 'node:fs/promises';
import path from 'node:path';
import { runFiles } from './record';

/** The last whole lines of a run's log, `maxBytes` of it at most; empty where nothing was said. */
export async function readLogTail(directory: string, maxBytes = 4096): Promise<string> {
  const handle = await fs
    .open(path.join(directory, runFiles.log), 'r')
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - maxBytes);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    const text = bytes.toString('utf8', 0, bytesRead);
    const lineStart = text.indexOf('\n') + 1;
    return start > 0 && lineStart < text.length ? text.slice(lineStart) : text;
  } finally {
    await handle.close();
  }
}
