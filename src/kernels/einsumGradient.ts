import type { Tensor, Tf } from './register';

/**
 * Gradients of sums of products over named axes, which are such sums themselves: that of an operand is the output's
 * gradient times the other operand, summed over the axes that the operand has not.
 */
export function registerEinsumGradient(tf: Tf): void {
  const gradFunc = (dy: Tensor, operands: Tensor[], { equation }: { equation: string }) => {
    const [given = '', result = ''] = equation.replace(/\s/g, '').split('->');
    const terms = given.split(',');
    return operands.map((operand, i) => () => {
      const others = terms.map((term, k) => ({ term, tensor: operands[k] as Tensor }));
      others.splice(i, 1);
      return gradientOf(tf, { term: terms[i] ?? '', tensor: operand }, [
        { term: result, tensor: dy },
        ...others,
      ]);
    });
  };
  tf.registerGradient({ kernelName: 'Einsum', saveAllInputs: true, gradFunc: gradFunc as never });
}

/** A tensor with a letter for each of its axes. */
interface Named {
  readonly term: string;
  readonly tensor: Tensor;
}

function gradientOf(tf: Tf, { term, tensor }: Named, factors: readonly Named[]): Tensor {
  // Along an axis that nobody else has, the operand was only summed: there its gradient is the same everywhere.
  const shared = [...term].filter((name) => factors.some((factor) => factor.term.includes(name))).join('');
  const named = factors.map((factor) => withAxis(tf, factor, unusedName(term, factors)));
  const equation = `${named.map((factor) => factor.term).join(',')}->${shared}`;
  const product = tf.einsum(equation, ...named.map((factor) => factor.tensor));
  if (shared === term) return product;
  const sizes = [...term].map((name, axis) => (shared.includes(name) ? (tensor.shape[axis] ?? 1) : 1));
  return tf.broadcastTo(tf.reshape(product, sizes), tensor.shape);
}

/** Not every backend takes a term without axes. */
function withAxis(tf: Tf, { term, tensor }: Named, name: string): Named {
  return term === '' ? { term: name, tensor: tf.reshape(tensor, [1]) } : { term, tensor };
}

function unusedName(term: string, factors: readonly Named[]): string {
  const used = term + factors.map((factor) => factor.term).join('');
  return (
    [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].find((each) => !used.includes(each)) ?? ''
  );
}
