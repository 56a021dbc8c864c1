import fs from 'node:fs';
import { StorageError } from './storageError';

/** What was appended is handed to the operating system after this at the latest. */
const delayMilliseconds = 100;
const blockBytes = 256 * 1024;
/** How long a last synchronous flush waits for a write that is under way. */
const lastWriteMilliseconds = 2000;

/**
 * Appends to a file without ever blocking its caller: text and bytes gather in memory and go out in one write at a
 * time, in order. After a failed write nothing more is written, and {@link failed} says why.
 */
export class AppendFile {
  private readonly waiting: Buffer[] = [];
  private handle: fs.promises.FileHandle | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pumping: Promise<void> | undefined;
  /** What the write under way will make of the file, in bytes. */
  private expectedBytes: number | undefined;
  private closed = false;

  failed: StorageError | undefined;

  /** @param repair given the last byte of a file that is not empty, says what must precede the first append */
  constructor(
    readonly path: string,
    private readonly repair: (lastByte: number) => Buffer | undefined = () => undefined,
  ) {}

  append(bytes: Buffer): void {
    if (this.failed || this.closed) return;
    this.waiting.push(bytes);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.pump();
    }, delayMilliseconds);
  }

  /** Resolves once everything appended so far is with the operating system; rejects with {@link StorageError}. */
  async flush(): Promise<void> {
    while (!this.failed && (this.waiting.length > 0 || this.pumping)) await this.pump();
    if (this.failed) throw this.failed;
  }

  /** Flushes to the disk itself and closes the file; rejects with {@link StorageError}. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    try {
      await this.flush();
      await this.handle?.datasync();
    } catch (error) {
      throw StorageError.from(error, this.path);
    } finally {
      this.closed = true;
      await this.handle?.close().catch(() => undefined);
    }
  }

  /** For a process about to exit: waits for the write under way, then writes the rest. Throws {@link StorageError}. */
  flushSync(): void {
    clearTimeout(this.timer);
    if (this.failed || this.closed) return;
    try {
      this.awaitWriteUnderWay();
      const bytes = Buffer.concat(this.waiting.splice(0));
      if (bytes.length === 0) return;
      const descriptor = fs.openSync(this.path, 'a+');
      try {
        if (!this.handle) fs.writeFileSync(descriptor, this.prefix(descriptor));
        fs.writeFileSync(descriptor, bytes);
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      this.failed = StorageError.from(error, this.path);
      throw this.failed;
    }
  }

  private pump(): Promise<void> {
    this.pumping ??= this.writeWaiting().finally(() => {
      this.pumping = undefined;
    });
    return this.pumping;
  }

  private async writeWaiting(): Promise<void> {
    try {
      this.handle ??= await this.open();
      while (this.waiting.length > 0 && !this.closed) {
        const bytes = this.takeBlock();
        this.expectedBytes = fs.fstatSync(this.handle.fd).size + bytes.length;
        const { bytesWritten } = await this.handle.write(bytes);
        this.expectedBytes = undefined;
        if (bytesWritten < bytes.length) this.waiting.unshift(bytes.subarray(bytesWritten));
      }
    } catch (error) {
      this.waiting.length = 0;
      this.failed = StorageError.from(error, this.path);
    }
  }

  /** One system call's worth: what is under way when a process exits must not need its event loop. */
  private takeBlock(): Buffer {
    let count = 0;
    let bytes = 0;
    while (count < this.waiting.length && bytes < blockBytes) bytes += this.waiting[count++]?.length ?? 0;
    return Buffer.concat(this.waiting.splice(0, count));
  }

  private async open(): Promise<fs.promises.FileHandle> {
    const handle = await fs.promises.open(this.path, 'a+');
    await handle.appendFile(this.prefix(handle.fd));
    return handle;
  }

  private prefix(descriptor: number): Buffer {
    const { size } = fs.fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size === 0 || fs.readSync(descriptor, last, 0, 1, size - 1) === 0) return Buffer.alloc(0);
    return this.repair(last[0] as number) ?? Buffer.alloc(0);
  }

  /** The write under way belongs to a thread that goes on while this one sleeps. */
  private awaitWriteUnderWay(): void {
    if (this.expectedBytes === undefined) return;
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const deadline = Date.now() + lastWriteMilliseconds;
    while (fs.statSync(this.path).size < this.expectedBytes && Date.now() < deadline)
      Atomics.wait(clock, 0, 0, 1);
  }
}
