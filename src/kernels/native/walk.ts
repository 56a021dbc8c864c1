/** A walk over the items of two tensors at once. */
interface Walk {
  /** Sizes, the last one innermost, and how many items a step along each is in either tensor. */
  readonly sizes: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** One as a kernel of assembly/move.ts takes it, from a to b: six sizes, and where it begins in either, in items. */
interface Movement extends Walk {
  readonly aBegin: number;
  readonly bBegin: number;
}

interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
}

/** Axes of the kernels in assembly/move.ts and assembly/broadcast.ts. */
const movementAxes = 6;
const pairAxes = 4;

/** How many items a step along each axis of a tensor is. */
export function stepsOf(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (const size of [...shape].reverse()) {
    steps.unshift(step);
    step *= size;
  }
  return steps;
}

/** A walk over all pairs of two tensors that are broadcast to a shape; undefined where more than four axes are left. */
export function walkOf(
  shape: readonly number[],
  aShape: readonly number[],
  bShape: readonly number[],
): Walk | undefined {
  const axes = joined(shape, broadcastSteps(shape, aShape), broadcastSteps(shape, bShape));
  return axes.length > pairAxes ? undefined : walked(axes, pairAxes);
}

/** Walks from a to b; what is more than six axes is walked from outside. */
export function walkBoth(sizes: readonly number[], a: readonly number[], b: readonly number[]): Movement[] {
  const axes = readable(joined(sizes, a, b));
  const walk = walked(axes.slice(-movementAxes), movementAxes);
  return begins(axes.slice(0, -movementAxes)).map((begin) => ({ ...walk, ...begin }));
}

/** Steps of a tensor along the axes of what it is broadcast to: none where one item stands for all. */
function broadcastSteps(shape: readonly number[], own: readonly number[]): number[] {
  const steps = stepsOf(own);
  const missing = shape.length - own.length;
  return shape.map((_, axis) => ((own[axis - missing] ?? 1) === 1 ? 0 : (steps[axis - missing] ?? 0)));
}

/** Axes that go on in the same way in both become one; those of one item are left out. */
function joined(sizes: readonly number[], a: readonly number[], b: readonly number[]): Axis[] {
  const axes: Axis[] = [];
  sizes.forEach((size, i) => {
    if (size === 1) return;
    const own = { size, a: a[i] ?? 0, b: b[i] ?? 0 };
    const last = axes.at(-1);
    if (last?.a === own.a * size && last.b === own.b * size)
      axes[axes.length - 1] = { ...own, size: last.size * size };
    else axes.push(own);
  });
  return axes;
}

/** Filled up to as many axes as a kernel has. Without any there is one item, and it is its own neighbour. */
function walked(axes: readonly Axis[], count: number): Walk {
  const given = axes.length > 0 ? axes : [{ size: 1, a: 1, b: 1 }];
  const missing = Array.from({ length: count - given.length }, () => ({ size: 1, a: 0, b: 0 }));
  const all = [...missing, ...given];
  return { sizes: all.map(({ size }) => size), a: all.map((axis) => axis.a), b: all.map((axis) => axis.b) };
}

/** Where nothing is read in a row, the axis that could be is brought next to the one that is written in a row. */
function readable(axes: readonly Axis[]): readonly Axis[] {
  const last = axes.at(-1);
  if (!last || last.a === 1 || last.a === 0) return axes;
  const row = axes.find((axis) => axis.a === 1);
  return row ? [...axes.filter((axis) => axis !== row && axis !== last), row, last] : axes;
}

function begins(axes: readonly Axis[]): Pick<Movement, 'aBegin' | 'bBegin'>[] {
  return axes.reduce(
    (all, { size, a, b }) =>
      all.flatMap(({ aBegin, bBegin }) =>
        Array.from({ length: size }, (_, i) => ({ aBegin: aBegin + i * a, bBegin: bBegin + i * b })),
      ),
    [{ aBegin: 0, bBegin: 0 }],
  );
}
