import type { ModelCost, PeakLine } from './modelCost';

/** A model's cost at three batch sizes, from which it follows at any other. */
export interface BatchFit {
  readonly samples: readonly [ModelCost, ModelCost, ModelCost];
  /** The peak is the largest of these. */
  readonly peak: readonly PeakLine[];
}

/** Bytes held after each allocation of a step, at one batch size. */
export interface HeldBytes {
  readonly batch: number;
  readonly bytes: ArrayLike<number>;
  /** For each of them the stretch of the step that it belongs to, by rising number. */
  readonly stretches?: ArrayLike<number>;
}

/**
 * The lines above which the memory of a step never goes: what is held after each allocation is a constant and so much
 * for each example. Undefined where it is not, as in a model that does something else for another batch size.
 */
export function fitPeak(samples: readonly [HeldBytes, HeldBytes, HeldBytes]): PeakLine[] | undefined {
  // A loop over the batch allocates as often as it is long; then the highest of each stretch has to do.
  const comparable = samples.every(({ bytes }) => bytes.length === samples[0].bytes.length);
  const [first, second, third] = comparable ? samples : samples.map(highestOfStretches);
  if (!first || !second || !third) return undefined;
  if (first.bytes.length !== second.bytes.length || first.bytes.length !== third.bytes.length)
    return undefined;
  const lines = new Map<number, number>();
  for (let i = 0; i < first.bytes.length; i++) {
    const at = ({ bytes }: HeldBytes) => bytes[i] ?? 0;
    const bytesPerExample = (at(second) - at(first)) / (second.batch - first.batch);
    const bytes = at(first) - bytesPerExample * first.batch;
    if (bytes + bytesPerExample * third.batch !== at(third)) return undefined;
    lines.set(bytesPerExample, Math.max(bytes, lines.get(bytesPerExample) ?? -Infinity));
  }
  return upper([...lines].map(([bytesPerExample, bytes]) => ({ bytes, bytesPerExample })));
}

function highestOfStretches({ batch, bytes, stretches }: HeldBytes): HeldBytes {
  const highest = new Map<number, number>();
  for (let i = 0; i < bytes.length; i++) {
    const stretch = stretches?.[i] ?? 0;
    highest.set(stretch, Math.max(bytes[i] ?? 0, highest.get(stretch) ?? 0));
  }
  return { batch, bytes: [...highest.values()] };
}

/** Those of the lines that are the highest at some batch size of 1 or more, by rising slope. */
function upper(lines: PeakLine[]): PeakLine[] {
  const kept: PeakLine[] = [];
  const overtakes = (a: PeakLine, b: PeakLine) =>
    (a.bytes - b.bytes) / (b.bytesPerExample - a.bytesPerExample);
  for (const line of lines.sort((a, b) => a.bytesPerExample - b.bytesPerExample)) {
    for (let last = kept.at(-1); last; last = kept.at(-1)) {
      const before = kept.at(-2);
      const from = before ? overtakes(before, last) : 1;
      if (overtakes(last, line) > from) break;
      kept.pop();
    }
    kept.push(line);
  }
  return kept;
}

/** The most bytes that a step holds at a batch size. */
export function peakAt(peak: readonly PeakLine[], batch: number): number {
  return peak.reduce((most, line) => Math.max(most, line.bytes + line.bytesPerExample * batch), 0);
}

/**
 * The model's cost at any batch size: every count is the polynomial of degree two through its three samples, which for
 * all but a few is a line; exact, since the counts are.
 */
export function costAt({ samples, peak }: BatchFit, batch: number): ModelCost {
  const known = samples.find((sample) => sample.batch === batch);
  if (known) return known;
  const weights = lagrange(
    samples.map((sample) => sample.batch),
    batch,
  );
  const cost = interpolate(samples, weights) as ModelCost;
  return { ...cost, peakBytes: peakAt(peak, batch) };
}

/** Whether three costs differ in numbers alone. */
export function sameForm(samples: readonly unknown[]): boolean {
  const [first, ...others] = samples;
  if (typeof first === 'number') return others.every((other) => typeof other === 'number');
  if (typeof first !== 'object' || first === null) return others.every((other) => other === first);
  const keys = Object.keys(first);
  return (
    others.every(
      (other) => typeof other === 'object' && other !== null && Object.keys(other).join() === keys.join(),
    ) && keys.every((key) => sameForm(samples.map((sample) => (sample as Record<string, unknown>)[key])))
  );
}

function interpolate(samples: readonly unknown[], weights: readonly number[]): unknown {
  const [first] = samples;
  if (typeof first === 'number')
    return Math.round(
      (samples as readonly number[]).reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0),
    );
  if (typeof first !== 'object' || first === null) return first;
  const part = (key: string | number) =>
    interpolate(
      samples.map((sample) => (sample as Record<string | number, unknown>)[key]),
      weights,
    );
  if (Array.isArray(first)) return first.map((_, i) => part(i));
  return Object.fromEntries(Object.keys(first).map((key) => [key, part(key)]));
}

function lagrange(nodes: readonly number[], at: number): number[] {
  return nodes.map((node, i) =>
    nodes.reduce((weight, other, j) => (i === j ? weight : (weight * (at - other)) / (node - other)), 1),
  );
}
