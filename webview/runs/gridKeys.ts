import type { Grid } from './grid';
import type { GridHead } from './gridHead';
import type { Entry } from './tableModel';

interface GridActions {
  entries(): readonly Entry[];
  columnCount(): number;
  /** Enter on a line. */
  open(entry: Entry): void;
  /** Space, or a click on the box. */
  toggle(entry: Entry): void;
  only(entry: Entry): void;
  /** @param from where a range begins that has no beginning yet */
  extend(entry: Entry, from?: Entry): void;
  selectAll(): void;
  selectNone(): void;
  filter(column: number): void;
}

const headings = -1;

/**
 * The cell that keys go to: one of the whole grid is in the tab order, and arrows move it. Column -1 is that of the
 * check boxes, line -1 that of the headings.
 */
export class GridKeys {
  private line = headings;
  private column = 0;

  constructor(
    private readonly grid: Grid,
    private readonly head: GridHead,
    private readonly actions: GridActions,
  ) {
    grid.root.addEventListener('keydown', (event) => this.key(event));
    grid.root.addEventListener('click', (event) => this.click(event));
    grid.root.addEventListener('dblclick', ({ target }) => {
      const entry = this.entryOf(target);
      if (entry && !(target as Element).closest('.check')) actions.open(entry);
    });
    grid.root.addEventListener('focusin', ({ target }) => this.follow(target));
  }

  /** After lines were drawn anew: one cell stays in the tab order, and the focus where it was. */
  restore(): void {
    this.line = Math.min(this.line, this.actions.entries().length - 1);
    this.column = Math.min(this.column, this.actions.columnCount() - 1);
    for (const cell of this.grid.root.querySelectorAll('[tabindex="0"]')) cell.setAttribute('tabindex', '-1');
    (this.cell() ?? this.head.cell(0))?.setAttribute('tabindex', '0');
  }

  /** Moves with what it was at: the line of an entry that is now elsewhere. */
  moved(id: string | undefined): void {
    const line = this.actions.entries().findIndex((entry) => entry.id === id);
    if (line >= 0) this.line = line;
  }

  /** The entry that has the focus. */
  get current(): Entry | undefined {
    return this.actions.entries()[this.line];
  }

  private cell(): HTMLElement | undefined {
    return this.line === headings ? this.head.cell(this.column) : this.grid.row(this.line)?.cell(this.column);
  }

  private focus(line: number, column: number): void {
    this.line = Math.max(headings, Math.min(line, this.actions.entries().length - 1));
    this.column = Math.max(-1, Math.min(column, this.actions.columnCount() - 1));
    this.grid.reveal(this.line);
    this.restore();
    const cell = this.cell();
    cell?.focus({ preventScroll: true });
    if (cell && !cell.classList.contains('pinned')) revealSideways(this.grid.root, cell);
  }

  private follow(target: EventTarget | null): void {
    const cell = (target as Element).closest<HTMLElement>('[aria-colindex]');
    const row = cell?.closest<HTMLElement>('[role="row"]');
    if (!cell || !row || cell.classList.contains('field')) return;
    this.line = row.dataset.index === undefined ? headings : Number(row.dataset.index);
    this.column = Number(cell.getAttribute('aria-colindex')) - 2;
    this.grid.reveal(this.line);
    this.restore();
  }

  private entryOf(target: EventTarget | null): Entry | undefined {
    const row = (target as Element).closest<HTMLElement>('.body [role="row"]');
    return row ? this.actions.entries()[Number(row.dataset.index)] : undefined;
  }

  private click(event: MouseEvent): void {
    const entry = this.entryOf(event.target);
    if (!entry) return;
    if ((event.target as Element).closest('.check')) {
      if (event.shiftKey) this.actions.extend(entry);
      else this.actions.toggle(entry);
    } else if (event.shiftKey) this.actions.extend(entry);
    else if (event.ctrlKey || event.metaKey) this.actions.toggle(entry);
    else if (entry.kind === 'group') this.actions.open(entry);
    else this.actions.only(entry);
    const cell = (event.target as Element).closest<HTMLElement>('[aria-colindex]');
    if (cell)
      this.focus(
        Number(cell.closest<HTMLElement>('[role="row"]')?.dataset.index),
        Number(cell.getAttribute('aria-colindex')) - 2,
      );
  }

  private key(event: KeyboardEvent): void {
    const { target, key } = event;
    if ((target as Element).closest('.field')) return this.fieldKey(event);
    const moved = this.move(event);
    const before = this.current;
    if (moved) this.focus(...moved);
    else if (key === 'a' && (event.ctrlKey || event.metaKey)) this.actions.selectAll();
    else if (key === 'Escape') this.actions.selectNone();
    else if (key === 'Enter' || key === ' ') this.act(event);
    else return;
    if (moved && event.shiftKey && this.current && /^Arrow(Up|Down)$/.test(key))
      this.actions.extend(this.current, before);
    event.preventDefault();
  }

  private act({ key, shiftKey, target }: KeyboardEvent): void {
    const { current } = this;
    if (this.line === headings)
      (target as HTMLElement).dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey }));
    else if (current && key === 'Enter') this.actions.open(current);
    else if (current) this.actions.toggle(current);
  }

  /** From a field back to its column's heading, or down to the first line. */
  private fieldKey(event: KeyboardEvent): void {
    const cell = (event.target as Element).closest('[aria-colindex]');
    const column = Number(cell?.getAttribute('aria-colindex')) - 2;
    if (event.key === 'ArrowDown' || event.key === 'Enter') this.focus(0, column);
    else if (event.key === 'ArrowUp' || event.key === 'Escape') this.focus(headings, column);
    else return;
    event.preventDefault();
  }

  private move({ key, ctrlKey, metaKey }: KeyboardEvent): [number, number] | undefined {
    const { line, column, grid } = this;
    const last = this.actions.entries().length - 1;
    const far = ctrlKey || metaKey;
    switch (key) {
      case 'ArrowDown':
        return [far ? last : line + 1, column];
      case 'ArrowUp':
        return [far ? 0 : line - 1, column];
      case 'ArrowRight':
        return [line, column + 1];
      case 'ArrowLeft':
        return [line, column - 1];
      case 'PageDown':
        return [line + grid.page, column];
      case 'PageUp':
        return [Math.max(0, line - grid.page), column];
      case 'Home':
        return [far ? 0 : line, -1];
      case 'End':
        return [far ? last : line, this.actions.columnCount() - 1];
      default:
        return undefined;
    }
  }
}

/** Scrolls so that a cell is not behind the pinned columns, nor outside. */
function revealSideways(root: HTMLElement, cell: HTMLElement): void {
  const pinned = [...(cell.parentElement?.querySelectorAll<HTMLElement>('.pinned') ?? [])];
  const covered = pinned.reduce((sum, { offsetWidth }) => sum + offsetWidth, 0);
  const { offsetLeft, offsetWidth } = cell;
  if (offsetLeft - covered < root.scrollLeft) root.scrollLeft = offsetLeft - covered;
  else if (offsetLeft + offsetWidth > root.scrollLeft + root.clientWidth)
    root.scrollLeft = offsetLeft + offsetWidth - root.clientWidth;
}
