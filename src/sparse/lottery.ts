/** How often `share` of the remaining weights must be pruned until `sparsity` is reached. */
export function lotteryRounds(sparsity: number, share: number): number {
  return Math.max(1, Math.ceil(Math.log(1 - sparsity) / Math.log(1 - share) - 1e-9));
}

/** Sparsity after `round` of `rounds` prunings: 1 - (1 - share)^round, at most `sparsity`, and exactly that in the end. */
export function lotterySparsity(sparsity: number, share: number, round: number, rounds: number): number {
  return round >= rounds ? sparsity : Math.min(sparsity, 1 - (1 - share) ** round);
}

/** The step after which each pruning comes: the whole training is shared evenly by all rounds and the last training. */
export function lotteryEnds(totalSteps: number, rounds: number): number[] {
  return Array.from({ length: rounds }, (_, round) => Math.round(((round + 1) * totalSteps) / (rounds + 1)));
}
