import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelCost, SourcePlace } from '../../cost/modelCost';
import type { CostSource } from '../../panels/costPanel';
import type { ModelTiming, PanelModel } from '../../panels/costView';
import type { ExportFormat, Roof } from '../../protocol/costPanel';
import { rememberedPeaks } from '../../train/peakStore';
import type { TraceResult } from '../../trace/request';
import { Disposables } from '../disposables';
import { costSettings } from '../settings';
import { Committed, committedText } from './committed';
import type { CostDocument } from './costDocument';
import type { CostTracker } from './costTracker';
import type { Timings } from './timings';

/** Traces of this many batch sizes and models are kept: a slider goes back and forth. */
const mostKept = 16;
const languages: Readonly<Record<ExportFormat, string>> = {
  csv: 'plaintext',
  json: 'json',
  markdown: 'markdown',
};

/** The models of one file as the tracker has them, for its panel. */
export class CostFileSource extends Disposables implements CostSource {
  readonly onDidChange: vscode.Event<void>;
  private readonly committed = this.register(new Committed());
  private readonly kept = new Map<string, { readonly of: unknown; readonly cost: ModelCost | undefined }>();

  constructor(
    readonly file: string,
    private readonly tracker: CostTracker,
    private readonly document: CostDocument,
    private readonly timings: Timings,
  ) {
    super();
    const changed = this.register(new vscode.EventEmitter<void>());
    this.onDidChange = changed.event;
    this.register(tracker.onDidChange(() => changed.fire()));
    this.register(tracker.onDidConfigure(() => changed.fire()));
    this.register(timings.onDidChange(() => changed.fire()));
    this.register(tracker.watch(file));
  }

  convention() {
    return costSettings(vscode.Uri.file(this.file)).style.convention;
  }

  isTraced(): boolean {
    return this.tracker.book.entriesWith(this.file).length > 0;
  }

  models(): readonly PanelModel[] {
    return this.tracker.book.modelsOf(this.file);
  }

  find(of: { readonly entry: string; readonly name: string }): PanelModel | undefined {
    return this.tracker.book
      .models()
      .find(({ model, entry }) => entry === of.entry && model.name === of.name);
  }

  async at({ model, entry }: PanelModel, batch: number): Promise<ModelCost | undefined> {
    if (model.batch === batch && model.timeline?.batch === batch) return model;
    // A trace of the same model is good for as long as the book has it.
    const key = `${entry} ${model.name} ${batch}`;
    const of = this.tracker.book.traced({ entry, name: model.name });
    const known = this.kept.get(key);
    if (known && known.of === of) return known.cost;
    return this.keep(key, of, named(await this.tracker.traceApart(entry, batch), model.name));
  }

  async atHead({ model, entry }: PanelModel, batch: number): Promise<ModelCost> {
    const isSaved = entry.endsWith('.json');
    const committed = isSaved ? await committedText(entry) : await this.committed.bundle(entry);
    const of = typeof committed === 'string' ? committed : committed.code;
    const key = `committed ${entry} ${model.name} ${batch}`;
    const known = this.kept.get(key);
    const cost =
      known?.of === of
        ? known.cost
        : this.keep(key, of, named(await this.tracker.traceApart(entry, batch, committed), model.name));
    if (!cost) throw new Error(`${path.basename(entry)} had no model "${model.name}" in the last commit.`);
    return cost;
  }

  async choose(except: PanelModel): Promise<{ entry: string; name: string } | undefined> {
    const others = this.tracker.book
      .models()
      .filter(({ model, entry }) => entry !== except.entry || model.name !== except.model.name);
    if (others.length === 0) {
      void vscode.window.showInformationMessage(
        'There is no other model in the open files. Open the file of the one to compare with.',
      );
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(
      others.map(({ model, entry }) => ({
        label: model.name,
        description: vscode.workspace.asRelativePath(entry),
        chosen: { entry, name: model.name },
      })),
      { title: `Compare ${except.model.name} With`, matchOnDescription: true },
    );
    return picked?.chosen;
  }

  async roofs(): Promise<Roof[]> {
    const peaks = await rememberedPeaks().catch(() => new Map<never, never>());
    return [...peaks].flatMap(([backend, { matmul, add }]) =>
      add
        ? {
            backend,
            gigaflopsPerSecond: matmul.gigaflopsPerSecond,
            gigabytesPerSecond: add.gigabytesPerSecond,
            measuredAt: matmul.measuredAt,
          }
        : [],
    );
  }

  timing({ model, entry }: PanelModel, asked: ModelCost): ModelTiming | undefined {
    const { knownDevice: known } = this.timings;
    const expected = this.timings.expected(asked);
    if (!known || !expected) return undefined;
    // Runs are of the batch size that the experiment trains with.
    const isOwn = asked.batch === model.batch;
    const { run } = this.timings.of({ model, entry, cost: undefined });
    return { known, ...expected, run: isOwn ? run : undefined };
  }

  openLayer({ model, entry }: PanelModel, name: string): void {
    const place = this.tracker.book.placeOfLayer({ entry, name: model.name }, name);
    if (place) void reveal(place);
  }

  showTable(): void {
    void this.document.show(vscode.Uri.file(this.file));
  }

  save(format: ExportFormat, _model: string, content: string): void {
    void vscode.workspace
      .openTextDocument({ language: languages[format], content })
      .then((document) => vscode.window.showTextDocument(document, { viewColumn: columnOf(this.file) }));
  }

  private keep(key: string, of: unknown, cost: ModelCost | undefined): ModelCost | undefined {
    this.kept.delete(key);
    this.kept.set(key, { of, cost });
    for (const oldest of [...this.kept.keys()].slice(0, -mostKept)) this.kept.delete(oldest);
    return cost;
  }
}

function named({ models }: TraceResult, name: string): ModelCost | undefined {
  return models.find((model) => model.name === name);
}

/** Where a file is open, else the first column: the panel stays in sight. */
function columnOf(file: string): vscode.ViewColumn {
  const open = vscode.window.visibleTextEditors.find(({ document }) => document.uri.fsPath === file);
  return open?.viewColumn ?? vscode.ViewColumn.One;
}

async function reveal({ file, line }: SourcePlace): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const at = document.lineAt(Math.min(line, document.lineCount) - 1).range;
  await vscode.window.showTextDocument(document, {
    viewColumn: columnOf(file),
    selection: new vscode.Range(at.start, at.start),
  });
}
