import path from 'node:path';
import { AppendFile } from './appendFile';
import { formatEvent, type NewEvent, type RunEvent } from './event';
import { runFiles } from './record';
import type { StorageError } from './storageError';

const newline = 0x0a;

/** Writes the events of one attempt to `events.jsonl`. A line that a killed attempt left torn is ended first. */
export class RunWriter {
  private readonly file: AppendFile;

  constructor(
    directory: string,
    private readonly attempt: number,
  ) {
    this.file = new AppendFile(path.join(directory, runFiles.events), (last) =>
      last === newline ? undefined : Buffer.of(newline),
    );
  }

  /** Why events are no longer written, if so. */
  get failed(): StorageError | undefined {
    return this.file.failed;
  }

  /** Stamps the event and has it written soon; never blocks, never throws. */
  record(event: NewEvent): void {
    const { type, ...rest } = event;
    this.file.append(
      Buffer.from(formatEvent({ type, t: Date.now(), attempt: this.attempt, ...rest } as RunEvent)),
    );
  }

  /** Resolves once all events so far can be read by others; rejects with StorageError. */
  flush(): Promise<void> {
    return this.file.flush();
  }

  /** Puts all events on the disk and lets go of the file; rejects with StorageError. */
  close(): Promise<void> {
    return this.file.close();
  }

  /** The last resort of a process about to exit; throws StorageError. */
  flushSync(): void {
    this.file.flushSync();
  }
}
