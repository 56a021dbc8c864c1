import fs from 'node:fs/promises';
import { countBits, wordsOf, type MaskBits } from './maskBits';
import { toggleCoded, type CodedBits } from './maskCode';
import { checksum } from './maskFrame';
import { damaged, MaskIndex, type MaskFrame, type StoredFrame } from './maskIndex';

/** Positions to be turned over, coded as they lie in the file. */
export interface MaskLink extends CodedBits {
  /** How many positions. */
  readonly ones: number;
}

/** Reads masks of a run at any step. */
export class MaskReader {
  private readonly index: MaskIndex;

  constructor(directory: string) {
    this.index = new MaskIndex(directory);
  }

  get frames(): readonly MaskFrame[] {
    return this.index.frames;
  }

  /** See {@link MaskIndex.poll}. */
  poll(): Promise<boolean> {
    return this.index.poll();
  }

  /** Counts how often frames that were told no longer count. */
  get revision(): number {
    return this.index.generation;
  }

  /** Whether a frame is told by what changed since the frame before; else it is told whole. */
  follows(frame: number): boolean {
    const before = this.index.frames[frame - 1];
    return before !== undefined && this.index.frames[frame]?.before === before;
  }

  /**
   * What makes a weight's mask in a frame, one after the other: out of the frame before where it {@link follows} that,
   * out of zeros else.
   *
   * @throws Error that names file and offset where the file is damaged
   */
  links(frame: number, weight: number): Promise<MaskLink[]> {
    const stored = this.stored(frame);
    const path = this.follows(frame) ? [stored] : fromWhole(stored);
    return this.reading(path, weight);
  }

  /** The mask of a weight in a frame; throws likewise. */
  async mask(frame: number, weight: number): Promise<MaskBits> {
    const stored = this.stored(frame);
    const size = sizeOf(stored, weight);
    const bits: MaskBits = new Uint32Array(wordsOf(size));
    for (const link of await this.reading(fromWhole(stored), weight))
      toggleCoded(bits, link, size, link.ones);
    if (countBits(bits) !== stored.parts[weight]?.active)
      throw damaged(this.index.file, stored.offsets[weight] ?? 0, new Error('its count is another one'));
    return bits;
  }

  private stored(frame: number): StoredFrame {
    const stored = this.index.frames[frame];
    if (!stored) throw new RangeError(`frame ${frame} of ${this.index.frames.length}`);
    return stored;
  }

  private async reading(path: readonly StoredFrame[], weight: number): Promise<MaskLink[]> {
    const handle = await fs.open(this.index.file, 'r').catch((error: NodeJS.ErrnoException) => {
      throw new Error(`Cannot read ${this.index.file}: ${error.message}`, { cause: error });
    });
    try {
      const links: MaskLink[] = [];
      for (const frame of path) links.push(await this.link(handle, frame, weight));
      return links;
    } finally {
      await handle.close();
    }
  }

  private async link(handle: fs.FileHandle, frame: StoredFrame, weight: number): Promise<MaskLink> {
    const part = frame.parts[weight];
    const offset = frame.offsets[weight];
    if (!part || offset === undefined) throw new RangeError(`weight ${weight} of ${frame.parts.length}`);
    const words = new Uint32Array(part.bytes / 4);
    const bytes = new Uint8Array(words.buffer);
    try {
      const { bytesRead } = await handle.read(bytes, 0, part.bytes, offset);
      if (bytesRead < part.bytes) throw new Error('the file ends here');
      if (checksum(bytes) !== part.crc)
        throw new Error(`the mask of ${frame.weights[weight]?.name} does not match its checksum`);
      return { form: part.form, words, ones: frame.before ? part.grown + part.dropped : part.active };
    } catch (error) {
      throw damaged(this.index.file, offset, error);
    }
  }
}

/** Positions of a weight. */
export function sizeOf({ weights }: MaskFrame, weight: number): number {
  return weights[weight]?.shape.reduce((product, each) => product * each, 1) ?? 0;
}

/** The whole frame that a frame builds on, and the changes since. */
function fromWhole(frame: StoredFrame): StoredFrame[] {
  const path = [frame];
  for (let at = frame.before; at; at = at.before) path.unshift(at);
  return path;
}
