import type * as tfjs from '@tensorflow/tfjs';
import type { RecordedKernel } from './recorder';

/** Storage that was allocated in a step. Moments count allocations. */
export interface Life {
  readonly id: tfjs.DataId;
  readonly bytes: number;
  /** The first kernel that ended after it was allocated: the one that made it, or that it was made for. */
  maker?: RecordedKernel;
  /** It is freed before the allocation of this number. */
  until: number;
}

/** What is allocated and freed in a step, from which it follows what is held at any moment of it. */
export class Lives {
  /** By number of allocation. */
  readonly all: Life[] = [];
  /** What was there before the step and is freed in it. */
  readonly released: { readonly at: number; readonly id: tfjs.DataId; readonly bytes: number }[] = [];
  /** Storage that became the value of a variable. */
  readonly assigned = new Set<tfjs.DataId>();
  private readonly open = new Map<tfjs.DataId, Life>();
  private made = 0;

  allocated(id: tfjs.DataId, bytes: number): void {
    const life = { id, bytes, until: Infinity };
    this.all.push(life);
    this.open.set(id, life);
  }

  freed(id: tfjs.DataId, bytes: number): void {
    const life = this.open.get(id);
    if (life) life.until = this.all.length;
    else if (bytes > 0) this.released.push({ at: this.all.length, id, bytes });
    this.open.delete(id);
  }

  kernel(kernel: RecordedKernel): void {
    for (; this.made < this.all.length; this.made++) (this.all[this.made] as Life).maker = kernel;
  }
}
