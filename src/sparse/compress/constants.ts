import type { LayerConfig } from './graph';

/** What an activation makes of a number; undefined where it is none of these. */
export function activated(name: unknown, x: number): number | undefined {
  const sigmoid = 1 / (1 + Math.exp(-x));
  switch (name) {
    case undefined:
    case null:
    case 'linear':
      return x;
    case 'relu':
      return Math.max(0, x);
    case 'relu6':
      return Math.min(6, Math.max(0, x));
    case 'sigmoid':
      return sigmoid;
    case 'hardSigmoid':
    case 'hard_sigmoid':
      return Math.min(1, Math.max(0, 0.2 * x + 0.5));
    case 'tanh':
      return Math.tanh(x);
    case 'elu':
      return x >= 0 ? x : Math.expm1(x);
    case 'selu':
      return 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x));
    case 'softplus':
      return Math.log1p(Math.exp(x));
    case 'softsign':
      return x / (1 + Math.abs(x));
    case 'swish':
      return x * sigmoid;
    case 'mish':
      return x * Math.tanh(Math.log1p(Math.exp(x)));
    default:
      return undefined;
  }
}

/** Parameters of a batch normalization for one unit. */
export interface Normalized {
  readonly gamma: number;
  readonly beta: number;
  readonly mean: number;
  readonly variance: number;
}

/** What a layer makes of a unit that is `x` everywhere, when the model is used; undefined where that is not known. */
export function passed(layer: LayerConfig, x: number, normalized: () => Normalized): number | undefined {
  const { class_name, config } = layer;
  switch (class_name) {
    case 'Activation':
      return activated(config.activation, x);
    case 'ReLU': {
      const most = typeof config.max_value === 'number' ? config.max_value : Infinity;
      return Math.min(most, Math.max(0, x));
    }
    case 'LeakyReLU':
      return x >= 0 ? x : x * numberOr(config.alpha, 0.3);
    case 'ELU':
      return x >= 0 ? x : numberOr(config.alpha, 1) * Math.expm1(x);
    case 'ThresholdedReLU':
      return x > numberOr(config.theta, 1) ? x : 0;
    case 'BatchNormalization': {
      const { gamma, beta, mean, variance } = normalized();
      return ((x - mean) / Math.sqrt(variance + numberOr(config.epsilon, 1e-3))) * gamma + beta;
    }
    case 'ZeroPadding2D':
      return x === 0 ? 0 : undefined;
    default:
      // Dropout and noise are of training only; pools and flattening leave what is the same everywhere.
      return x;
  }
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}
