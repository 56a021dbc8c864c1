import fs from 'node:fs/promises';
import { countBits, differing, toggle, wordsOf, type MaskBits } from './maskBits';
import { decodeBits } from './maskCode';
import { checksum } from './maskFrame';
import { damaged, MaskIndex, type MaskFrame, type StoredFrame } from './maskIndex';

interface Decoded {
  readonly frame: StoredFrame;
  readonly bits: MaskBits;
}

/**
 * Reads masks of a run at any step. What was read last of each weight is kept, so that the steps next to it cost
 * what changed between them and no more.
 */
export class MaskReader {
  private readonly index: MaskIndex;
  private readonly decoded = new Map<number, Decoded>();
  private generation = 0;

  constructor(directory: string) {
    this.index = new MaskIndex(directory);
  }

  get frames(): readonly MaskFrame[] {
    return this.index.frames;
  }

  /** See {@link MaskIndex.poll}. */
  async poll(): Promise<boolean> {
    const news = await this.index.poll();
    if (this.index.generation !== this.generation) this.decoded.clear();
    this.generation = this.index.generation;
    return news;
  }

  /** Counts how often frames that were told no longer count. */
  get revision(): number {
    return this.index.generation;
  }

  /**
   * The mask of a weight in a frame.
   *
   * @throws Error that names file and offset where the file is damaged
   */
  mask(frame: number, weight: number): Promise<MaskBits> {
    return this.at(this.stored(frame), weight);
  }

  /** Positions in which a mask differs from that of the frame before; of the first frame, none. Throws likewise. */
  async changes(frame: number, weight: number): Promise<MaskBits> {
    const now = this.stored(frame);
    const before = this.index.frames[frame - 1];
    if (!before || weight >= before.weights.length) return new Uint32Array(wordsOf(sizeOf(now, weight)));
    if (now.before === before) return this.reading((handle) => this.part(handle, now, weight));
    const earlier = await this.at(before, weight);
    return differing(await this.at(now, weight), earlier);
  }

  /** Lets go of what was decoded. */
  forget(): void {
    this.decoded.clear();
  }

  private stored(frame: number): StoredFrame {
    const stored = this.index.frames[frame];
    if (!stored) throw new RangeError(`frame ${frame} of ${this.index.frames.length}`);
    return stored;
  }

  /** Goes from what was decoded last, or else from a whole frame. Who goes on from it meanwhile has it alone. */
  private at(frame: StoredFrame, weight: number): Promise<MaskBits> {
    return this.reading(async (handle) => {
      const last = this.decoded.get(weight);
      const ahead = last && pathBetween(last.frame, frame);
      const behind = last && pathBetween(frame, last.frame);
      const path = ahead ?? behind;
      const cost = (frames: readonly StoredFrame[]) =>
        frames.reduce((sum, each) => sum + (each.parts[weight]?.bytes ?? 0), 0);
      const all = fromWhole(frame);
      const near = last && path && cost(path) <= cost(all);
      const [first, ...rest] = all;
      this.decoded.delete(weight);
      const bits = near ? last.bits : await this.part(handle, first, weight);
      for (const change of near ? path : rest) toggle(bits, await this.part(handle, change, weight));
      this.decoded.set(weight, { frame, bits });
      return bits.slice();
    });
  }

  private async part(handle: fs.FileHandle, frame: StoredFrame, weight: number): Promise<MaskBits> {
    const part = frame.parts[weight];
    const offset = frame.offsets[weight];
    if (!part || offset === undefined) throw new RangeError(`weight ${weight} of ${frame.parts.length}`);
    const words = new Uint32Array(part.bytes / 4);
    try {
      const { bytesRead } = await handle.read(new Uint8Array(words.buffer), 0, part.bytes, offset);
      if (bytesRead < part.bytes) throw new Error('the file ends here');
      if (checksum(new Uint8Array(words.buffer)) !== part.crc)
        throw new Error(`the mask of ${frame.weights[weight]?.name} does not match its checksum`);
      const ones = frame.before ? part.grown + part.dropped : part.active;
      const bits = decodeBits({ form: part.form, words }, sizeOf(frame, weight), ones);
      if (countBits(bits) !== ones) throw new Error('its count is another one');
      return bits;
    } catch (error) {
      throw damaged(this.index.file, offset, error);
    }
  }

  private async reading<T>(work: (handle: fs.FileHandle) => Promise<T>): Promise<T> {
    const handle = await fs.open(this.index.file, 'r');
    try {
      return await work(handle);
    } finally {
      await handle.close();
    }
  }
}

/** Positions of a weight. */
export function sizeOf({ weights }: MaskFrame, weight: number): number {
  return weights[weight]?.shape.reduce((product, each) => product * each, 1) ?? 0;
}

/** The changes that lead from one frame to a later one, which forwards and backwards are the same; none, undefined. */
function pathBetween(from: StoredFrame, to: StoredFrame): StoredFrame[] | undefined {
  const path: StoredFrame[] = [];
  for (let at: StoredFrame | undefined = to; at !== from; at = at.before) {
    if (!at.before || at.depth <= from.depth) return undefined;
    path.push(at);
  }
  return path;
}

function fromWhole(frame: StoredFrame): [StoredFrame, ...StoredFrame[]] {
  const path: [StoredFrame, ...StoredFrame[]] = [frame];
  while (path[0].before) path.unshift(path[0].before);
  return path;
}
