import { product } from './distribution';

/** How a weight lies in its tensor. */
export interface Layout {
  /**
   * What the last two axes are: input and output channels, output and input channels of transposed convolutions, or
   * channels and multipliers of depthwise ones, whose every channel has outputs of its own.
   */
  readonly axes: 'inputOutput' | 'outputInput' | 'depthwise';
  /** Gates of a recurrent kernel, whose columns lie beside each other in this order; empty: there are none. */
  readonly gates: readonly string[];
}

export const plainLayout: Layout = { axes: 'inputOutput', gates: [] };

/** Where in a weight a part lies: some columns of its matrices of `rows` by `columns`, or all, turned. */
interface Place {
  readonly rows: number;
  readonly columns: number;
  readonly begin: number;
  readonly width: number;
  readonly turned: boolean;
}

/** A part of a weight that methods treat by itself: a gate of a recurrent kernel, elsewhere the whole weight. */
export class Part {
  readonly size: number;

  private constructor(
    readonly name: string,
    /** Its axes in the weight's own order. */
    readonly shape: readonly number[],
    /** What rules see: `[..., input, output]`. */
    readonly matrix: readonly number[],
    private readonly place: Place,
  ) {
    this.size = product(shape);
  }

  /** The parts of a weight. */
  static of(name: string, shape: readonly number[], { axes, gates }: Layout): Part[] {
    const sides = shape.slice(0, -2);
    const [rows, columns] = [shape.at(-2) as number, shape.at(-1) as number];
    const all: Place = { rows, columns, begin: 0, width: columns, turned: false };
    if (axes === 'outputInput')
      return [new Part(name, shape, [...sides, columns, rows], { ...all, turned: true })];
    if (axes === 'depthwise') return [new Part(name, shape, [product(sides), rows * columns], all)];
    if (gates.length === 0) return [new Part(name, shape, shape, all)];
    const width = columns / gates.length;
    const own = [...sides, rows, width];
    return gates.map((gate, i) => new Part(`${name}/${gate}`, own, own, { ...all, begin: i * width, width }));
  }

  /** Whether it is the weight, in the weight's own order. */
  get isWhole(): boolean {
    const { turned, width, columns } = this.place;
    return !turned && width === columns;
  }

  /** Its values out of those of the weight, in the order of `matrix`; the weight's own array where it is the whole. */
  take<T extends Float32Array | Uint8Array>(weight: T): T {
    if (this.isWhole) return weight;
    const own = new (weight.constructor as new (size: number) => T)(this.size);
    this.each((inWeight, at) => {
      own[at] = weight[inWeight] as number;
    });
    return own;
  }

  /** Writes its values into those of the weight. */
  put<T extends Float32Array | Uint8Array>(own: T, weight: T): void {
    this.each((inWeight, at) => {
      weight[inWeight] = own[at] as number;
    });
  }

  private each(visit: (inWeight: number, at: number) => void): void {
    const { rows, columns, begin, width, turned } = this.place;
    let at = 0;
    if (turned)
      for (let matrix = 0; at < this.size; matrix += rows * columns)
        for (let column = 0; column < columns; column++)
          for (let row = 0; row < rows; row++) visit(matrix + row * columns + column, at++);
    else
      for (let row = begin; at < this.size; row += columns)
        for (let column = 0; column < width; column++) visit(row + column, at++);
  }
}
