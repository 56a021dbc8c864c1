import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../train/tfInstance';

interface Initializing {
  apply(shape: tfjs.Shape, dtype?: tfjs.DataType): tfjs.Tensor;
}

/**
 * Initialisers make tensors of the right shape from here on and draw nothing: initialising 100 million weights takes
 * plain loops of seconds, an orthogonal one thousands of kernels, and their values do not matter to a trace.
 *
 * @returns what makes them draw again
 */
export function emptyInitializers(tf: Tf): () => void {
  const undo: (() => void)[] = [];
  for (const prototype of initializerPrototypes(tf)) {
    const original = Object.getOwnPropertyDescriptor(prototype, 'apply');
    if (!original) continue;
    Object.defineProperty(prototype, 'apply', { ...original, value: emptyTensor(tf) });
    undo.push(() => Object.defineProperty(prototype, 'apply', original));
  }
  return () => undo.forEach((each) => each());
}

/** Runs `build` with {@link emptyInitializers}. */
export function withEmptyInitializers<T>(tf: Tf, build: () => T): T {
  const undo = emptyInitializers(tf);
  try {
    return build();
  } finally {
    undo();
  }
}

function emptyTensor(tf: Tf): Initializing['apply'] {
  return (shape, dtype = 'float32') =>
    tf.engine().runKernel('Fill', {}, { shape: shape as number[], value: 0, dtype });
}

/** The classes behind `tf.initializers`, and what they inherit from. */
function initializerPrototypes(tf: Tf): Set<object> {
  const found = new Set<object>();
  const some = {
    value: 0,
    minval: 0,
    maxval: 1,
    mean: 0,
    stddev: 1,
    gain: 1,
    scale: 1,
    mode: 'fanIn',
    distribution: 'normal',
  };
  for (const make of Object.values(tf.initializers) as unknown as ((config: object) => object)[]) {
    let prototype = Object.getPrototypeOf(make(some)) as object | null;
    for (
      ;
      prototype && prototype !== Object.prototype;
      prototype = Object.getPrototypeOf(prototype) as object | null
    )
      found.add(prototype);
  }
  return found;
}
