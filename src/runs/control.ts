import { readFileSync, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { runFiles } from './record';
import { writing } from './storageError';

const requestTypes = ['stop', 'resume', 'checkpoint'] as const;
type RequestType = (typeof requestTypes)[number];
const requestSchema = v.object({ type: v.picklist(requestTypes), t: v.number() });

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

/**
 * Asks the run's trainer to write a checkpoint after the step it is at, and to go on.
 *
 * @throws StorageError
 */
export function requestCheckpoint(directory: string): Promise<void> {
  return append(directory, 'checkpoint');
}

function append(directory: string, type: RequestType): Promise<void> {
  const file = path.join(directory, runFiles.control);
  return writing(file, fs.appendFile(file, `${JSON.stringify({ type, t: Date.now() })}\n`));
}

/** Reads what is asked of a run. */
export class ControlReader {
  private readonly file: string;
  private lookedAt = -Infinity;
  private seen = '';
  private stop = false;
  /** Requests for checkpoints in the file, and those that were heard; those from before concern an earlier attempt. */
  private checkpoints = 0;
  private checkpointsHeard: number;

  constructor(directory: string) {
    this.file = path.join(directory, runFiles.control);
    this.look();
    this.checkpointsHeard = this.checkpoints;
    this.lookedAt = -Infinity;
  }

  /** Whether the run is to stop; cheap enough to ask after every step. */
  stopRequested(): boolean {
    this.look();
    return this.stop;
  }

  /** Whether a checkpoint was asked for since this was last asked; as cheap. */
  checkpointRequested(): boolean {
    this.look();
    const requested = this.checkpoints > this.checkpointsHeard;
    this.checkpointsHeard = this.checkpoints;
    return requested;
  }

  private look(): void {
    const now = performance.now();
    if (now - this.lookedAt < lookMilliseconds) return;
    this.lookedAt = now;
    try {
      const { size, mtimeMs } = statSync(this.file);
      const stamp = `${size} ${mtimeMs}`;
      if (stamp !== this.seen) this.take(readFileSync(this.file, 'utf8'));
      this.seen = stamp;
    } catch {
      this.stop = false;
    }
  }

  private take(text: string): void {
    const requests = text.split('\n').flatMap(parsed);
    this.stop = requests.findLast((type) => type !== 'checkpoint') === 'stop';
    this.checkpoints = requests.filter((type) => type === 'checkpoint').length;
  }
}

/** What a line asks for; nothing where it is torn or foreign. */
function parsed(line: string): RequestType[] {
  try {
    const result = v.safeParse(requestSchema, JSON.parse(line));
    return result.success ? [result.output.type] : [];
  } catch {
    return [];
  }
}
