import type { Mask } from './mask';

/** How the scores of a block's weights become one. */
export type Pooling = 'mean' | 'max';

/**
 * A weight seen as blocks of `rows` input by `columns` output channels, so that rules for single weights work on whole
 * blocks. Blocks at the far edges may be smaller. A convolution has such blocks at every place of its kernel.
 */
export class BlockView {
  readonly count: number;
  /** Whether all blocks are of the same size. */
  readonly even: boolean;
  private readonly inputs: number;
  private readonly outputs: number;
  private readonly across: number;
  private readonly down: number;

  /** @param shape `[..., input, output]` */
  constructor(
    shape: readonly number[],
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.outputs = shape.at(-1) as number;
    this.inputs = shape.at(-2) ?? 1;
    this.across = Math.ceil(this.outputs / columns);
    this.down = Math.ceil(this.inputs / rows);
    const matrices = shape.slice(0, -2).reduce((all, side) => all * side, 1);
    this.count = matrices * this.down * this.across;
    this.even = this.outputs % columns === 0 && this.inputs % rows === 0;
  }

  /** One score a block, of the magnitudes of its weights. */
  pool(values: Float32Array, pooling: Pooling): Float32Array {
    const pooled = new Float64Array(this.count);
    const sizes = new Int32Array(this.count);
    for (let place = 0; place < values.length; place++) {
      const block = this.blockOf(place);
      const strength = Math.abs(values[place] as number);
      const before = pooled[block] as number;
      pooled[block] = pooling === 'max' ? Math.max(before, strength) : before + strength;
      sizes[block] = (sizes[block] as number) + 1;
    }
    if (pooling === 'max') return Float32Array.from(pooled);
    return Float32Array.from(pooled, (sum, block) => sum / (sizes[block] as number));
  }

  /** Blocks with an active weight. */
  reduce(mask: Mask): Mask {
    const blocks = new Uint8Array(this.count);
    for (let place = 0; place < mask.length; place++) if (mask[place] === 1) blocks[this.blockOf(place)] = 1;
    return blocks;
  }

  /** The mask of weights of a mask of blocks. */
  expand(blocks: Mask, size: number): Mask {
    const mask = new Uint8Array(size);
    for (let place = 0; place < size; place++) mask[place] = blocks[this.blockOf(place)] as number;
    return mask;
  }

  private blockOf(place: number): number {
    const column = place % this.outputs;
    const row = Math.floor(place / this.outputs) % this.inputs;
    const matrix = Math.floor(place / (this.outputs * this.inputs));
    const inMatrix = Math.floor(row / this.rows) * this.across + Math.floor(column / this.columns);
    return matrix * this.down * this.across + inMatrix;
  }
}
