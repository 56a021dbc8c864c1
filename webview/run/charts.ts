import { element } from '../ui/dom';
import { Chart, type ChartContext } from './chart';
import { groupByQuantity } from './curves';
import type { ShownRun } from './shownRuns';

/** One chart a quantity, loss first, cursors and zoom shared. */
export class Charts {
  private charts: Chart[] = [];
  private runs: readonly ShownRun[] = [];
  private built = '';
  readonly root = element('div', { id: 'charts' });

  constructor(private readonly context: ChartContext) {}

  /** Whether there is anything to draw. */
  get some(): boolean {
    return this.charts.length > 0;
  }

  /** Takes over what the runs' curves hold now; a new quantity, split or run gets its place. */
  update(runs: readonly ShownRun[]): void {
    this.runs = runs;
    const groups = groupByQuantity(runs.flatMap(({ curves }) => curves.keys()));
    const wanted = JSON.stringify([[...groups], runs.map(({ directory, label }) => [directory, label])]);
    if (wanted !== this.built) this.build(groups);
    this.built = wanted;
    this.draw();
  }

  /** Builds anew, after a change that a drawn chart cannot take over. */
  rebuild(): void {
    this.built = '';
    this.update(this.runs);
  }

  /** Draws the curves where the viewport is now. */
  draw(): void {
    this.context.viewport.extend(this.whole());
    for (const chart of this.charts) chart.draw();
  }

  restyle(): void {
    for (const chart of this.charts) chart.restyle();
  }

  private build(groups: ReadonlyMap<string, readonly string[]>): void {
    for (const chart of this.charts) chart.dispose();
    this.charts = [...groups].map(([quantity, keys]) => new Chart(quantity, keys, this.runs, this.context));
    this.root.replaceChildren(...this.charts.map(({ root }) => root));
  }

  /** From the first place of any curve to the last. */
  private whole(): { min: number; max: number } {
    let [min, max] = [Infinity, -Infinity];
    for (const run of this.runs)
      for (const key of run.curves.keys()) {
        const { x } = run.line(key, this.context.axis(), 0);
        min = Math.min(min, x[0] ?? Infinity);
        max = Math.max(max, x.at(-1) ?? -Infinity);
      }
    return min <= max ? { min, max } : { min: 0, max: 1 };
  }
}
