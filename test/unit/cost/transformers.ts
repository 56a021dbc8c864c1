import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/train/tfInstance';

interface Operation {
  readonly weights?: readonly number[][];
  /** Of the output, given the input's; the same where it is left out. */
  shape?(input: tfjs.Shape): tfjs.Shape;
  call(x: tfjs.Tensor, weights: readonly tfjs.Tensor[]): tfjs.Tensor;
}
type Operate = (operation: Operation) => tfjs.layers.Layer;

interface Encoder {
  readonly width: number;
  readonly heads: number;
  readonly causal: boolean;
  readonly activation: 'gelu' | 'gelu_new';
}

/** Dosovitskiy et al. 2021, table 1, ViT-Base with patches of 16x16, as torchvision has it. */
export function vitB16(tf: Tf): tfjs.LayersModel {
  const [width, patches] = [768, 14 * 14];
  const operation = operations(tf);
  const image = tf.input({ shape: [224, 224, 3] });
  let y = to(tf.layers.conv2d({ filters: width, kernelSize: 16, strides: 16 }), image);
  y = to(tf.layers.reshape({ targetShape: [patches, width] }), y);
  const withClassToken = operation({
    weights: [[1, 1, width]],
    shape: ([batch]) => [batch ?? null, 1 + patches, width],
    call: (x, [token]) => tf.concat([tf.tile(token as tfjs.Tensor3D, [x.shape[0], 1, 1]), x], 1),
  });
  y = to(positions(tf, operation, [1 + patches, width]), to(withClassToken, y));
  for (let i = 0; i < 12; i++)
    y = block(tf, operation, y, { width, heads: 12, causal: false, activation: 'gelu' });
  const ofClassToken = operation({
    shape: ([batch]) => [batch ?? null, width],
    call: (x) => tf.reshape(tf.slice(x, [0, 0, 0], [-1, 1, -1]), [-1, width]),
  });
  y = to(ofClassToken, to(tf.layers.layerNormalization(), y));
  return tf.model({ inputs: image, outputs: to(tf.layers.dense({ units: 1000 }), y) });
}

/** Radford et al. 2019, section 2.3 and the smallest of table 2, whose head is the token embedding transposed. */
export function gpt2Small(tf: Tf): tfjs.LayersModel {
  const [width, length, vocabulary] = [768, 1024, 50_257];
  const operation = operations(tf);
  const tokens = tf.input({ shape: [length], dtype: 'int32' });
  const embedding = tf.layers.embedding({ inputDim: vocabulary, outputDim: width });
  let y = to(positions(tf, operation, [length, width]), to(embedding, tokens));
  for (let i = 0; i < 12; i++)
    y = block(tf, operation, y, { width, heads: 12, causal: true, activation: 'gelu_new' });
  const head = operation({
    shape: ([batch]) => [batch ?? null, length, vocabulary],
    call: (x) => {
      const embedded = embedding.weights[0]?.read() as tfjs.Tensor;
      const logits = tf.matMul(tf.reshape(x, [-1, width]), embedded, false, true);
      return tf.reshape(logits, [-1, length, vocabulary]);
    },
  });
  return tf.model({ inputs: tokens, outputs: to(head, to(tf.layers.layerNormalization(), y)) });
}

/** A layer normalised first: Dosovitskiy et al. 2021, equations 2 and 3; Radford et al. 2019, section 2.3. */
function block(tf: Tf, operation: Operate, x: tfjs.SymbolicTensor, encoder: Encoder): tfjs.SymbolicTensor {
  const { width, activation } = encoder;
  const { add, dense, layerNormalization } = tf.layers;
  const sum = (a: tfjs.SymbolicTensor, b: tfjs.SymbolicTensor) => add().apply([a, b]) as tfjs.SymbolicTensor;
  const projected = to(dense({ units: 3 * width }), to(layerNormalization(), x));
  const attended = to(dense({ units: width }), to(attention(tf, operation, encoder), projected));
  const y = sum(x, attended);
  const hidden = to(dense({ units: 4 * width, activation }), to(layerNormalization(), y));
  return sum(y, to(dense({ units: width }), hidden));
}

/** Vaswani et al. 2017, equation 1, of queries, keys and values side by side. */
function attention(tf: Tf, operation: Operate, { width, heads, causal }: Encoder): tfjs.layers.Layer {
  return operation({
    shape: (input) => [...input.slice(0, -1), width],
    call: (x) => {
      const [batch, length] = x.shape as [number, number, number];
      const ofHeads = (each: tfjs.Tensor) =>
        tf.transpose(tf.reshape(each, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
      const [q, k, v] = tf.split(x, 3, -1).map(ofHeads) as [tfjs.Tensor, tfjs.Tensor, tfjs.Tensor];
      let scores = tf.mul(tf.matMul(q, k, false, true), Math.sqrt(heads / width));
      if (causal) {
        const at = tf.range(0, length);
        const later = tf.greater(tf.reshape(at, [1, length]), tf.reshape(at, [length, 1]));
        scores = tf.add(scores, tf.mul(tf.cast(later, 'float32'), -1e9));
      }
      const heeded = tf.matMul(tf.softmax(scores), v);
      return tf.reshape(tf.transpose(heeded, [0, 2, 1, 3]), [batch, length, width]);
    },
  });
}

function positions(tf: Tf, operation: Operate, shape: number[]): tfjs.layers.Layer {
  return operation({ weights: [shape], call: (x, [learned]) => tf.add(x, learned as tfjs.Tensor) });
}

function to(layer: tfjs.layers.Layer, x: tfjs.SymbolicTensor): tfjs.SymbolicTensor {
  return layer.apply(x) as tfjs.SymbolicTensor;
}

/** Makes layers of an operation and the weights that it learns. */
function operations(tf: Tf): Operate {
  class OperationLayer extends tf.layers.Layer {
    static readonly className = 'Operation';
    private learned: tfjs.LayerVariable[] = [];

    constructor(private readonly operation: Operation) {
      super({});
    }

    override build(): void {
      const initializer = tf.initializers.randomNormal({ stddev: 0.02 });
      this.learned = (this.operation.weights ?? []).map((shape, i) =>
        this.addWeight(`weight${i}`, shape, 'float32', initializer),
      );
      this.built = true;
    }

    override computeOutputShape(input: tfjs.Shape): tfjs.Shape {
      return this.operation.shape?.(input) ?? input;
    }

    override call(inputs: tfjs.Tensor | tfjs.Tensor[]): tfjs.Tensor {
      const x = Array.isArray(inputs) ? (inputs[0] as tfjs.Tensor) : inputs;
      return tf.tidy(() =>
        this.operation.call(
          x,
          this.learned.map((weight) => weight.read()),
        ),
      );
    }
  }
  return (operation) => new OperationLayer(operation);
}
