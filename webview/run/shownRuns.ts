import type { RunCurves, XAxis } from '../../src/protocol/runPanel';
import { Curves, smoothed, type Curve } from './curves';
import { placesOf } from './xAxis';

/** A run whose curves are in the panel. */
export class ShownRun {
  readonly curves = new Curves();
  /** What was reached at which step. */
  readonly reached = new Curves();
  private readonly lines = new Map<string, { made: string; line: Curve }>();

  constructor(
    /** 0 is the panel's own. */
    public index: number,
    public facts: Omit<RunCurves, 'series' | 'reached' | 'fresh'>,
  ) {}

  get directory(): string {
    return this.facts.directory;
  }

  /** Its name and the end of its id: two runs of one experiment are told apart. */
  get label(): string {
    const { name, directory } = this.facts;
    return `${name} · ${directory.split(/[-/\\]/).at(-1)}`;
  }

  take({ series, reached, fresh, ...facts }: RunCurves): void {
    this.facts = facts;
    if (fresh) {
      this.curves.clear();
      this.reached.clear();
    }
    this.curves.apply(series);
    this.reached.apply(reached);
  }

  /** A curve over an axis, smoothed by steps; empty where the run does not know the axis. */
  line(key: string, axis: XAxis, smoothing: number): Curve {
    const made = `${this.curves.revision} ${this.reached.revision} ${axis} ${smoothing}`;
    const id = `${key} ${smoothing > 0}`;
    const kept = this.lines.get(id);
    if (kept?.made === made) return kept.line;
    const curve = this.curves.get(key);
    const places = placesOf(this, axis, curve.x);
    const line = places
      ? { x: places, y: smoothed(curve, smoothing) }
      : { x: new Float64Array(), y: new Float64Array() };
    this.lines.set(id, { made, line });
    return line;
  }
}

/** The panel's run and those that it is compared with, in the order that the host tells. */
export class ShownRuns {
  all: readonly ShownRun[] = [];

  get own(): ShownRun | undefined {
    return this.all[0];
  }

  /** @returns whether other runs are shown than before */
  take(curves: readonly RunCurves[]): boolean {
    const before = this.all;
    this.all = curves.map((each, index) => {
      const run = before.find(({ directory }) => directory === each.directory) ?? new ShownRun(index, each);
      run.index = index;
      run.take(each);
      return run;
    });
    return before.length !== this.all.length || before.some((run, i) => run !== this.all[i]);
  }
}
