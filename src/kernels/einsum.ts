import { composed, replaceKernel, type Tensor, type Tf } from './register';

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
