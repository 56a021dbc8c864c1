import type * as tfjs from '@tensorflow/tfjs';
import type { Phase } from '../cost/work';
import type { Tf } from './tfInstance';

interface Scoped {
  readonly state: { readonly scopeStack: readonly { readonly name: string | null }[] };
}
type ApplyGradients = (this: tfjs.Optimizer, gradients: unknown) => void;

/** Tells which part of a training step is being executed. One per process: it stays in TensorFlow.js. */
export class PhaseSensor {
  private static readonly sensors = new WeakMap<Tf, PhaseSensor>();
  /** Called when an optimizer has updated its weights; its error passes through the code that trains. */
  updated: (() => void) | undefined;
  private readonly engine: Scoped;
  private readonly watched = new WeakSet<object>();
  private updates = 0;

  private constructor(tf: Tf) {
    this.engine = tf.engine();
    const optimizers = [
      ...[tf.SGDOptimizer, tf.MomentumOptimizer, tf.AdagradOptimizer, tf.AdadeltaOptimizer],
      ...[tf.AdamOptimizer, tf.AdamaxOptimizer, tf.RMSPropOptimizer],
    ];
    for (const { prototype } of optimizers) this.watchPrototype(prototype);
  }

  static of(tf: Tf): PhaseSensor {
    const sensor = PhaseSensor.sensors.get(tf) ?? new PhaseSensor(tf);
    PhaseSensor.sensors.set(tf, sensor);
    return sensor;
  }

  /** Makes the updates of an optimizer that the user has written known. Those of TensorFlow.js are. */
  watch(optimizer: tfjs.Optimizer): void {
    this.watchPrototype(Object.getPrototypeOf(optimizer) as object);
  }

  /** `gradients()` opens scopes named forward and backward; what is in neither and no update is data. */
  current(): Phase {
    if (this.updates > 0) return 'optimizer';
    const { scopeStack } = this.engine.state;
    for (let i = scopeStack.length - 1; i >= 0; i--) {
      const name = scopeStack[i]?.name;
      if (name === 'forward' || name === 'backward') return name;
    }
    return 'data';
  }

  private watchPrototype(prototype: object): void {
    if (this.watched.has(prototype) || !Object.hasOwn(prototype, 'applyGradients')) return;
    this.watched.add(prototype);
    const sensor = this;
    const optimizer = prototype as { applyGradients: ApplyGradients };
    const original = optimizer.applyGradients;
    optimizer.applyGradients = function (gradients) {
      sensor.updates++;
      try {
        original.call(this, gradients);
      } finally {
        sensor.updates--;
      }
      if (sensor.updates === 0) sensor.updated?.();
    };
  }
}
