import { nativeOf, type TensorData, type WasmBackend } from './native';

/** Whose values are packed: its data may become another's, as a variable's does when it is assigned. */
export interface Owner {
  readonly dataId: object;
}

/** The places of the active values among all of a tensor. */
export interface Places {
  readonly active: number;
  /** Address of as many integers. */
  readonly positions: number;
}

type Hidden = Pick<TensorData, 'memoryOffset' | 'id'>;

/** Data that does not say where it is without notice: by whom, and where. */
const guards = new WeakMap<TensorData, { readonly by: Packed; readonly hidden: Hidden }>();

/** Where the values of a tensor are when they are in their dense places, whether they are there now or not. */
export function restingPlace(backend: WasmBackend, { dataId }: Owner): number {
  const data = backend.dataIdMap.get(dataId);
  return (guards.get(data)?.hidden ?? data).memoryOffset;
}

/**
 * The active values of a sparse tensor one behind the other, so that no cache line is touched for a single number. While
 * only these are true the tensor's own memory is out of date. Whoever asks where that is, as every kernel does and
 * whoever reads values, finds it brought up to date; these are given up then, since he may write there.
 */
export class Packed {
  /** Where values are true. */
  private truth: 'dense' | 'both' | 'packed' = 'dense';
  private data: TensorData | undefined;

  /** @param values address of room for all of them */
  constructor(
    private readonly backend: WasmBackend,
    readonly owner: Owner,
    private readonly places: Places,
    readonly values: number,
  ) {}

  /** The address of the values, to read. */
  read(): number {
    this.again(() => {
      if (this.isThere) this.gather();
    });
    return this.values;
  }

  /** The address of the values, to change: dense places are out of date from now on. */
  change(): number {
    this.again(() => {
      if (!this.isThere) return;
      this.gather();
      this.truth = 'packed';
    });
    return this.values;
  }

  /** The address for values that will all be written: dense places are out of date from now on. */
  overwrite(): number {
    this.again(() => {
      if (!this.isThere) return;
      this.guard();
      this.truth = 'packed';
    });
    return this.values;
  }

  /** Brings the dense places up to date, and gives up the values here. */
  unpack(): void {
    this.again(() => this.scatter());
  }

  /** Has it be noticed, once, if somebody asks for the dense places, true as they may be. */
  watch(): void {
    if (this.isThere) this.guard();
  }

  /** Whether the data of the owner is on this backend. */
  get isThere(): boolean {
    return this.backend.dataIdMap.has(this.owner.dataId);
  }

  /** In a recorded step values move to and fro each time it is done, as they have to then. */
  private again(work: () => void): void {
    nativeOf(this.backend).again(work);
  }

  private gather(): void {
    const { hidden } = this.guard();
    if (this.truth !== 'dense') return;
    this.move('pack', hidden.memoryOffset, this.values);
    this.truth = 'both';
  }

  private scatter(): void {
    const { data, truth } = this;
    this.truth = 'dense';
    const guard = data && guards.get(data);
    if (!data || guard?.by !== this) return;
    guards.delete(data);
    for (const key of ['memoryOffset', 'id'] as const)
      Object.defineProperty(data, key, { value: guard.hidden[key], writable: true });
    if (truth === 'packed') this.move('unpack', this.values, guard.hidden.memoryOffset);
  }

  private move(kernel: 'pack' | 'unpack', from: number, to: number): void {
    const { active, positions } = this.places;
    nativeOf(this.backend).share(kernel, 4 * active, active, positions, from, to);
  }

  /** Sees to it that the owner's data, as it is now, says where it is only after this has heard of it. */
  private guard(): { readonly hidden: Hidden } {
    const data = this.backend.dataIdMap.get(this.owner.dataId);
    // Clones may still have what was the owner's.
    if (data !== this.data) this.scatter();
    this.data = data;
    const known = guards.get(data);
    if (known?.by === this) return known;
    known?.by.scatter();
    const hidden = { memoryOffset: data.memoryOffset, id: data.id };
    for (const key of ['memoryOffset', 'id'] as const)
      Object.defineProperty(data, key, {
        get: () => {
          this.unpack();
          return data[key];
        },
        set: (value: number) => {
          this.unpack();
          data[key] = value;
        },
        configurable: true,
      });
    const guard = { by: this, hidden };
    guards.set(data, guard);
    return guard;
  }
}
