import * as v from 'valibot';
import type * as methods from '../sparse/method';
import {
  averageGradients,
  checkedOptions,
  dynamics,
  refuseGradients,
  scope,
  share,
  sparsity,
  spread,
  steps,
} from './sparsityOptions';

/** Which weights are sparse. */
export interface SpreadOptions {
  /**
   * How the sparsity is shared among layers: `'erk'` (default) and `'er'` (Erdős–Rényi, with and without the sides of
   * kernels) leave small layers denser; `'uniform'` is the same everywhere, the first layer apart, which stays dense.
   */
  readonly distribution?: methods.Spread['distribution'];
  /**
   * Sparsities of their own, or `'dense'`, of layers, weights or gates by name or pattern: `{ 'conv*': 0.8 }`,
   * `{ 'lstm_1/kernel/f': 'dense' }`. The last that fits counts.
   */
  readonly layers?: methods.Spread['layers'];
  /** Layers, weights or gates by name or pattern that stay dense. */
  readonly keepDense?: readonly string[];
  /** Whether the first layer stays dense. Default: with `'uniform'`. */
  readonly denseFirstLayer?: boolean;
  /** Make kernels of depthwise convolutions sparse too. Default false. */
  readonly depthwise?: boolean;
  /** Make tables of embeddings sparse too. Default false. */
  readonly embeddings?: boolean;
}

/** When the topology changes. */
export interface DynamicOptions {
  /** Share of the active weights that the first update drops and grows. Default 0.3. */
  readonly dropFraction?: number;
  /** Steps from one update to the next. Default 100. */
  readonly updateEvery?: number;
  /** The first step at which there may be an update. Default 0. */
  readonly from?: number;
  /** Share of training (up to 1), or step, from which the topology stays. Default 0.75. */
  readonly until?: number;
  /** How the dropped share shrinks until then: `'cosine'` (default), `'linear'` or `'constant'`. */
  readonly decay?: methods.Dynamics['decay'];
  /**
   * What new weights begin with: `'zeros'` (default); `'normal'` or `'uniform'`, as large as the weight's active values;
   * `'gradient'` or `'gradientSign'`, for methods that grow by gradients.
   */
  readonly growInit?: methods.Dynamics['growInit'];
  /** That, times this. Default 1. */
  readonly growScale?: number;
}

export interface SparsityOptions extends SpreadOptions {
  /** Share of zeros among all sparse weights together, from 0 to below 1. */
  readonly sparsity: number;
}

/** A random sparse topology that stays as it is. */
export function staticSparse(options: SparsityOptions): methods.StaticSparse {
  return filled({
    method: 'staticSparse',
    ...checkedOptions('staticSparse', { sparsity, ...spread }, options),
  });
}

/** SET (Mocanu et al. 2018): weights of small magnitude are dropped, as many grow at random places. */
export function set(options: SparsityOptions & DynamicOptions): methods.SetMethod {
  const checked = checkedOptions('set', { sparsity, ...spread, ...dynamics }, options);
  refuseGradients('set', checked.growInit);
  return filled({ method: 'set', ...checked });
}

export interface SnfsOptions extends SparsityOptions, DynamicOptions {
  /** Decay of the moving average of dense gradients. Default 0.9. */
  readonly momentum?: number;
  /** Move weights to the layers whose average is the largest. Default true. */
  readonly redistribute?: boolean;
}

/** SNFS, sparse momentum (Dettmers and Zettlemoyer 2019): grows by a moving average of dense gradients. */
export function snfs(options: SnfsOptions): methods.Snfs {
  const own = {
    momentum: v.optional(share, 0.9),
    redistribute: v.optional(v.boolean('true or false'), true),
  };
  return filled({
    method: 'snfs',
    ...checkedOptions('snfs', { sparsity, ...spread, ...dynamics, ...own }, options),
  });
}

export interface RiglOptions extends SparsityOptions, DynamicOptions {
  /** Steps whose dense gradients are averaged for an update, for small batches. Default 1. */
  readonly averageGradients?: number;
}

/** RigL (Evci et al. 2020): weights of small magnitude are dropped, as many grow where the dense gradient is the largest. */
export function rigl(options: RiglOptions): methods.Rigl {
  return filled({
    method: 'rigl',
    ...checkedOptions('rigl', { sparsity, ...spread, ...dynamics, averageGradients }, options),
  });
}

export interface GradualMagnitudeOptions extends SparsityOptions {
  /** Default 0: dense at first. */
  readonly initialSparsity?: number;
  /** Steps from one pruning to the next. Default 100. */
  readonly updateEvery?: number;
  /** Share of training (up to 1), or step, at which pruning begins. Default 0. */
  readonly from?: number;
  /** Share of training (up to 1), or step, at which the final sparsity is reached. Default 0.75. */
  readonly until?: number;
}

/** Gradual magnitude pruning (Zhu and Gupta 2017): from dense to sparse on a cubic schedule. */
export function gradualMagnitude(options: GradualMagnitudeOptions): methods.GradualMagnitude {
  const own = {
    initialSparsity: v.optional(share, 0),
    updateEvery: dynamics.updateEvery,
    from: dynamics.from,
    until: dynamics.until,
  };
  return filled({
    method: 'gradualMagnitude',
    ...checkedOptions('gradualMagnitude', { sparsity, ...spread, ...own }, options),
  });
}

export interface SnipOptions extends SparsityOptions {
  /** The largest saliencies of all layers together (default), or of each layer by the distribution. */
  readonly scope?: 'global' | 'layer';
  /** First batches whose gradients are averaged. Default 1. */
  readonly batches?: number;
}

