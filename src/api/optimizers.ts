import type * as tfjs from '@tensorflow/tfjs';

export interface AdamWOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Share of each weight that a step at learning rate 1 takes away. Default 0.01. */
  readonly weightDecay?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
}

interface WithAdamW {
  readonly AdamWOptimizer: new (...constants: (number | undefined)[]) => tfjs.Optimizer;
}

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2), for an experiment's `optimizer`: Adam with weight decay that its
 * moments know nothing of. It decays all trainable weights.
 *
 * @throws Error where an option is no number it can be
 */
export function adamW(options: AdamWOptions = {}): (context: { readonly tf: object }) => tfjs.Optimizer {
  const { learningRate = 0.001, weightDecay = 0.01, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  for (const [name, value] of Object.entries({ learningRate, weightDecay, beta1, beta2, epsilon }))
    if (!(typeof value === 'number' && value >= 0 && Number.isFinite(value)))
      throw new Error(`adamW: ${name} is ${String(value)}; it takes a number from 0 on.`);
  for (const [name, value] of Object.entries({ beta1, beta2 }))
    if (value >= 1) throw new Error(`adamW: ${name} is ${value}; it takes a number below 1.`);
  return ({ tf }) => new (tf as WithAdamW).AdamWOptimizer(learningRate, beta1, beta2, epsilon, weightDecay);
}
