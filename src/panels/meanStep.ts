import { stepFlops, type StepKind } from '../sparse/accounting';
import type { Distribution } from '../sparse/distribution';
import type { Layer } from '../sparse/evolution';
import type { SparsityMethod } from '../sparse/method';
import { ruleOf } from '../sparse/rules';
import type { Evolving } from '../protocol/costPanel';

/** How long a training is thought to be where nothing says so. */
const assumedSteps = 10_000;
/** Longer ones are thought of as this long: what changes does so by shares of training, or every so many steps. */
const mostSteps = 200_000;

/** What training takes while zeros move or come: mean of its steps. */
export interface MeanStep {
  readonly flops: number;
  /** Share of the weights that are active. */
  readonly density: number;
  readonly steps: number;
}

/** Methods as an experiment has them that says nothing but a sparsity. */
function methodOf(evolving: Evolving, sparsity: number, distribution: Distribution): SparsityMethod {
  const spread = {
    ...{ sparsity, distribution, layers: {}, keepDense: [] },
    ...{ denseFirstLayer: false, depthwise: false, embeddings: false },
  };
  const times = { updateEvery: 100, from: 0, until: 0.75 };
  const dynamics = { ...times, dropFraction: 0.3, decay: 'cosine', growInit: 'zeros', growScale: 1 } as const;
  switch (evolving) {
    case 'rigl':
      return { method: 'rigl', ...spread, ...dynamics, averageGradients: 1 };
    case 'set':
      return { method: 'set', ...spread, ...dynamics };
    case 'gradual':
      return { method: 'gradualMagnitude', ...spread, ...times, initialSparsity: 0 };
  }
}

/**
 * The mean step of a training by the rule and in the accounting that runs of such a method have.
 *
 * @param forward FLOPs of a forward pass with so many active weights in each layer
 * @param steps of the training; undefined where nothing says how many
 */
export function meanStep(
  layers: readonly Layer[],
  asked: { evolving: Evolving; sparsity: number; distribution: Distribution; steps: number | undefined },
  forward: (active: readonly number[]) => number,
): MeanStep {
  const steps = Math.min(mostSteps, asked.steps ?? assumedSteps);
  const rule = ruleOf(methodOf(asked.evolving, asked.sparsity, asked.distribution), layers, steps);
  const sizes = layers.map(({ size }) => size);
  const dense = forward(sizes);
  const all = sumOf(sizes);
  const stateAfter = (step: number) => {
    const active = rule.planned(step);
    const flops = (kind: StepKind) => stepFlops(kind, dense, forward(active));
    return {
      flops: { sparse: flops('sparse'), denseGradient: flops('denseGradient') },
      density: sumOf(active) / all,
    };
  };
  let state = stateAfter(0);
  let flops = 0;
  let density = 0;
  for (let step = 1; step <= steps; step++) {
    flops += state.flops[rule.stepKind(step)];
    density += state.density;
    if (rule.due(step)) state = stateAfter(step);
  }
  return { flops: flops / steps, density: density / steps, steps };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
