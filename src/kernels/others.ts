import { composed, replaceKernel, type Tensor, type Tf } from './register';

/**
 * Sums of rows by segment, which the gradient of a lookup needs: a scatter of rows adds where indices repeat. Rows of no
 * segment go to one more, which is cut off.
 */
export function registerSegmentSum(tf: Tf, backend: string): void {
  replaceKernel<{ numSegments: number }>(
    tf,
    backend,
    'UnsortedSegmentSum',
    composed(tf, ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { x: Tensor; segmentIds: Tensor };
      const { numSegments } = attrs;
      const ids = tf.reshape(segmentIds.toInt(), [-1, 1]);
      const beyond = tf.fill(ids.shape, numSegments, 'int32');
      const within = tf.logicalAnd(tf.greaterEqual(ids, tf.zerosLike(ids)), tf.less(ids, beyond));
      const rest = x.shape.slice(segmentIds.rank);
      const rows = tf.reshape(x, [ids.shape[0] ?? 0, ...rest]);
      const sums = tf.scatterND(tf.where(within, ids, beyond), rows, [numSegments + 1, ...rest]);
      return tf.slice(sums, 0, numSegments);
    }),
  );
}

/** Products and sums over named axes, operand by operand. */
export function registerEinsum(tf: Tf, backend: string): void {
  replaceKernel<{ equation: string }>(
    tf,
    backend,
    'Einsum',
    composed(tf, ({ inputs, attrs }) => {
      const [terms = '', result = ''] = attrs.equation.replaceAll(' ', '').split('->');
      const names = [...new Set([...result, ...terms.replaceAll(',', '')])];
      const operands = terms.split(',').map((term, i) => {
        const operand = (inputs as unknown as readonly Tensor[])[i] as Tensor;
        const present = names.filter((name) => term.includes(name));
        const ordered = tf.transpose(
          operand,
          present.map((name) => term.indexOf(name)),
        );
        return tf.reshape(
          ordered,
          names.map((name) => (term.includes(name) ? (operand.shape[term.indexOf(name)] ?? 1) : 1)),
        );
      });
      const product = operands.reduce((all, each) => tf.mul(all, each));
      const summed = names.map((_, axis) => axis).slice(result.length);
      return summed.length === 0 ? product : tf.sum(product, summed);
    }),
  );
}
