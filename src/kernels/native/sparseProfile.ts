import type { Tf } from '../register';
import { fitWeights } from '../../math/leastSquares';
import { nativeOf } from './native';
import {
  amountsOf,
  sparseAmounts,
  sparseKinds,
  sparseWork,
  type FormatCosts,
  type SparseCosts,
  type SparseFormat,
  type SparseKind,
  type SparseProfile,
  type SparseWork,
} from './sparseCost';
import { sparseSamples, type SparseSample } from './sparseSamples';

/** Each is done so often in so many rounds, and its fastest time counts: what else the machine does slows some down. */
const [rounds, repetitions] = [5, 3];
/** Share by which most of what was measured may be off of what the profile says, before it says nothing. */
const bound = 0.3;

interface Measured {
  readonly sample: SparseSample;
  readonly work: SparseWork;
  readonly format: SparseFormat;
  /** Nanoseconds on one thread, and on as many as there are. */
  alone: number;
  together: number;
}

/**
 * What products take on the wasm backend with the threads that it has, measured in about a quarter of a second. To be
 * kept by whoever asks: another measurement gives other numbers, and another choice other bits.
 *
 * @throws Error where the backend in use is another, or what was measured is not to be believed
 */
export function measureSparseProfile(tf: Tf): SparseProfile {
  if (tf.getBackend() !== 'wasm')
    throw new Error(
      `measureSparseProfile: it is of the wasm backend; the one in use is "${tf.getBackend()}".`,
    );
  const samples = sparseSamples(tf);
  try {
    const all = samples.flatMap((sample) =>
      sample.works.flatMap((work) =>
        sample.formats(work).map((format): Measured => {
          return { sample, work, format, alone: Infinity, together: Infinity };
        }),
      ),
    );
    const native = nativeOf(tf.backend());
    for (let round = 0; round < rounds; round++)
      for (const each of all) {
        each.alone = native.alone(() => fastest(each, each.alone));
        if (native.threads > 1 && each.sample.isLarge) each.together = fastest(each, each.together);
      }
    return profileOf(all);
  } finally {
    for (const sample of samples) sample.dispose();
  }
}

function fastest({ sample, work, format }: Measured, known: number): number {
  for (let i = 0; i < repetitions; i++) known = Math.min(known, sample.time(work, format));
  return known;
}

function profileOf(all: readonly Measured[]): SparseProfile {
  const of = (kind: SparseKind, work: SparseWork, format: SparseFormat) =>
    costs(all.filter((each) => each.sample.kind === kind && each.work === work && each.format === format));
  const entries = sparseKinds.map((kind) => {
    const formats = sparseWork.map((work): [SparseWork, FormatCosts] => {
      const [dense, lists] = [of(kind, work, 'dense'), of(kind, work, 'lists')];
      const hasBlocks = kind === 'matrix' && work !== 'inputGradient';
      return [work, { dense, lists, ...(hasBlocks && { blocks: of(kind, work, 'blocks') }) }];
    });
    return [kind, Object.fromEntries(formats)];
  });
  return Object.fromEntries(entries) as SparseProfile;
}

function costs(measured: readonly Measured[]): SparseCosts {
  const rows = measured.map(({ sample, work, format }) => {
    const amounts = amountsOf(work, format, sample.shape);
    return [...sparseAmounts.map((each) => amounts[each]), 1];
  });
  const times = measured.map(({ alone }) => alone);
  const found = fitWeights(rows, times);
  const off = rows.map((row, i) => {
    const said = row.reduce((sum, amount, at) => sum + amount * (found[at] ?? 0), 0);
    return Math.abs(said / (times[i] ?? 1) - 1);
  });
  const { work, format, sample } = measured[0] ?? {};
  if (!(median(off) <= bound) || !found[0])
    throw new Error(
      `measureSparseProfile: times of ${sample?.kind}.${work}.${format} do not follow from what is done (the median is ${Math.round(100 * median(off))} % off); the machine is too busy.`,
    );
  const gains = measured.flatMap(({ alone, together }) => (together < Infinity ? [alone / together] : []));
  const each = Object.fromEntries(sparseAmounts.map((name, i) => [name, rounded(found[i] ?? 0)]));
  // What a call takes whatever is done is that of TensorFlow.js, and the same for all.
  // Threads that the machine has no cores for at the moment say nothing of it.
  const together = gains.length > 0 ? Math.max(1, rounded(median(gains))) : 1;
  return { ...each, together } as unknown as SparseCosts;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** No more digits than a measurement has, so that records of it can be read. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
