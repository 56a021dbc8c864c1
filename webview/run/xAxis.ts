import { formatCount, formatFlops, formatMeasure, formatSeconds } from '../../src/protocol/format';
import type { XAxis } from '../../src/protocol/runPanel';
import type { Curve } from './curves';
import type { ShownRun } from './shownRuns';

/** Something that curves can be drawn over. */
interface AxisKind {
  /** Beneath the curves, with how the figure came to be. */
  label(run: ShownRun): string;
  /** In the list of axes. */
  readonly name: string;
  /** What a run had reached at its steps; undefined where it is not known. */
  reached(run: ShownRun): Curve | undefined;
  /** Why it is not known. */
  readonly why: string;
  format(value: number, run: ShownRun): string;
}

export const axisKinds: Record<XAxis, AxisKind> = {
  step: {
    name: 'Step',
    label: () => 'Step',
    reached: () => undefined,
    why: '',
    format: (step) => formatCount(step),
  },
  epoch: {
    name: 'Epoch',
    label: () => 'Epoch',
    reached({ facts, reached }) {
      const { stepsPerEpoch } = facts;
      if (stepsPerEpoch !== undefined)
        return { x: Float64Array.of(0, stepsPerEpoch), y: Float64Array.of(0, 1) };
      return fromNothing(reached.get('epochs'));
    },
    why: 'no epoch has ended yet',
    format: (epoch) => String(Number(epoch.toFixed(2))),
  },
  time: {
    name: 'Wall time',
    label: () => 'Wall time, measured, without pauses between attempts',
    reached: ({ reached }) => someOf(reached.get('seconds')),
    why: 'no step was timed yet',
    format: (seconds) => formatSeconds(seconds),
  },
  flops: {
    name: 'FLOPs',
    label: () => 'FLOPs of training, counted',
    reached({ reached }) {
      const flops = reached.get('flops');
      return (flops.y.at(-1) ?? 0) > 0 ? fromNothing(flops) : undefined;
    },
    why: 'none were counted',
    format: (flops) => formatFlops(flops, ''),
  },
  energy: {
    name: 'Energy',
    label: ({ facts }) => `Energy, ${facts.energyProvenance ?? 'estimated'}, sampled every few seconds`,
    reached: ({ reached }) => fromNothing(reached.get('joules')),
    why: 'none was measured or estimated yet',
    format: formatJoules,
  },
  money: {
    name: 'Money',
    label: ({ facts }) => `Money in ${facts.prices?.currency ?? ''}, predicted from energy and prices`,
    reached: moneyOf,
    why: 'no price was set',
    format: (money) => formatMeasure(money),
  },
};

/** Why curves of a run cannot be drawn over something; undefined where they can. */
export function whyNot(run: ShownRun, axis: XAxis): string | undefined {
  return axis === 'step' || axisKinds[axis].reached(run) ? undefined : axisKinds[axis].why;
}

/**
 * The places of steps on an axis, ascending; undefined where the axis is not known of the run. Steps after the last that
 * is known go on at its pace.
 */
export function placesOf(run: ShownRun, axis: XAxis, steps: Float64Array): Float64Array | undefined {
  if (axis === 'step') return steps;
  const known = axisKinds[axis].reached(run);
  return known && interpolated(known, steps);
}

/** Values of an ascending curve at ascending steps, between its points and beyond them in straight lines. */
export function interpolated({ x, y }: Curve, steps: Float64Array): Float64Array {
  const result = new Float64Array(steps.length);
  const last = x.length - 1;
  let i = 0;
  let most = -Infinity;
  for (let s = 0; s < steps.length; s++) {
    const step = steps[s] as number;
    while (i < last - 1 && (x[i + 1] as number) < step) i++;
    const x0 = x[i] as number;
    const y0 = y[i] as number;
    const slope = last === 0 ? 0 : ((y[i + 1] as number) - y0) / ((x[i + 1] as number) - x0);
    // Clocks of two machines may differ: what was reached never goes back.
    most = Math.max(most, y0 + (step < x0 ? 0 : slope * (step - x0)));
    result[s] = most;
  }
  return result;
}

function moneyOf(run: ShownRun): Curve | undefined {
  const { prices } = run.facts;
  if (!prices) return undefined;
  const { perJoule, perGpuSecond } = prices;
  const joules = run.reached.get('joules');
  const seconds = run.reached.get('gpuSeconds');
  const paidTime = perGpuSecond > 0 && seconds.x.length > 0;
  const paidEnergy = perJoule > 0 && joules.x.length > 0;
  if (!paidTime && !paidEnergy) return undefined;
  const { x } = paidTime ? seconds : joules;
  const energy = paidEnergy ? interpolated(fromNothing(joules) ?? joules, x) : undefined;
  const time = paidTime ? interpolated(seconds, x) : undefined;
  const money = x.map((_, i) => (energy?.[i] ?? 0) * perJoule + (time?.[i] ?? 0) * perGpuSecond);
  return fromNothing({ x, y: money });
}

/** A curve that begins with nothing at step 0. */
function fromNothing({ x, y }: Curve): Curve | undefined {
  if (x.length === 0) return undefined;
  return x[0] === 0 ? { x, y } : { x: afterZero(x), y: afterZero(y) };
}

function afterZero(values: Float64Array): Float64Array {
  const all = new Float64Array(values.length + 1);
  all.set(values, 1);
  return all;
}

function someOf(known: Curve): Curve | undefined {
  return known.x.length > 0 ? known : undefined;
}

function formatJoules(joules: number): string {
  const unit = [
    { name: 'GJ', size: 1e9 },
    { name: 'MJ', size: 1e6 },
    { name: 'kJ', size: 1e3 },
  ].find(({ size }) => Math.abs(joules) >= size) ?? { name: 'J', size: 1 };
  return `${Number((joules / unit.size).toPrecision(4))} ${unit.name}`;
}
