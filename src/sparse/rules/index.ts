import type { Evolution, Layer } from '../evolution';
import type { SparsityMethod } from '../method';
import { byParts, type SplitWeight } from './byParts';
import { blockRule, riglRule, setRule, snfsRule } from './dropAndGrow';
import { fixedRandom, snipRule } from './fixed';
import { gradualRule, lotteryRule } from './prune';
import { fanInRule, nmRule } from './structured';

/** The rule of a method for whole weights, whose gates it treats each by itself; otherwise as {@link ruleOf}. */
export function ruleOfWeights(
  method: SparsityMethod,
  weights: readonly SplitWeight[],
  totalSteps: number | undefined,
): Evolution {
  return byParts(weights, (parts) => ruleOf(method, parts, totalSteps));
}

/**
 * The rule of a method.
 *
 * @param totalSteps of the training; undefined where that is not known
 * @throws Error where the method needs to know
 */
export function ruleOf(
  method: SparsityMethod,
  layers: readonly Layer[],
  totalSteps: number | undefined,
): Evolution {
  switch (method.method) {
    case 'staticSparse':
      return fixedRandom(layers);
    case 'set':
      return setRule(layers, method, totalSteps);
    case 'snfs':
      return snfsRule(layers, method, totalSteps);
    case 'rigl':
      return riglRule(layers, method, totalSteps);
    case 'gradualMagnitude':
      return gradualRule(layers, method, totalSteps);
    case 'snip':
      return snipRule(layers, method);
    case 'lotteryTicket':
      return lotteryRule(layers, method, totalSteps);
    case 'nm':
      return nmRule(layers, method);
    case 'block':
      return blockRule(layers, method, totalSteps);
    case 'constantFanIn':
      return fanInRule(layers, method, totalSteps);
  }
}
