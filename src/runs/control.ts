import { readFileSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { runFiles } from './record';
import { writing } from './storageError';

const requestSchema = v.object({ type: v.picklist(['stop', 'resume']), t: v.number() });

/** Training asks after every step; the disk is asked this often at most. */
const lookMilliseconds = 200;

/**
 * Asks the run's trainer to write a checkpoint and end.
 *
 * @throws StorageError
 */
export function requestStop(directory: string): Promise<void> {
  return append(directory, 'stop');
}

/**
 * Says that the run is wanted again: requests to stop from before are void.
 *
 * @throws StorageError
 */
export function requestResume(directory: string): Promise<void> {
  return append(directory, 'resume');
}

function append(directory: string, type: 'stop' | 'resume'): Promise<void> {
  const file = path.join(directory, runFiles.control);
  return writing(file, fs.appendFile(file, `${JSON.stringify({ type, t: Date.now() })}\n`));
}

/** Reads what is asked of a run. */
export class ControlReader {
  private readonly file: string;
  private lookedAt = -Infinity;
  private seen = '';
  private stop = false;

  constructor(directory: string) {
    this.file = path.join(directory, runFiles.control);
  }

  /** Whether the run is to stop; cheap enough to ask after every step. */
  stopRequested(): boolean {
    const now = performance.now();
    if (now - this.lookedAt < lookMilliseconds) return this.stop;
    this.lookedAt = now;
    try {
      const { size, mtimeMs } = statSync(this.file);
      const stamp = `${size} ${mtimeMs}`;
      if (stamp !== this.seen) this.stop = lastRequest(readFileSync(this.file, 'utf8')) === 'stop';
      this.seen = stamp;
    } catch {
      this.stop = false;
    }
    return this.stop;
  }
}

function lastRequest(text: string): 'stop' | 'resume' | undefined {
  for (const line of text.split('\n').reverse()) {
    try {
      const result = v.safeParse(requestSchema, JSON.parse(line));
      if (result.success) return result.output.type;
    } catch {
      // Torn or foreign: the line before counts.
    }
  }
  return undefined;
}
