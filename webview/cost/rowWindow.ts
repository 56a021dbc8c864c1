import { rowsInSight, type RowRange } from './rowsInSight';

/** Drawn beyond what is in sight before more is. */
const slack = 20;
/** Pixels, until a row was seen. */
const usualHeight = 25;

/** Draws the rows of a long table as they come into sight, with room above and below for the others. */
export class RowWindow {
  private rows: readonly (() => HTMLTableRowElement)[] = [];
  private drawn: RowRange = { from: 0, to: 0 };
  private rowHeight = usualHeight;

  constructor(
    private readonly frame: HTMLElement,
    private readonly body: HTMLTableSectionElement,
  ) {
    frame.addEventListener('scroll', () => {
      const { from, to } = this.inSight();
      const isCovered = from >= this.drawn.from - slack && to <= this.drawn.to + slack;
      if (!isCovered) this.draw();
    });
  }

  /** @param rows makers of rows, in their order */
  show(rows: readonly (() => HTMLTableRowElement)[]): void {
    this.rows = rows;
    this.draw();
  }

  private inSight(): RowRange {
    const { scrollTop, clientHeight } = this.frame;
    return rowsInSight(this.rows.length, scrollTop, clientHeight, this.rowHeight);
  }

  private draw(): void {
    const focused = document.activeElement?.closest('tr')?.dataset.layer;
    let made = this.drawOnce();
    // How much room the other rows need is known once some are there.
    if (this.measure(made)) made = this.drawOnce();
    if (focused !== undefined)
      made
        .find(({ dataset }) => dataset.layer === focused)
        ?.querySelector('button')
        ?.focus({ preventScroll: true });
  }

  private drawOnce(): HTMLTableRowElement[] {
    const { from, to } = (this.drawn = this.inSight());
    const made = this.rows.slice(from, to).map((make, i) => {
      const row = make();
      row.setAttribute('aria-rowindex', String(from + i + 2));
      return row;
    });
    this.body.replaceChildren(...this.room(from), ...made, ...this.room(this.rows.length - to));
    return made;
  }

  /** Takes the mean of the rows, which are not all equally high; whether it is another one than before. */
  private measure(rows: readonly HTMLTableRowElement[]): boolean {
    const [first, last] = [rows[0], rows.at(-1)].map((row) => row?.getBoundingClientRect());
    const height = first && last ? (last.bottom - first.top) / rows.length : 0;
    if (height <= 0 || Math.abs(height - this.rowHeight) < 0.5) return false;
    this.rowHeight = height;
    return true;
  }

  private room(rows: number): HTMLTableRowElement[] {
    if (rows <= 0) return [];
    const row = document.createElement('tr');
    row.className = 'room';
    row.setAttribute('aria-hidden', 'true');
    row.style.height = `${rows * this.rowHeight}px`;
    return [row];
  }
}
