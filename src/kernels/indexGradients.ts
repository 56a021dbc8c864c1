import type { Tensor, Tf } from './register';

type GradientFunction = (dy: Tensor, saved: Tensor[], attrs: never) => Record<string, () => Tensor>;

/** Gradients, which TensorFlow.js lacks, of what only picks numbers or puts them elsewhere. */
export function registerIndexGradients(tf: Tf): void {
  const add = (kernelName: string, inputsToSave: string[], gradFunc: GradientFunction) =>
    tf.registerGradient({ kernelName, inputsToSave, gradFunc: gradFunc as never });

  add('GatherNd', ['params', 'indices'], (dy, saved) => {
    const [params, indices] = saved as [Tensor, Tensor];
    return {
      params: () => tf.scatterND(indices, dy, params.shape),
      indices: () => tf.zerosLike(indices),
    };
  });
  add('ScatterNd', ['indices'], (dy, saved) => {
    const [indices] = saved as [Tensor];
    return { indices: () => tf.zerosLike(indices), updates: () => tf.gatherND(dy, indices) };
  });
  // The places of what was taken are what the same slice takes of all places.
  add('StridedSlice', ['x'], (dy, saved, attrs) => ({
    x: () => {
      const [x] = saved as [Tensor];
      const all = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape);
      const taken: Tensor = tf.engine().runKernel('StridedSlice', { x: all }, attrs);
      const places = tf.reshape(taken, [taken.size]) as never;
      return tf.reshape(tf.unsortedSegmentSum(tf.reshape(dy, [dy.size]), places, x.size), x.shape);
    },
  }));
}
