/** Ways to multiply with a weight that is zero in places. */
export type SparseFormat = 'dense' | 'lists';

/** What it is to be done: `rows` rows with a weight of `inputs` x `outputs`, `active` of them not zero. */
export interface SparseShape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly active: number;
}

/** One of the three products of a training step. */
export type SparseWork = 'forward' | 'inputGradient' | 'weightGradient';

/** What a machine takes, in nanoseconds, on one thread. */
export interface SparseCosts {
  /** For each multiply-accumulate of the dense product. */
  readonly dense: number;
  /** For each row that meets an active weight. */
  readonly each: number;
  /** For each active weight, whatever the rows. */
  readonly weight: number;
  /** For each number that is turned: those of the matrices beside the weight. */
  readonly turned: number;
}

export type SparseProfile = Readonly<Record<SparseWork, SparseCosts>>;

/** Of a processor of 2021 at 3 GHz: for where nothing was measured. */
export const usualProfile: SparseProfile = {
  forward: { dense: 0.05, each: 0.055, weight: 1.2, turned: 0.4 },
  inputGradient: { dense: 0.05, each: 0.055, weight: 1.2, turned: 0.4 },
  weightGradient: { dense: 0.05, each: 0.065, weight: 4, turned: 0.4 },
};

let profile = usualProfile;

/** The way that takes the least by the profile in use: of the same profile and numbers always the same. */
export function chooseFormat(work: SparseWork, { rows, inputs, outputs, active }: SparseShape): SparseFormat {
  const { dense, each, weight, turned } = profile[work];
  const lists = active * (rows * each + weight) + rows * (inputs + outputs) * turned;
  return lists < inputs * outputs * rows * dense ? 'lists' : 'dense';
}

/** The profile that choices are made by. */
export function getSparseProfile(): SparseProfile {
  return profile;
}

/** Has effect on steps from then on; undefined: the usual one. */
export function setSparseProfile(measured: SparseProfile | undefined): void {
  profile = measured ?? usualProfile;
}
