import { fusing, unseen } from './fusion';
import { alias } from './native/identity';
import { asTensor } from './native/fused';
import type { Tensor, Tf } from './register';

/** What TensorFlow.js composes of many kernels and here is one forward and one backward. */
export interface FusedOp {
  /** The result, and what the way back needs of it. */
  forward(inputs: readonly Tensor[]): { value: Tensor; saved: Tensor[] };
  /** Gradients for all inputs, of one for the result. */
  backward(dy: Tensor, saved: readonly Tensor[]): Tensor[];
}

type Save = (tensors: Tensor[]) => void;
type CustomGradient = (
  f: (...given: (Tensor | Save)[]) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[] },
) => (...inputs: Tensor[]) => Tensor;

/**
 * Runs a fused op. Where somebody looks at each kernel, TensorFlow.js's own are run beside it, for their number and
 * their shapes; the results are those of the fused op all the same, to the bit.
 *
 * @param composed the op as TensorFlow.js has it, of inputs in the same order
 */
export function runFused(
  tf: Tf,
  op: FusedOp,
  inputs: readonly Tensor[],
  composed: (inputs: Tensor[]) => Tensor,
): Tensor {
  return fusing() ? alone(tf, op, inputs) : beside(tf, op, inputs, composed);
}

function alone(tf: Tf, op: FusedOp, inputs: readonly Tensor[]): Tensor {
  const run = (tf.customGrad as unknown as CustomGradient)((...given) => {
    const save = given.pop() as Save;
    const { value, saved } = op.forward(given as Tensor[]);
    save(saved);
    return { value, gradFunc: (dy, kept) => op.backward(dy, kept) };
  });
  return run(...inputs);
}

/**
 * The composed op lies on the tape between two kinds of gates. The one behind it passes the fused result on, and works
 * out the fused gradients when it learns the result's. Those in front of it pass these on in the place of its own.
 */
function beside(
  tf: Tf,
  op: FusedOp,
  inputs: readonly Tensor[],
  composed: (inputs: Tensor[]) => Tensor,
): Tensor {
  const customGrad = tf.customGrad as unknown as CustomGradient;
  const { value, saved } = unseen(() => op.forward(inputs));
  let gradients: Tensor[] = [];
  const front = inputs.map((input, i) =>
    customGrad(() => ({
      value: asTensor(tf, alias(tf.backend(), input, input.shape)),
      gradFunc: () => [gradients[i] as Tensor],
    }))(input),
  );
  const behind = customGrad((_, save) => {
    (save as Save)(saved);
    return {
      value,
      gradFunc: (dy, kept) => {
        gradients = unseen(() => op.backward(dy, kept));
        return [dy];
      },
    };
  });
  const result = composed(front);
  return unseen(() => behind(result));
}
