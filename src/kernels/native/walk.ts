/** A walk over the items of two tensors as a kernel of assembly/move.ts takes it. */
export interface Walk {
  /** Six sizes, the last one innermost, and how far a step along each goes on either side. */
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Where the walk begins on either side, in items. */
  readonly fromBegin: number;
  readonly toBegin: number;
}

interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

const axesOfKernel = 6;

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

/** Axes that go on in the same way on both sides become one; what is more than six is walked from outside. */
export function walkBoth(sizes: readonly number[], from: readonly number[], to: readonly number[]): Walk[] {
  const axes: Axis[] = [];
  sizes.forEach((size, i) => {
    if (size === 1) return;
    const own = { size, from: from[i] ?? 0, to: to[i] ?? 0 };
    const last = axes.at(-1);
    if (last?.from === own.from * size && last.to === own.to * size)
      axes[axes.length - 1] = { ...own, size: last.size * size };
    else axes.push(own);
  });
  const ordered = readable(axes);
  const inner = ordered.slice(-axesOfKernel);
  const missing = Array.from({ length: axesOfKernel - inner.length }, () => ({ size: 1, from: 0, to: 0 }));
  // Without any axis there is one item, and it is its own neighbour.
  const all = inner.length > 0 ? [...missing, ...inner] : [...missing.slice(1), { size: 1, from: 1, to: 1 }];
  const walk = { sizes: all.map(({ size }) => size), from: all.map((a) => a.from), to: all.map((a) => a.to) };
  return begins(ordered.slice(0, -axesOfKernel)).map((begin) => ({ ...walk, ...begin }));
}

/** Where nothing is read in a row, the axis that could be is brought next to the one that is written in a row. */
function readable(axes: readonly Axis[]): readonly Axis[] {
  const last = axes.at(-1);
  if (!last || last.from === 1 || last.from === 0) return axes;
  const row = axes.find(({ from }) => from === 1);
  return row ? [...axes.filter((axis) => axis !== row && axis !== last), row, last] : axes;
}

function begins(axes: readonly Axis[]): Pick<Walk, 'fromBegin' | 'toBegin'>[] {
  return axes.reduce(
    (all, { size, from, to }) =>
      all.flatMap(({ fromBegin, toBegin }) =>
        Array.from({ length: size }, (_, i) => ({
          fromBegin: fromBegin + i * from,
          toBegin: toBegin + i * to,
        })),
      ),
    [{ fromBegin: 0, toBegin: 0 }],
  );
}
