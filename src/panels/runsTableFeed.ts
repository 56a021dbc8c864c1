import type { RunColumn, RunRow, TableLayout, ToRunsTable } from '../protocol/runsTable';

/** A message of this many rows takes the host and the page a few milliseconds; the first one is a screen. */
const firstRows = 60;
const rowsAtOnce = 250;

/** Where rows come from: made when they are sent, so that nothing is made for nobody. */
export interface RowMaker {
  row(key: string): RunRow | undefined;
  columns(): readonly RunColumn[];
  /** Digests that are still being read. */
  reading(): number;
}

/** Feeds one webview with rows, a few at a time and the next only after the last were acknowledged. */
export class RunsTableFeed {
  private readonly dirty = new Set<string>();
  private readonly gone = new Set<string>();
  private isRunning = false;
  private awaited: number | undefined;
  private nextId = 1;
  private columnsTold = 0;
  private readingTold = 0;

  /** @param post hands a message to the webview, which may drop it */
  constructor(
    private readonly maker: RowMaker,
    private readonly post: (message: ToRunsTable) => void,
  ) {}

  /** Whether somebody looks. */
  get running(): boolean {
    return this.isRunning;
  }

  /** A fresh webview knows nothing yet: tells it all, in this order. */
  begin(layout: TableLayout, keys: Iterable<string>): void {
    this.pause();
    this.isRunning = true;
    this.post({ type: 'begin', layout });
    for (const key of keys) this.dirty.add(key);
    this.send(firstRows, true);
  }

  /** Nobody looks. */
  pause(): void {
    this.isRunning = false;
    this.awaited = undefined;
    this.columnsTold = 0;
    this.dirty.clear();
    this.gone.clear();
  }

  changed(keys: Iterable<string>): void {
    if (!this.isRunning) return;
    for (const key of keys) {
      this.dirty.add(key);
      this.gone.delete(key);
    }
    this.send(rowsAtOnce);
  }

  removed(key: string): void {
    if (!this.isRunning) return;
    this.dirty.delete(key);
    this.gone.add(key);
    this.send(rowsAtOnce);
  }

  /** The webview has drawn what it was told. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    this.awaited = undefined;
    this.send(rowsAtOnce);
  }

  private send(most: number, evenNothing = false): void {
    if (!this.isRunning || this.awaited !== undefined) return;
    const reading = this.maker.reading();
    const news = this.dirty.size > 0 || this.gone.size > 0 || (reading === 0) !== (this.readingTold === 0);
    if (!news && !evenNothing) return;
    const rows: RunRow[] = [];
    for (const key of this.dirty) {
      this.dirty.delete(key);
      const row = this.maker.row(key);
      if (row) rows.push(row);
      if (rows.length >= most) break;
    }
    const columns = this.maker.columns().slice(this.columnsTold);
    this.columnsTold += columns.length;
    this.readingTold = reading;
    const gone = [...this.gone];
    this.gone.clear();
    this.awaited = this.nextId++;
    this.post({ type: 'rows', id: this.awaited, columns, rows, gone, left: this.dirty.size, reading });
  }
}
