import * as vscode from 'vscode';
import { Bundler, type Bundle } from '../../trace/bundle';
import type { TraceRequest, TraceResult } from '../../trace/request';
import { TracerClient } from '../../trace/tracerClient';
import { Disposables } from '../disposables';
import { costSettings, nodeSetting } from '../settings';
import { ExperimentUses } from './experimentUses';
import { isCosted } from './lazyCost';
import { TraceBook, type ShownLine } from './traceBook';
import { remarksOf, requestOf } from './traceRequests';

/** What is no longer in any tab is forgotten after this: a tab that takes another's place comes a moment later. */
const forgetMilliseconds = 1000;
/** A trace begins this long after the last key. */
const pauseMilliseconds = 25;
/** After this long without a key, files are traced once more, for every batch size. */
const calmMilliseconds = 700;
/** A tracer that has had nothing to do for so long is let go; the next starts in a fifth of a second. */
const idleMilliseconds = 5 * 60_000;

/** Keeps the book of traces up with the files that are open: one trace at a time, of the latest text. */
export class CostTracker extends Disposables {
  readonly book = new TraceBook((entry) => costSettings(vscode.Uri.file(entry)).batchSize);
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  /** Something in the book is new. */
  readonly onDidChange = this.changed.event;
  private readonly settingsChanged = this.register(new vscode.EventEmitter<void>());
  /** What is in the book is to be shown in another way. */
  readonly onDidConfigure = this.settingsChanged.event;
  private readonly bundler = new Bundler((file) => this.unsaved(file));
  private readonly uses = this.register(new ExperimentUses(this.bundler));
  private readonly waiting = new Set<string>();
  /** Files with a panel: their steps are followed in time, too. */
  private readonly watched = new Set<string>();
  private tracer: TracerClient | undefined;
  private working: Promise<void> | undefined;
  private pause: NodeJS.Timeout | undefined;
  private calm: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;
  private forget: NodeJS.Timeout | undefined;