/** SNIP (Lee et al. 2019): pruned once, before training, by |gradient * weight|. */
export function snip(options: SnipOptions): methods.Snip {
  const own = { scope, batches: v.optional(steps, 1) };
  return filled({ method: 'snip', ...checkedOptions('snip', { sparsity, ...spread, ...own }, options) });
}

export interface LotteryTicketOptions extends SparsityOptions {
  /** Share of the remaining weights that each round prunes. Default 0.2. */
  readonly pruneShare?: number;
  /** Step to whose weights and optimizer state each round returns. Default 0, initialisation. */
  readonly rewindTo?: number;
  /** The smallest weights of all layers together (default), or of each layer by the distribution. */
  readonly scope?: 'global' | 'layer';
  /** Instead of the ticket: other initial weights in its mask, or a mask that is pruned at random. Default 'none'. */
  readonly control?: methods.LotteryTicket['control'];
}

/**
 * Lottery tickets (Frankle and Carbin 2019): train, prune by magnitude, rewind, and again. The steps of the experiment
 * are shared evenly by all rounds and the last training.
 */
export function lotteryTicket(options: LotteryTicketOptions): methods.LotteryTicket {
  const control = v.picklist(['none', 'randomReinit', 'randomPrune'], 'none, randomReinit or randomPrune');
  const own = {
    pruneShare: v.optional(share, 0.2),
    rewindTo: v.optional(v.pipe(v.number('a step'), v.integer('a step'), v.minValue(0, 'a step')), 0),
    scope,
    control: v.optional(control, 'none'),
  };
  return filled({
    method: 'lotteryTicket',
    ...checkedOptions('lotteryTicket', { sparsity, ...spread, ...own }, options),
  });
}

export interface NMOptions extends Omit<SpreadOptions, 'distribution'> {
  /** Default 2. */
  readonly n?: number;
  /** Default 4. */
  readonly m?: number;
  /** SR-STE's pull on pruned weights (Zhou et al. 2021). Default 2e-4; 0: the mask of the initial weights stays. */
  readonly decay?: number;
}

/** N:M sparsity: of every `m` weights into one output that follow each other, `n` are not zero. */
export function nm(options: NMOptions = {}): methods.NM {
  const { distribution: _, ...others } = spread;
  const decay = v.pipe(v.number('a number'), v.minValue(0, 'a number from 0 on'));
  const own = { n: v.optional(steps, 2), m: v.optional(steps, 4), decay: v.optional(decay, 2e-4) };
  const checked = checkedOptions('nm', { ...others, ...own }, options);
  const { n, m, layers } = checked;
  if (n > m) throw new Error(`nm: n is ${n} of m ${m}; it can be at most m.`);
  for (const [layer, said] of Object.entries(layers)) {
    const kept = said === 'dense' ? m : m * (1 - said);
    if (Math.abs(kept - Math.round(kept)) > 1e-6)
      throw new Error(
        `nm: layers.${layer} is ${said}, which leaves ${kept} of every ${m}; it takes a sparsity that leaves a whole number, or 'dense'.`,
      );
  }
  return { method: 'nm', ...checked, denseFirstLayer: checked.denseFirstLayer ?? false };
}

export interface BlockOptions extends SparsityOptions, DynamicOptions {
  /** Input and output channels of a block, such as `[16, 1]`. */
  readonly shape: readonly [rows: number, columns: number];
  /** How scores of a block's weights become one. Default 'mean'. */
  readonly pooling?: methods.Block['pooling'];
  /** By what rule blocks are dropped and grown. Default 'rigl'. */
  readonly rule?: methods.Block['rule'];
  readonly averageGradients?: number;
}

/** Whole blocks of weights are active or zero. */
export function block(options: BlockOptions): methods.Block {
  const own = {
    shape: v.tuple([steps, steps], 'two whole numbers above 0, such as [16, 1]'),
    pooling: v.optional(v.picklist(['mean', 'max'], 'mean or max'), 'mean'),
    rule: v.optional(v.picklist(['rigl', 'set', 'static'], 'rigl, set or static'), 'rigl'),
    averageGradients,
  };
  const checked = checkedOptions('block', { sparsity, ...spread, ...dynamics, ...own }, options);
  if (checked.rule !== 'rigl') refuseGradients(`block by the rule of ${checked.rule}`, checked.growInit);
  return filled({ method: 'block', ...checked });
}

export interface ConstantFanInOptions extends SparsityOptions, DynamicOptions {
  /** A neuron whose salient weights are fewer than this share of its fan-in is ablated. Default 0.3; 0: none. */
  readonly gamma?: number;
  readonly averageGradients?: number;
}

/** SRigL (Lasby et al. 2024): as RigL, with as many weights into every neuron of a layer. */
export function constantFanIn(options: ConstantFanInOptions): methods.ConstantFanIn {
  const own = { gamma: v.optional(share, 0.3), averageGradients };
  return filled({
    method: 'constantFanIn',
    ...checkedOptions('constantFanIn', { sparsity, ...spread, ...dynamics, ...own }, options),
  });
}

/** What its distribution decides where nothing is said. */
function filled<T extends { distribution: string; denseFirstLayer?: boolean | undefined }>(
  method: T,
): T & { denseFirstLayer: boolean } {
  return { ...method, denseFirstLayer: method.denseFirstLayer ?? method.distribution === 'uniform' };
}
