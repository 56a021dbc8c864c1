import type { BackendChoice, Params, ParamValue } from '../runs/record';

/** What of an experiment's declaration a run changes. */
export interface RunOptions {
  readonly params: Params;
  readonly seed?: number;
  readonly backend: BackendChoice;
}

/** Values to try: every combination of them is a run. */
export interface RunGrid {
  /** By parameter; what is not named stays as the experiment says. */
  readonly values: Readonly<Record<string, readonly ParamValue[]>>;
  /** None: as the experiment says. */
  readonly seeds: readonly number[];
  readonly backend: BackendChoice;
}

/** More than these are a mistake, or a search. */
export const mostRuns = 100;

/** How many runs a grid is. */
export function gridSize({ values, seeds }: RunGrid): number {
  const counts = [...Object.values(values).map(({ length }) => length), Math.max(1, seeds.length)];
  return counts.reduce((product, count) => product * count, 1);
}

/** The runs of a grid; seeds change first, so that repeats of the same parameters come one after another. */
export function runsOf({ values, seeds, backend }: RunGrid): RunOptions[] {
  let all: Params[] = [{}];
  for (const [name, each] of Object.entries(values))
    all = all.flatMap((params) => each.map((value) => ({ ...params, [name]: value })));
  return all.flatMap((params) =>
    seeds.length === 0 ? [{ params, backend }] : seeds.map((seed) => ({ params, seed, backend })),
  );
}

/** "lr=0.1, 0.01; seed=0, 1". */
export function gridText({ values, seeds }: RunGrid): string {
  const named = Object.entries(values).map(([name, each]) => `${name}=${each.join(', ')}`);
  return [...named, ...(seeds.length > 0 ? [`seed=${seeds.join(', ')}`] : [])].join('; ');
}
