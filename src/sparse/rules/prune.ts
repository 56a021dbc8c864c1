import type { Evolution, Layer, LayerState } from '../evolution';
import { largest, largestOfAll, magnitudes } from '../largest';
import { lotteryEnds, lotteryRounds, lotterySparsity } from '../lottery';
import { activeAt, countActive, fullMask, maskOf, type Mask } from '../mask';
import type { GradualMagnitude, LotteryTicket } from '../method';
import type { Randomness } from '../randomness';
import { cubicSparsity, isUpdate, stepAt } from '../schedule';

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
  const prune = (step: number, states: readonly LayerState[], random: Randomness) =>
    states.map(({ mask, weights }, i) => {
      const { size, density } = layers[i] as Layer;
      const initial = Math.min(initialSparsity, 1 - density);
      const active = activeAt(cubicSparsity(initial, 1 - density, step, begin, end), size);
      return maskOf(
        size,
        largest(magnitudes(weights), Math.min(active, countActive(mask)), random, { mask, bit: 1 }),
      );
    });
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
  return {
    initial: () => layers.map(({ size }) => fullMask(size)),
    due: (step) => (ends.includes(step) ? { gradients: false, replacesStep: false } : undefined),
    update(step, states, random) {
      const round = ends.indexOf(step) + 1;
      const counts = layers.map(({ size, density }) =>
        activeAt(lotterySparsity(1 - density, pruneShare, round, rounds), size),
      );
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
      const total = counts.reduce((sum, count) => sum + count, 0);
      return largestOfAll(scores, total, random, masks);
    },
    stepKind: () => 'sparse',
    rewind: () => (control === 'randomReinit' ? 'random' : 'initial'),
    rewindTo: control === 'randomReinit' ? 0 : rewindTo,
  };
}
