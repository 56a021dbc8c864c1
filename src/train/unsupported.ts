import type * as tfjs from '@tensorflow/tfjs';
import { ExperimentError } from './experimentError';
import { siteOf } from './layerSites';
import type { Tf } from './tfInstance';

type Layer = tfjs.layers.Layer;

interface Rule {
  /** Where the layer cannot be trained. */
  readonly applies: (layer: Layer, backend: string | undefined) => boolean;
  readonly because: string;
  readonly instead: string;
}

const dilated = (layer: Layer) =>
  [(layer as unknown as { dilationRate: number | number[] }).dilationRate].flat().some((rate) => rate > 1);

const transposed: Rule = {
  applies: dilated,
  because: 'TensorFlow.js ignores its dilationRate and would train another layer than is written',
  instead: 'Leave dilationRate away, or dilate in a convolution behind it.',
};

/** What TensorFlow.js cannot train, or trains as something else than is written, by the class of the layer. */
const rules: Readonly<Record<string, readonly Rule[]>> = {
  Conv2DTranspose: [transposed],
  Conv3DTranspose: [transposed],
  CategoryEncoding: [
    {
      applies: learnsBefore,
      because: 'it counts whole numbers, which has no gradient, so that nothing in front of it can learn',
      instead: 'Make it the first layer, or use tf.layers.embedding.',
    },
    {
      applies: (_layer, backend) => backend === 'webgpu',
      because: 'it looks at its input at once, which WebGPU cannot',
      instead: 'Encode in data(), or choose another backend.',
    },
  ],
  RandomWidth: [
    {
      applies: () => true,
      because:
        'its output is of another width in each step, and TensorFlow.js gives no layer behind it a shape',
      instead: 'Resize the images in data(), or use tf.layers.resizing.',
    },
  ],
};

/**
 * Why a model would fail in the middle of its first step, or train something else than is written, if it would. The
 * error names the layer, its line, the reason and what to use instead.
 *
 * @param workspace absolute folder of the user's files
 * @param backend to train on; without, what no backend trains
 */
export function untrainable(
  model: tfjs.LayersModel,
  workspace: string,
  backend?: string,
): ExperimentError | undefined {
  for (const layer of allLayers(model))
    for (const { applies, because, instead } of rules[layer.getClassName()] ?? [])
      if (applies(layer, backend))
        return new ExperimentError(
          `${called(layer)} cannot be trained: ${because}. ${instead}`,
          siteOf(layer, workspace),
        );
  return undefined;
}

/**
 * Runs one step; where TensorFlow.js has no gradient for what it computes, the error says which layer computes it.
 *
 * @param workspace absolute folder of the user's files
 */
export async function namingLayers<T>(tf: Tf, workspace: string, step: () => Promise<T>): Promise<T> {
  const makers = new Map<string, Layer | undefined>();
  const stop = watchKernels(tf, makers);
  try {
    return await step();
  } catch (error) {
    const kernel = /gradient function not found for (\w+)/.exec(String(error))?.[1];
    if (kernel === undefined) throw error;
    const layer = makers.get(kernel);
    throw new ExperimentError(
      `${layer ? called(layer) : 'The loss'} computes ${kernel}, of which TensorFlow.js has no gradient. ` +
        'Write it with operations that have one, give it one with tf.customGrad, or compute it in data().',
      layer && siteOf(layer, workspace),
    );
  } finally {
    stop();
  }
}

interface Applied {
  apply: (this: Layer, ...args: unknown[]) => unknown;
}
interface Running {
  runKernel: (name: string, ...rest: unknown[]) => unknown;
}

/** Notes for each kernel the innermost layer that ran it last. */
function watchKernels(tf: Tf, makers: Map<string, Layer | undefined>): () => void {
  const layers = tf.layers.Layer.prototype as unknown as Applied;
  const engine = tf.engine() as unknown as Running;
  const { apply } = layers;
  const { runKernel } = engine;
  let current: Layer | undefined;
  layers.apply = function (...args) {
    const outer = current;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the layer that is applied
    current = this;
    try {
      return apply.apply(this, args);
    } finally {
      current = outer;
    }
  };
  engine.runKernel = (name, ...rest) => {
    if (current) makers.set(name, current);
    return runKernel.call(engine, name, ...rest);
  };
  return () => {
    layers.apply = apply;
    engine.runKernel = runKernel;
  };
}

interface Nested {
  readonly layers?: readonly Layer[];
  readonly layer?: Layer;
  readonly forwardLayer?: Layer;
  readonly backwardLayer?: Layer;
}

/** The layers of a model, those inside of others included. */
function allLayers(model: Nested): Layer[] {
  const { layers = [], layer, forwardLayer, backwardLayer } = model;
  const inner = [...layers, layer, forwardLayer, backwardLayer].filter((each) => each !== undefined);
  return inner.flatMap((each) => [each, ...allLayers(each as Nested)]);
}

/** Whether some layer in front of this one has weights that are to be trained. */
function learnsBefore(layer: Layer): boolean {
  const { inboundNodes } = layer as unknown as { inboundNodes: readonly { inboundLayers: Layer[] }[] };
  return inboundNodes
    .flatMap(({ inboundLayers }) => inboundLayers)
    .some((before) => before.trainableWeights.length > 0 || learnsBefore(before));
}

function called(layer: Layer): string {
  return `Layer "${layer.name}" (${layer.getClassName()})`;
}
