import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from './register';

type ApplyGradients = (
  gradients: tfjs.NamedTensorMap | { readonly name: string; readonly tensor: tfjs.Tensor | null }[],
) => void;

/** Adam with weight decay that its moments know nothing of. */
export interface AdamWOptimizer extends tfjs.AdamOptimizer {
  weightDecay: number;
}
export type AdamWClass = new (
  learningRate: number,
  beta1?: number,
  beta2?: number,
  epsilon?: number,
  weightDecay?: number,
) => AdamWOptimizer;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2), which TensorFlow.js has not: each weight is multiplied by
 * 1 - learningRate * weightDecay, then moved as by Adam.
 */
export function defineAdamW(tf: Tf): AdamWClass {
  class AdamW extends tf.AdamOptimizer {
    static override get className(): 'AdamW' {
      return 'AdamW';
    }

    constructor(
      learningRate: number,
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon?: number,
      public weightDecay = 0.01,
    ) {
      super(learningRate, beta1, beta2, epsilon ?? (null as unknown as undefined));
    }

    override applyGradients(gradients: Parameters<ApplyGradients>[0]): void {
      const { registeredVariables } = tf.engine();
      const updated = Array.isArray(gradients)
        ? gradients.filter(({ tensor }) => tensor).map(({ name }) => name)
        : Object.keys(gradients);
      tf.tidy(() => {
        for (const name of updated) {
          const variable = registeredVariables[name];
          variable?.assign(tf.mul(variable, 1 - this.learningRate * this.weightDecay));
        }
      });
      (super.applyGradients as ApplyGradients)(gradients);
    }

    override getConfig(): tfjs.serialization.ConfigDict {
      return { ...super.getConfig(), weightDecay: this.weightDecay };
    }

    static override fromConfig<T extends tfjs.serialization.Serializable>(
      cls: tfjs.serialization.SerializableConstructor<T>,
      config: tfjs.serialization.ConfigDict,
    ): T {
      const { learningRate, beta1, beta2, epsilon, weightDecay } = config;
      return new cls(learningRate, beta1, beta2, epsilon, weightDecay);
    }
  }
  tf.serialization.registerClass(AdamW);
  return AdamW;
}
