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
  /** Rows that the webview has not been told of yet, and those that have changed since it was. */
  private readonly untold = new Set<string>();
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
    for (const key of keys) this.untold.add(key);
    this.send(firstRows, true);
  }

  /** Nobody looks. */
  pause(): void {
    this.isRunning = false;
    this.awaited = undefined;
    this.columnsTold = 0;
    this.untold.clear();
    this.dirty.clear();
    this.gone.clear();
  }

  changed(keys: Iterable<string>): void {
    if (!this.isRunning) return;
    for (const key of keys) {
      if (!this.untold.has(key)) this.dirty.add(key);
      this.gone.delete(key);
    }
    this.send(rowsAtOnce);
  }

  removed(key: string): void {
    if (!this.isRunning) return;
    this.untold.delete(key);
    this.dirty.delete(key);
    this.gone.add(key);
    this.send(rowsAtOnce);
  }

  /** The webview has taken in what it was told. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    this.awaited = undefined;
    this.send(rowsAtOnce);
  }

  private send(most: number, evenNothing = false): void {
    if (!this.isRunning || this.awaited !== undefined) return;
    const reading = this.maker.reading();
    const turned = (reading === 0) !== (this.readingTold === 0);
    const news = this.untold.size > 0 || this.dirty.size > 0 || this.gone.size > 0 || turned;
    if (!news && !evenNothing) return;
    const rows = [...this.take(this.untold, most)];
    rows.push(...this.take(this.dirty, most - rows.length));
    const columns = this.maker.columns().slice(this.columnsTold);
    this.columnsTold += columns.length;
    this.readingTold = reading;
    const gone = [...this.gone];
    this.gone.clear();
    this.awaited = this.nextId++;
    this.post({ type: 'rows', id: this.awaited, columns, rows, gone, left: this.untold.size, reading });
  }

  private *take(keys: Set<string>, most: number): Iterable<RunRow> {
    let taken = 0;
    for (const key of keys) {
      if (taken === most) return;
      keys.delete(key);
      const row = this.maker.row(key);
      if (!row) continue;
      taken++;
      yield row;
    }
  }
}
