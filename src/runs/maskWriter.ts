import fs from 'node:fs';
import path from 'node:path';
import { AppendFile } from './appendFile';
import { countBits, differing, packMask, type MaskBits } from './maskBits';
import { encodeBits, type CodedBits } from './maskCode';
import {
  encodeFrame,
  encodeLayout,
  headBytes,
  readLengths,
  type MaskFigures,
  type RecordedWeight,
} from './maskFrame';
import { runFiles } from './record';
import { StorageError } from './storageError';

/**
 * To show any step, changes since a whole frame are read. So many bytes of them for one of the whole frame's keep the
 * file small and every step near.
 */
const changesPerWhole = 2;

interface Encoded {
  readonly figures: MaskFigures;
  readonly coded: CodedBits;
}

/** Writes the masks of one attempt to `masks.bin`: see maskFrame.ts. Never blocks on the disk, and never throws. */
export class MaskWriter {
  private readonly file: AppendFile;
  private weights: readonly RecordedWeight[] = [];
  private last: readonly MaskBits[] = [];
  private wholeBytes = 0;
  private changeBytes = 0;
  private damage: StorageError | undefined;

  /** What a killed attempt left torn at the file's end is cut off: nobody can read it. */
  constructor(
    directory: string,
    private readonly attempt: number,
  ) {
    const file = path.join(directory, runFiles.masks);
    this.file = new AppendFile(file);
    try {
      cutTornEnd(file);
    } catch (error) {
      this.damage = StorageError.from(error, file);
    }
  }

  /** Why masks are no longer written, if so. */
  get failed(): StorageError | undefined {
    return this.damage ?? this.file.failed;
  }

  /**
   * The masks that this attempt starts with.
   *
   * @param step last step done: 0 for a new run. Frames of earlier attempts from this step on no longer count
   * @param masks one byte a weight, 0 or 1, in the weight's own row-major order
   */
  begin(step: number, weights: readonly RecordedWeight[], masks: readonly Uint8Array[]): void {
    this.weights = weights;
    this.last = [];
    this.append(encodeLayout(this.attempt, weights));
    this.write(step, masks);
  }

  /** The masks after an update at `step`. */
  update(step: number, masks: readonly Uint8Array[]): void {
    this.write(step, masks);
  }

  /** Resolves once all masks so far can be read by others; rejects with StorageError. */
  async flush(): Promise<void> {
    if (this.damage) throw this.damage;
    await this.file.flush();
  }

  /** Puts all masks on the disk and lets go of the file; rejects with StorageError. */
  async close(): Promise<void> {
    await this.file.close();
    if (this.damage) throw this.damage;
  }

  /** The last resort of a process about to exit; throws StorageError. */
  flushSync(): void {
    if (this.damage) throw this.damage;
    this.file.flushSync();
  }

  private write(step: number, masks: readonly Uint8Array[]): void {
    if (this.failed) return;
    const now = masks.map(packMask);
    const before = this.last;
    this.last = now;
    const changed = now.map((bits, i) => differing(bits, before[i] ?? bits));
    const figures = now.map((bits, i) => ({
      active: countBits(bits),
      ...countChanges(bits, changed[i] as MaskBits),
      ...countDead(masks[i] as Uint8Array, this.weights[i] as RecordedWeight),
    }));
    if (before.length > 0) {
      const changes = figures.map((each, i): Encoded => {
        const coded = encodeBits(changed[i] as MaskBits, each.grown + each.dropped);
        return { figures: each, coded };
      });
      this.changeBytes += bytesOf(changes);
      if (this.changeBytes <= changesPerWhole * this.wholeBytes) {
        this.append(encodeFrame('delta', this.attempt, step, changes));
        return;
      }
    }
    const whole = figures.map((each, i): Encoded => ({
      figures: each,
      coded: encodeBits(now[i] as MaskBits, each.active),
    }));
    this.wholeBytes = bytesOf(whole);
    this.changeBytes = 0;
    this.append(encodeFrame('whole', this.attempt, step, whole));
  }

  private append(bytes: Buffer): void {
    if (!this.damage) this.file.append(bytes);
  }
}

function bytesOf(parts: readonly Encoded[]): number {
  return parts.reduce((sum, { coded }) => sum + coded.words.byteLength, 0);
}

function countChanges(bits: MaskBits, changed: MaskBits): { grown: number; dropped: number } {
  const all = countBits(changed);
  const grown = countBits(changed.map((word, i) => word & (bits[i] as number)));
  return { grown, dropped: all - grown };
}

function countDead(
  mask: Uint8Array,
  { kind, shape, transposed }: RecordedWeight,
): Pick<MaskFigures, 'deadOutputs' | 'deadInputs'> {
  const last = shape.at(-1) ?? 1;
  const inputs = shape.at(-2) ?? 1;
  // Each channel of a depthwise kernel has outputs of its own.
  const outputs = kind === 'depthwise' ? inputs * last : last;
  const hasInput = new Uint8Array(outputs);
  const hasOutput = new Uint8Array(inputs);
  for (let at = 0, input = 0; at < mask.length; input = (input + 1) % inputs) {
    const from = kind === 'depthwise' ? input * last : 0;
    let any = 0;
    for (let output = from; output < from + last; output++, at++) {
      const bit = mask[at] as number;
      any |= bit;
      hasInput[output] = (hasInput[output] as number) | bit;
    }
    hasOutput[input] = (hasOutput[input] as number) | any;
  }
  const [deadColumns, deadRows] = [zeros(hasInput), zeros(hasOutput)];
  return transposed
    ? { deadOutputs: deadRows, deadInputs: deadColumns }
    : { deadOutputs: deadColumns, deadInputs: deadRows };
}

function zeros(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
}

/** Cuts the file where its last whole frame ends. */
function cutTornEnd(file: string): void {
  if (!fs.existsSync(file)) return;
  const descriptor = fs.openSync(file, 'r+');
  try {
    const { size } = fs.fstatSync(descriptor);
    const head = Buffer.alloc(headBytes);
    let end = 0;
    while (end + headBytes <= size) {
      fs.readSync(descriptor, head, 0, headBytes, end);
      const next = end + frameBytes(head);
      if (!(next <= size)) break;
      end = next;
    }
    if (end < size) fs.ftruncateSync(descriptor, end);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** NaN where no frame begins: a power failure can leave zeros. */
function frameBytes(head: Buffer): number {
  try {
    const { table, data } = readLengths(head);
    return headBytes + table + data;
  } catch {
    return NaN;
  }
}
