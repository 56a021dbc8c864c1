import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { element } from '../ui/dom';
import { checkWidth, type LaidOut } from './columns';
import type { GridHead } from './gridHead';
import { GridRow, rowHeight, type RowContext } from './gridRow';
import type { Entry } from './tableModel';

/** Lines above and below those in sight, so that none is missing while it scrolls. */
const overscan = 6;

/** Only the lines in sight are on the page, however many there are. */
export class Grid {
  private readonly body = element('div', { role: 'rowgroup', class: 'body' });
  private readonly rows = new Map<number, GridRow>();
  private readonly spare: GridRow[] = [];
  private readonly virtual: Virtualizer<HTMLElement, HTMLElement>;
  private entries: readonly Entry[] = [];
  private context: RowContext | undefined;
  /** A line that has the focus stays on the page, though it is scrolled away. */
  private kept = -1;
  readonly root;

  constructor(private readonly head: GridHead) {
    this.root = element(
      'div',
      { id: 'grid', role: 'grid', 'aria-label': 'Runs', 'aria-multiselectable': 'true' },
      head.root,
      this.body,
    );
    this.virtual = new Virtualizer<HTMLElement, HTMLElement>({
      ...this.options(0),
      onChange: () => this.render(),
    });
    this.virtual._didMount();
  }

  /** To be called once the grid is on the page. */
  mount(): void {
    this.virtual._willUpdate();
  }

  show(entries: readonly Entry[], context: RowContext): void {
    const { columns } = context;
    if (this.context?.generation !== context.generation) {
      const widths = columns.map(({ width }) => `${width}px`).join(' ');
      this.root.style.setProperty('--columns', `${checkWidth}px ${widths}`);
      this.root.style.setProperty('--width', `${checkWidth + sum(columns)}px`);
      this.root.setAttribute('aria-colcount', String(columns.length + 1));
    }
    this.entries = entries;
    this.context = context;
    this.root.setAttribute('aria-rowcount', String(entries.length + 2));
    this.body.style.height = `${entries.length * rowHeight}px`;
    this.virtual.setOptions(this.options(entries.length));
    this.virtual._willUpdate();
    this.render();
  }

  /** Keeps a line on the page, and brings it into sight. */
  reveal(index: number): void {
    this.kept = index;
    if (index < 0) return;
    const top = index * rowHeight;
    const { scrollTop, clientHeight } = this.root;
    const room = clientHeight - this.head.height;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + rowHeight > scrollTop + room) this.root.scrollTop = top + rowHeight - room;
    this.render();
  }

  row(index: number): GridRow | undefined {
    return this.rows.get(index);
  }

  /** Lines that fit. */
  get page(): number {
    return Math.max(1, Math.floor((this.root.clientHeight - this.head.height) / rowHeight) - 1);
  }

  private options(count: number) {
    return {
      count,
      getScrollElement: () => this.root,
      estimateSize: () => rowHeight,
      overscan,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.render(),
      getItemKey: (index: number) => index,
    };
  }

  private render(): void {
    const { context } = this;
    if (!context) return;
    const wanted = new Set(this.virtual.getVirtualItems().map(({ index }) => index));
    if (this.kept >= 0) wanted.add(this.kept);
    for (const [index, row] of this.rows) {
      if (wanted.has(index) && index < this.entries.length) continue;
      this.rows.delete(index);
      this.spare.push(row);
    }
    for (const index of wanted) {
      const entry = this.entries[index];
      if (!entry) continue;
      const row = this.rows.get(index) ?? this.spare.pop() ?? new GridRow();
      this.rows.set(index, row);
      // A line that takes the place of another stays on the page: its cells are not styled anew.
      if (!row.root.isConnected) this.body.append(row.root);
      row.fill(entry, index, context);
    }
    for (const { root } of this.spare) root.remove();
  }
}

function sum(columns: readonly LaidOut[]): number {
  return columns.reduce((total, { width }) => total + width, 0);
}