  constructor(private readonly log: vscode.LogOutputChannel) {
    super();
    const { workspace, window } = vscode;
    this.register(workspace.onDidChangeTextDocument((event) => this.edited(event)));
    this.register(
      window.tabGroups.onDidChangeTabs(({ closed }) => {
        clearTimeout(this.forget);
        if (closed.length > 0) this.forget = setTimeout(() => this.forgetClosed(), forgetMilliseconds);
      }),
    );
    this.register(this.uses.onDidChange(() => void this.lookUpUses()));
    this.register(window.onDidChangeVisibleTextEditors(() => this.showVisible()));
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('computeLens')) this.configured(event);
      }),
    );
    // Files that change outside of the editor: a branch that is checked out, a formatter.
    const watcher = this.register(
      workspace.createFileSystemWatcher('**/*.{ts,js,mts,mjs,cts,cjs,tsx,jsx,json}'),
    );
    this.register(watcher.onDidChange(({ fsPath }) => this.touched(fsPath)));
    this.showVisible();
  }

  /** The lines of a document that something is to be said of. */
  shownLines(document: vscode.TextDocument): ShownLine[] {
    const { enabled, style } = costSettings(document.uri);
    if (!enabled) return [];
    return this.book
      .linesOf(document.uri.fsPath)
      .filter(({ cost, line }) => line <= document.lineCount && (style.callLines || cost?.kind !== 'call'));
  }

  /** From now on traces tell how the steps of this file's models go, whether it is in sight or not. */
  watch(file: string): vscode.Disposable {
    this.watched.add(file);
    const entries = this.book.entriesWith(file);
    for (const entry of entries.length > 0 ? entries : [file]) this.schedule(entry);
    return new vscode.Disposable(() => this.watched.delete(file));
  }

  /**
   * Traces a file as it is, or as a bundle or the text of a saved model has it, for somebody alone: the book stays as it
   * is.
   *
   * @throws BundleError or TracerEnded with the reason why it cannot be traced
   */
  async traceApart(entry: string, batch: number, given?: Bundle | string): Promise<TraceResult> {
    const own = given ?? (entry.endsWith('.json') ? undefined : await this.bundler.bundle(entry));
    return this.trace({ ...requestOf(entry, own), batch, batchOfExperiments: true, timeline: true });
  }

  /** What the tracer says of any request, after those before it; nothing of it is kept. */
  async trace(request: TraceRequest): Promise<TraceResult> {
    if (this.isDisposed) return { models: [], remarks: [] };
    clearTimeout(this.idle);
    this.tracer ??= new TracerClient({ node: nodeSetting() });
    return this.tracer.trace(request).finally(() => this.rest());
  }

  /** Resolves once nothing is being traced and nothing waits to be. */
  async settled(): Promise<void> {
    while (this.working ?? this.pause) {
      await this.working;
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }

  override dispose(): void {
    for (const timer of [this.pause, this.calm, this.idle, this.forget]) clearTimeout(timer);
    this.waiting.clear();
    this.tracer?.dispose();
    void this.bundler.dispose();
    super.dispose();
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (contentChanges.length === 0 || document.uri.scheme !== 'file') return;
    const file = document.uri.fsPath;
    for (const { range, text } of contentChanges)
      this.book.edited(file, { startLine: range.start.line, endLine: range.end.line, newText: text });
    this.touched(file);
    if (!this.book.has(file) && isCosted(document)) this.schedule(file);
  }

  /** Everything that was traced with this file in it is traced again. */
  private touched(file: string): void {
    for (const entry of this.book.entriesWith(file)) this.schedule(entry);
  }

  /** A text lives on for minutes after its last tab is closed; what is said of it does not. */
  private forgetClosed(): void {
    const inputs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).map(({ input }) => input);
    const open = inputs.flatMap((input) => (input instanceof vscode.TabInputText ? input.uri.fsPath : []));
    this.book.keep(new Set([...open, ...this.watched]));
    this.changed.fire();
  }

  /** Traces the experiments that use what is in sight. */
  private async lookUpUses(): Promise<void> {
    const files = vscode.window.visibleTextEditors.map(({ document }) => document.uri.fsPath);
    for (const file of new Set(files))
      if (this.book.has(file))
        for (const experiment of await this.uses.of(file))
          if (!this.book.has(experiment)) this.schedule(experiment);
  }

  private showVisible(): void {
    for (const { document } of vscode.window.visibleTextEditors)
      if (!this.book.has(document.uri.fsPath) && isCosted(document)) this.schedule(document.uri.fsPath);
  }

  private configured(event: vscode.ConfigurationChangeEvent): void {
    const retraced = ['backend', 'nodePath'].some((name) =>
      event.affectsConfiguration(`computeLens.${name}`),
    );
    const rebatched = event.affectsConfiguration('computeLens.cost.batchSize');
    for (const { uri } of vscode.workspace.textDocuments)
      for (const entry of this.book.entriesWith(uri.fsPath))
        if (retraced || (rebatched && !this.book.isFitted(entry))) this.schedule(entry);
    this.showVisible();
    this.changed.fire();
    this.settingsChanged.fire();
  }

  private schedule(entry: string): void {
    if (this.isDisposed) return;
    this.waiting.add(entry);
    clearTimeout(this.calm);
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      this.pause = undefined;
      this.start(() => this.work());
    }, pauseMilliseconds);
  }

  /** One thing at a time; what waits when it is over is traced then. */
  private start(work: () => Promise<void>): void {
    this.working ??= work().finally(() => {
      this.working = undefined;
      if (this.waiting.size > 0 && !this.pause && !this.isDisposed) this.start(() => this.work());
    });
  }

  /** Traces what waits, what the user looks at first. */
  private async work(): Promise<void> {
    clearTimeout(this.idle);
    for (let entry = this.next(); entry !== undefined; entry = this.next()) {
      this.waiting.delete(entry);
      try {
        await this.record(entry, false);
      } catch (error) {
        this.log.error(`The cost of ${entry} could not be traced.`, error);
      }
    }
    this.book.settled();
    this.calm = setTimeout(() => this.start(() => this.fit()), calmMilliseconds);
    this.rest();
  }

  /** Lets the tracer go when it has nothing to do for long. */
  private rest(): void {
    clearTimeout(this.idle);
    if (this.isDisposed) return;
    this.idle = setTimeout(() => {
      this.tracer?.dispose();
      this.tracer = undefined;
    }, idleMilliseconds);
  }

  /** Traces what is in sight at two more batch sizes: from then on, a batch size needs no trace. */
  private async fit(): Promise<void> {
    const visible = new Set(vscode.window.visibleTextEditors.map(({ document }) => document.uri.fsPath));
    for (const entry of [...visible].filter((file) => this.book.has(file) && !this.book.isFitted(file)))
      if (this.waiting.size === 0 && !this.isDisposed) await this.record(entry, true);
  }

  private next(): string | undefined {
    if (this.isDisposed || this.pause) return undefined;
    const active = vscode.window.activeTextEditor?.document.uri.fsPath;
    return active !== undefined && this.waiting.has(active) ? active : [...this.waiting][0];
  }

  private async record(entry: string, fit: boolean): Promise<void> {
    const first = !this.book.has(entry);
    const since = this.book.moment();
    let bundle: Bundle | undefined;
    try {
      bundle = entry.endsWith('.json') ? undefined : await this.bundler.bundle(entry);
      this.tracer ??= new TracerClient({ node: nodeSetting() });
      const result = await this.tracer.trace({
        ...requestOf(entry, bundle),
        fit,
        timeline: this.isWatched(entry, bundle),
      });
      this.book.record(entry, result, bundle?.inputs ?? [], since);
    } catch (error) {
      this.book.failed(entry, (error as Error).message, remarksOf(entry, error), since);
    }
    this.changed.fire();
    if (first && bundle) void this.lookUpUses();
  }

  private isWatched(entry: string, bundle: Bundle | undefined): boolean {
    return [entry, ...(bundle?.inputs ?? [])].some((file) => this.watched.has(file));
  }

  private unsaved(file: string): string | undefined {
    return vscode.workspace.textDocuments
      .find(({ uri, isDirty }) => isDirty && uri.scheme === 'file' && uri.fsPath === file)
      ?.getText();
  }
}
