/** Ways to multiply with a weight that is zero in places. */
export type SparseFormat = 'dense' | 'lists' | 'blocks';

/** What is to be done: `rows` rows with a weight of `inputs` x `outputs`, `active` of them not zero. */
export interface SparseShape {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly active: number;
  /** Whether these come in blocks of eight outputs that share an input. */
  readonly blocks: boolean;
  /** Whether rows are what the windows of a convolution see. */
  readonly window: boolean;
}

/** The products of a training step. */
export const sparseWork = ['forward', 'inputGradient', 'weightGradient'] as const;
export type SparseWork = (typeof sparseWork)[number];

/** What a machine takes, in nanoseconds. */
export interface SparseCosts {
  /** For each multiply-accumulate of the dense product. */
  readonly dense: number;
  /** For each row that meets an active weight. */
  readonly each: number;
  /** For each active weight, whatever the rows. */
  readonly weight: number;
  /** For each number that is turned: those of the matrices beside the weight. */
  readonly turned: number;
  /** For each row that meets an active weight in a block; what is turned for lists is not turned here. */
  readonly block: number;
}

export type SparseProfile = Readonly<Record<SparseWork, SparseCosts>>;

/** Of a server's core of 2021 at 3 GHz: for where nothing was measured. */
const usual: SparseProfile = {
  forward: { dense: 0.039, each: 0.055, weight: 1, turned: 0.29, block: 0.052 },
  inputGradient: { dense: 0.039, each: 0.05, weight: 1, turned: 0.34, block: 0.05 },
  weightGradient: { dense: 0.039, each: 0.085, weight: 2, turned: 0.23, block: 0.081 },
};

/** What looking through a window takes more than in the dense kernels, for each number and for each row. */
const [seen, looked] = [0.2, 15];

let profile = usual;

/** The way that takes the least by the profile in use: of the same profile and numbers always the same. */
export function chooseFormat(
  work: SparseWork,
  { rows, inputs, outputs, active, blocks, window }: SparseShape,
): SparseFormat {
  const { dense, each, weight, turned, block } = profile[work];
  const takes: Record<SparseFormat, number> = {
    dense: inputs * outputs * rows * dense,
    lists:
      active * (rows * each + weight) +
      rows * (inputs + outputs) * turned +
      (window ? rows * (inputs * seen + looked) : 0),
    // There is no such kernel for the gradient of inputs.
    blocks: blocks && work !== 'inputGradient' ? active * (rows * block + weight) : Infinity,
  };
  const formats = Object.keys(takes) as SparseFormat[];
  return formats.reduce((best, each) => (takes[each] < takes[best] ? each : best));
}

/** The profile that choices are made by: what results are to the bit depends on it. */
export function getSparseProfile(): SparseProfile {
  return profile;
}

/**
 * Has effect on steps from then on, but not on plans that there are already; undefined: the usual one.
 *
 * @throws Error where a cost is no number from 0 on
 */
export function setSparseProfile(measured: SparseProfile | undefined): void {
  for (const work of measured ? sparseWork : [])
    for (const [cost, nanoseconds] of Object.entries(measured?.[work] ?? { all: NaN }))
      if (!(Number.isFinite(nanoseconds) && nanoseconds >= 0))
        throw new Error(
          `setSparseProfile: ${work}.${cost} is ${String(nanoseconds)}, not a time in nanoseconds.`,
        );
  profile = measured ?? usual;
}
