export const decays = ['cosine', 'linear', 'constant'] as const;
/** How the share of dropped weights shrinks until the last update. */
export type Decay = (typeof decays)[number];

/** When masks are updated. Steps count from 1. */
export interface UpdateTimes {
  readonly updateEvery: number;
  /** No update before this step. */
  readonly from: number;
  /** No update from this step on. */
  readonly end: number;
}

/** Whether masks are updated at `step`: at the multiples of `updateEvery` from `from` to before `end`. */
export function isUpdate({ updateEvery, from, end }: UpdateTimes, step: number): boolean {
  return step % updateEvery === 0 && step >= from && step < end;
}

/** Share of a layer's active weights that an update at `step` drops: alpha / 2 * (1 + cos(pi * step / end)) for cosine. */
export function dropShare(fraction: number, step: number, end: number, decay: Decay): number {
  const done = Math.min(1, step / end);
  switch (decay) {
    case 'cosine':
      return (fraction / 2) * (1 + Math.cos(Math.PI * done));
    case 'linear':
      return fraction * (1 - done);
    case 'constant':
      return fraction;
  }
}

/** Sparsity of gradual pruning at `step` (Zhu and Gupta 2017): s_f + (s_i - s_f) (1 - (t - t0) / (t1 - t0))^3. */
export function cubicSparsity(
  initial: number,
  final: number,
  step: number,
  begin: number,
  end: number,
): number {
  const done = end > begin ? Math.min(1, Math.max(0, (step - begin) / (end - begin))) : Number(step >= end);
  return final + (initial - final) * (1 - done) ** 3;
}

/** A place in training as a step: shares up to 1 are of the whole training, above it steps. */
export function stepAt(place: number, totalSteps: number | undefined, what: string): number {
  if (place > 1 || place === 0) return place;
  if (totalSteps !== undefined) return place * totalSteps;
  throw new Error(
    `${what}: ${place} is a share of training, and how many steps that will take is not known; give a number of steps.`,
  );
}
