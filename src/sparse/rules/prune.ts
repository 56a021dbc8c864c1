import type { Evolution, Layer, LayerState } from '../evolution';
import { largest, largestOfAll, magnitudes } from '../largest';
import { lotteryEnds, lotteryRounds, lotterySparsity } from '../lottery';
import { activeAt, countActive, fullMask, maskOf, type Mask } from '../mask';
import type { GradualMagnitude, LotteryTicket } from '../method';
import type { Randomness } from '../randomness';
import { evenly } from '../redistribute';
import { cubicSparsity, isUpdate, stepAt } from '../schedule';
import { decidedTogether } from './fixed';

/** Gradual magnitude pruning (Zhu and Gupta 2017): dense at first; the smallest weights go, after the step that is due. */
export function gradualRule(
  layers: readonly Layer[],
  method: GradualMagnitude,
  totalSteps: number | undefined,
): Evolution {
  const begin = stepAt(method.from, totalSteps, 'from');
  const end = stepAt(method.until, totalSteps, 'until');
  if (end < begin) throw new Error(`gradualMagnitude: until (step ${end}) is before from (step ${begin}).`);
  const first = Math.ceil(begin);
  const last = Math.max(first, Math.ceil(end));
  const { updateEvery, initialSparsity } = method;
  const planned = (step: number) =>
    layers.map(({ size, density }) => {
      const initial = Math.min(initialSparsity, 1 - density);
      return activeAt(cubicSparsity(initial, 1 - density, step, begin, end), size);
    });
  const prune = (step: number, states: readonly LayerState[], random: Randomness) => {
    const active = planned(step);
    return states.map(({ mask, weights }, i) => {
      const count = Math.min(active[i] as number, countActive(mask));
      return maskOf(mask.length, largest(magnitudes(weights), count, random, { mask, bit: 1 }));
    });
  };
  return {
    initial: (weights, random) =>
      initialSparsity > 0
        ? prune(
            0,
            weights.map((values) => ({ mask: fullMask(values.length), weights: values })),
            random,
          )
        : layers.map(({ size }) => fullMask(size)),
    due: (step) =>
      isUpdate({ updateEvery, from: first, end: last }, step) || step === last
        ? { gradients: false, replacesStep: false }
        : undefined,
    update: prune,
    planned,
    stepKind: () => 'sparse',
  };
}

/**
 * Iterative magnitude pruning with rewinding (Frankle and Carbin 2019; Frankle et al. 2020). The experiment's steps are
 * shared evenly by the trainings; after each but the last, the smallest weights go, and all others return to their
 * values at step `rewindTo`. Controls: other initial weights in the same mask, or as many weights pruned at random.
 *
 * @throws Error where the number of steps is not known, or a round is shorter than `rewindTo`
 */
export function lotteryRule(
  layers: readonly Layer[],
  method: LotteryTicket,
  totalSteps: number | undefined,
): Evolution {
  if (totalSteps === undefined)
    throw new Error(
      'lotteryTicket shares the steps of training among its rounds, and how many there are is not known.',
    );
  const { sparsity, pruneShare, scope, control, rewindTo } = method;
  const rounds = lotteryRounds(sparsity, pruneShare);
  const ends = lotteryEnds(totalSteps, rounds);
  const first = ends[0] as number;
  if (first <= rewindTo)
    throw new Error(
      `lotteryTicket: ${rounds} rounds in ${totalSteps} steps are ${first} steps each, and rewindTo is ${rewindTo}. ` +
        'Train longer, prune more in a round, or rewind to an earlier step.',
    );
  /** As the distribution shares them. */
  const countsAfter = (round: number) =>
    layers.map(({ size, density }) =>
      activeAt(lotterySparsity(1 - density, pruneShare, round, rounds), size),
    );
  return {
    initial: () => layers.map(({ size }) => fullMask(size)),
    due: (step) => (ends.includes(step) ? { gradients: false, replacesStep: false } : undefined),
    planned(step) {
      const counts = countsAfter(ends.filter((end) => end <= step).length);
      return scope === 'global' ? evenly(sumOf(counts), layers) : counts;
    },
    ...(scope === 'global' && { uncertain: decidedTogether }),
    update(step, states, random) {
      const counts = countsAfter(ends.indexOf(step) + 1);
      const scores = states.map(({ weights }) =>
        control === 'randomPrune' ? weights.map(() => random.next()) : magnitudes(weights),
      );
      const masks = states.map(({ mask }) => mask);
      if (scope === 'layer')
        return scores.map((score, i) =>
          maskOf(
            score.length,
            largest(score, counts[i] as number, random, { mask: masks[i] as Mask, bit: 1 }),
          ),
        );
      return largestOfAll(scores, sumOf(counts), random, masks);
    },
    stepKind: () => 'sparse',
    rewind: () => (control === 'randomReinit' ? 'random' : 'initial'),
    rewindTo: control === 'randomReinit' ? 0 : rewindTo,
  };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
