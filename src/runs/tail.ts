import fs from 'node:fs/promises';
import path from 'node:path';
import { parseEvent, type RunEvent } from './event';
import { runFiles } from './record';

export interface TailListener {
  /** New events, in order; never empty. */
  events(batch: RunEvent[]): void;
  /** The file is another one or was shortened: what was heard so far is void, and it is told again from its start. */
  reset(): void;
  /** The run's folder was deleted. Said once. */
  gone(): void;
}

const chunkBytes = 256 * 1024;
/** Bytes before the place read so far that must still be the same, lest the file was rewritten. */
const fingerprintBytes = 64;
/** A line longer than this is no event of ours. */
const longestLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/**
 * Follows the events of a run from the first to the last and on, reading each byte once. A torn last line waits until
 * it is whole; a line that never was is passed over.
 */
export class EventTail {
  private readonly file: string;
  private offset = 0;
  private inode: number | undefined;
  private fingerprint = Buffer.alloc(0);
  private torn = Buffer.alloc(0);
  private timer: NodeJS.Timeout | undefined;
  private reading: Promise<void> | undefined;
  private nextReading: Promise<void> | undefined;
  private saidGone = false;
  private disposed = false;

  constructor(
    private readonly directory: string,
    private readonly listener: TailListener,
    private readonly options: { readonly pollMilliseconds?: number } = {},
  ) {
    this.file = path.join(directory, runFiles.events);
  }

  /** Looks again and again until disposed. */
  start(): void {
    const next = () => {
      if (this.disposed) return;
      this.timer = setTimeout(() => void this.poll().finally(next), this.options.pollMilliseconds ?? 200);
    };
    void this.poll().finally(next);
  }

  /** Resolves once everything that is in the file at this moment was told. Calls during one reading share the next. */
  poll(): Promise<void> {
    if (this.reading) {
      // What is under way may have looked at the file's end already.
      this.nextReading ??= this.reading.then(() => {
        this.nextReading = undefined;
        return this.poll();
      });
      return this.nextReading;
    }
    this.reading = this.read().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  private async read(): Promise<void> {
    if (this.disposed) return;
    let handle: fs.FileHandle;
    try {
      handle = await fs.open(this.file, 'r');
    } catch {
      return this.missing();
    }
    try {
      this.saidGone = false;
      const { size, ino } = await handle.stat();
      if (!(await this.continues(handle, size, ino))) this.restart();
      this.inode = ino;
      await this.readFrom(handle, size);
    } catch {
      // A network file system that is away for a moment: the next look will tell.
    } finally {
      await handle.close().catch(() => undefined);
    }
  }

  private async missing(): Promise<void> {
    const exists = await fs.stat(this.directory).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    );
    if (this.disposed) return;
    if (exists && this.offset > 0) this.restart();
    if (exists || this.saidGone) return;
    this.saidGone = true;
    this.listener.gone();
  }

  private async continues(handle: fs.FileHandle, size: number, inode: number): Promise<boolean> {
    if (this.offset === 0) return true;
    if (size < this.offset || inode !== this.inode) return false;
    const { length } = this.fingerprint;
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, this.offset - length);
    return buffer.equals(this.fingerprint);
  }

  private restart(): void {
    if (this.disposed) return;
    this.offset = 0;
    this.inode = undefined;
    this.torn = Buffer.alloc(0);
    this.fingerprint = Buffer.alloc(0);
    this.listener.reset();
  }

  private async readFrom(handle: fs.FileHandle, size: number): Promise<void> {
    while (!this.disposed && this.offset < size) {
      const length = Math.min(chunkBytes, size - this.offset);
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, this.offset);
      if (bytesRead === 0 || this.disposed) return;
      const bytes = buffer.subarray(0, bytesRead);
      this.offset += bytesRead;
      this.fingerprint = Buffer.concat([this.fingerprint, bytes]).subarray(-fingerprintBytes);
      const batch = this.take(bytes);
      if (batch.length > 0) this.listener.events(batch);
    }
  }

  private take(bytes: Buffer): RunEvent[] {
    const end = bytes.lastIndexOf(newline) + 1;
    const whole = end > 0 ? Buffer.concat([this.torn, bytes.subarray(0, end)]) : Buffer.alloc(0);
    const rest = end > 0 ? bytes.subarray(end) : Buffer.concat([this.torn, bytes]);
    this.torn = rest.length > longestLineBytes ? Buffer.alloc(0) : Buffer.from(rest);
    return whole
      .toString('utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (parseEvent(line) ?? [])));
  }
}
