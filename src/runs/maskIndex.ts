import fs from 'node:fs/promises';
import path from 'node:path';
import { headBytes, readHead, readLengths, type MaskPart, type RecordedWeight } from './maskFrame';
import { runFiles } from './record';

/** The masks of a run after one update. */
export interface MaskFrame {
  readonly step: number;
  readonly attempt: number;
  readonly weights: readonly RecordedWeight[];
  readonly parts: readonly MaskPart[];
}

/** A frame as it lies in the file: `before` is the one that its changes are told against. */
export interface StoredFrame extends MaskFrame {
  readonly before: StoredFrame | undefined;
  /** How many frames are between it and the whole one it builds on. */
  readonly depth: number;
  /** Where each weight's part lies. */
  readonly offsets: readonly number[];
}

const chunkBytes = 64 * 1024;

/**
 * Which frames `masks.bin` has, known from their heads alone, and followed while the file grows. A torn last frame
 * waits until it is whole.
 */
export class MaskIndex {
  readonly file: string;
  private offset = 0;
  private inode: number | undefined;
  private weights: readonly RecordedWeight[] = [];
  private last: StoredFrame | undefined;
  private kept: StoredFrame[] = [];
  private chunk = { start: 0, bytes: Buffer.alloc(0) };

  /** Counts how often frames that were told no longer count. */
  generation = 0;

  constructor(directory: string) {
    this.file = path.join(directory, runFiles.masks);
  }

  /** Steps ascending. A resumed attempt's frames take the place of those it trained again. */
  get frames(): readonly StoredFrame[] {
    return this.kept;
  }

  /**
   * Reads the heads that are new.
   *
   * @returns whether there are frames that were not there before
   * @throws Error that names file and offset where the file is damaged: frames before stay, none after can be read
   */
  async poll(): Promise<boolean> {
    const handle = await fs.open(this.file, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new Error(`Cannot read ${this.file}: ${error.message}`, { cause: error });
    });
    if (!handle) {
      if (this.offset > 0) this.restart();
      return false;
    }
    try {
      const { size, ino } = await handle.stat();
      if (size < this.offset || (this.inode !== undefined && ino !== this.inode)) this.restart();
      this.inode = ino;
      this.chunk = { start: 0, bytes: Buffer.alloc(0) };
      const before = this.offset;
      while (await this.readNext(handle, size));
      return this.offset > before;
    } finally {
      await handle.close();
    }
  }

  private restart(): void {
    this.offset = 0;
    this.inode = undefined;
    this.weights = [];
    this.last = undefined;
    this.kept = [];
    this.generation++;
  }

  private async readNext(handle: fs.FileHandle, size: number): Promise<boolean> {
    const left = size - this.offset;
    if (left < headBytes) return false;
    try {
      const { table, data } = readLengths(await this.bytes(handle, headBytes));
      const length = headBytes + table + data;
      if (left < length) return false;
      this.take(await this.bytes(handle, headBytes + table), this.offset + headBytes + table);
      this.offset += length;
      return true;
    } catch (error) {
      throw damaged(this.file, this.offset, error);
    }
  }

  /** `length` bytes from the offset on; heads lie close together, so that one reading serves many. */
  private async bytes(handle: fs.FileHandle, length: number): Promise<Buffer> {
    const { start, bytes } = this.chunk;
    if (this.offset < start || this.offset + length > start + bytes.length) {
      const buffer = Buffer.alloc(Math.max(chunkBytes, length));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.offset);
      this.chunk = { start: this.offset, bytes: buffer.subarray(0, bytesRead) };
    }
    const from = this.offset - this.chunk.start;
    return this.chunk.bytes.subarray(from, from + length);
  }

  private take(bytes: Buffer, dataAt: number): void {
    const head = readHead(bytes);
    if (head.kind === 'layout') {
      this.weights = head.weights;
      this.last = undefined;
      return;
    }
    const { kind, attempt, step, parts } = head;
    if (parts.length !== this.weights.length)
      throw new Error(`it has ${parts.length} masks, and ${this.weights.length} weights were named`);
    if (kind === 'delta' && !this.last) throw new Error('changes of masks that are not there');
    const begins = this.last === undefined;
    const before = kind === 'delta' ? this.last : undefined;
    let at = dataAt;
    const offsets = parts.map(({ bytes: length }) => {
      at += length;
      return at - length;
    });
    const replaced = this.dropFrom(step);
    const depth = before ? before.depth + 1 : 0;
    this.last = {
      step,
      attempt,
      weights: this.weights,
      parts: begins && replaced ? withChangesOf(parts, replaced.parts) : parts,
      before,
      depth,
      offsets,
    };
    this.kept.push(this.last);
  }

  /** @returns the frame of that very step, if there was one */
  private dropFrom(step: number): StoredFrame | undefined {
    let dropped: StoredFrame | undefined;
    while ((this.kept.at(-1)?.step ?? -1) >= step) dropped = this.kept.pop();
    if (dropped) this.generation++;
    return dropped?.step === step ? dropped : undefined;
  }
}

/** An attempt that begins where another had updated the masks does not know what that had changed. */
function withChangesOf(parts: readonly MaskPart[], replaced: readonly MaskPart[]): readonly MaskPart[] {
  const same =
    parts.length === replaced.length && parts.every(({ active }, i) => active === replaced[i]?.active);
  if (!same) return parts;
  return parts.map((part, i) => {
    const { grown = 0, dropped = 0 } = replaced[i] ?? {};
    return { ...part, grown, dropped };
  });
}

/** What to say of bytes that are not what was written. */
export function damaged(file: string, offset: number, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(
    `${file} is damaged at byte ${offset}: ${reason}. Masks recorded before that place can still be shown.`,
    { cause: error },
  );
}
