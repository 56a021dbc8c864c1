import type * as tfjs from '@tensorflow/tfjs';

type Keyed<T> = Record<symbol, T | undefined>;

/**
 * Values by the id of a tensor's storage, kept on the id itself. TensorFlow.js keeps them in weak maps, and collecting
 * the garbage of 100,000 entries of those takes longer than a trace.
 */
export class IdTable<T> {
  private readonly key = Symbol('value');
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(id: tfjs.DataId): boolean {
    return this.get(id) !== undefined;
  }

  get(id: tfjs.DataId): T | undefined {
    return (id as Keyed<T>)[this.key];
  }

  set(id: tfjs.DataId, value: T): this {
    if (!this.has(id)) this.count++;
    (id as Keyed<T>)[this.key] = value;
    return this;
  }

  delete(id: tfjs.DataId): boolean {
    if (!this.has(id)) return false;
    this.count--;
    (id as Keyed<T>)[this.key] = undefined;
    return true;
  }
}
