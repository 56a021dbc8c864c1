import { element } from '../ui/dom';
import { Chart, type ChartContext } from './chart';
import { groupByQuantity, type Curves } from './curves';

/** One chart a quantity, loss first, cursors and zoom shared. */
export class Charts {
  private charts: Chart[] = [];
  readonly root = element('div', { id: 'charts' });

  constructor(
    private readonly curves: Curves,
    private readonly context: ChartContext,
  ) {}

  /** Draws what the curves hold now; a new quantity or split gets its place. */
  update(): void {
    const groups = groupByQuantity(this.curves.keys());
    const same =
      groups.size === this.charts.length &&
      this.charts.every(({ quantity, keys }) => groups.get(quantity)?.join() === keys.join());
    if (!same) this.build(groups);
    else for (const chart of this.charts) chart.update();
  }

  /** Builds anew, after a change that a drawn chart cannot take over. */
  rebuild(): void {
    this.build(groupByQuantity(this.curves.keys()));
  }

  restyle(): void {
    for (const chart of this.charts) chart.restyle();
  }

  private build(groups: ReadonlyMap<string, readonly string[]>): void {
    for (const chart of this.charts) chart.dispose();
    this.charts = [...groups].map(([quantity, keys]) => new Chart(quantity, keys, this.curves, this.context));
    this.root.replaceChildren(...this.charts.map(({ root }) => root));
  }
}
