import type { Pooling } from './blocks';
import type { Distribution } from './distribution';
import type { Growth } from './growth';
import type { Decay } from './schedule';

/** Which weights are sparse, and how a sparsity of the whole is shared among them. */
export interface Spread {
  readonly distribution: Distribution;
  /** Layers (or weights) by name or pattern, with a sparsity of their own, or 'dense'. */
  readonly layers: Readonly<Record<string, number | 'dense'>>;
  /** Layers (or weights) by name or pattern that stay dense. */
  readonly keepDense: readonly string[];
  /** The first layer stays dense. */
  readonly denseFirstLayer: boolean;
  /** Kernels of depthwise convolutions are sparse too. */
  readonly depthwise: boolean;
  /** Tables of embeddings are sparse too. */
  readonly embeddings: boolean;
}

/** When a topology changes while training, and by how much. */
export interface Dynamics extends Growth {
  readonly dropFraction: number;
  readonly updateEvery: number;
  /** The first step at which there may be an update. */
  readonly from: number;
  /** Share of training (up to 1) or step from which the topology stays as it is. */
  readonly until: number;
  readonly decay: Decay;
}

export interface StaticSparse extends Spread {
  readonly method: 'staticSparse';
  readonly sparsity: number;
}
export interface SetMethod extends Spread, Dynamics {
  readonly method: 'set';
  readonly sparsity: number;
}
export interface Snfs extends Spread, Dynamics {
  readonly method: 'snfs';
  readonly sparsity: number;
  /** Of the moving average of dense gradients. */
  readonly momentum: number;
  /** Dropped weights move between layers, by the mean magnitude of their moving average. */
  readonly redistribute: boolean;
}
export interface Rigl extends Spread, Dynamics {
  readonly method: 'rigl';
  readonly sparsity: number;
  /** Steps whose dense gradients are averaged for an update. */
  readonly averageGradients: number;
}
export interface GradualMagnitude extends Spread {
  readonly method: 'gradualMagnitude';
  readonly sparsity: number;
  readonly initialSparsity: number;
  readonly updateEvery: number;
  /** Share of training (up to 1) or step at which pruning begins. */
  readonly from: number;
  /** Share of training (up to 1) or step at which the final sparsity is reached. */
  readonly until: number;
}
export interface Snip extends Spread {
  readonly method: 'snip';
  readonly sparsity: number;
  /** The largest saliencies of all layers together, or of each layer by the distribution. */
  readonly scope: 'global' | 'layer';
  /** First batches whose gradients are averaged. */
  readonly batches: number;
}
export interface LotteryTicket extends Spread {
  readonly method: 'lotteryTicket';
  readonly sparsity: number;
  /** Share of the remaining weights that a round prunes. */
  readonly pruneShare: number;
  /** The step to whose weights and optimizer state each round returns; 0 is initialisation. */
  readonly rewindTo: number;
  readonly scope: 'global' | 'layer';
  readonly control: 'none' | 'randomReinit' | 'randomPrune';
}
export interface NM extends Omit<Spread, 'distribution'> {
  readonly method: 'nm';
  readonly n: number;
  readonly m: number;
  /** SR-STE's pull on pruned weights; 0: the mask is that of the initial weights, and stays. */
  readonly decay: number;
}
export interface Block extends Spread, Dynamics {
  readonly method: 'block';
  readonly sparsity: number;
  readonly shape: readonly [rows: number, columns: number];
  readonly pooling: Pooling;
  readonly rule: 'rigl' | 'set' | 'static';
  readonly averageGradients: number;
}
export interface ConstantFanIn extends Spread, Dynamics {
  readonly method: 'constantFanIn';
  readonly sparsity: number;
  /** Neurons with fewer salient weights than this share of their fan-in are ablated; 0 ablates none. */
  readonly gamma: number;
  readonly averageGradients: number;
}

/** How a model is sparse: what an experiment's `sparsity` is. */
export type SparsityMethod =
  | StaticSparse
  | SetMethod
  | Snfs
  | Rigl
  | GradualMagnitude
  | Snip
  | LotteryTicket
  | NM
  | Block
  | ConstantFanIn;
