import type * as vscode from 'vscode';
import type { ModelCost } from '../cost/modelCost';
import type { Convention } from '../cost/work';
import {
  fromCostPanelSchema,
  parseMessage,
  type Comparison,
  type ExportFormat,
  type FromCostPanel,
  type Roof,
  type WhatIf,
} from '../protocol/costPanel';
import { CostFeed } from './costFeed';
import { atBatch, costView, type ModelTiming, type PanelModel } from './costView';
import { exportCost } from './costExport';
import { modelCalled } from './modelLabels';
import { showPage } from './showPage';

/** Where a panel has its models from, and what its buttons do. */
export interface CostSource {
  readonly file: string;
  readonly onDidChange: vscode.Event<void>;
  convention(): Convention;
  /** Whether the file was traced once. */
  isTraced(): boolean;
  /** Models of the file, the most telling first. */
  models(): readonly PanelModel[];
  /** A model of any open file. */
  find(of: { readonly entry: string; readonly name: string }): PanelModel | undefined;
  /** A model with its timeline at a batch size; undefined where the file no longer has it. */
  at(model: PanelModel, batch: number): Promise<ModelCost | undefined>;
  /**
   * The model as its file was last committed.
   *
   * @throws Error for people where it was not, or had no such model
   */
  atHead(model: PanelModel, batch: number): Promise<ModelCost>;
  /** Asks for a model to compare with. */
  choose(except: PanelModel): Promise<{ entry: string; name: string } | undefined>;
  /** Roofs of the backends that were measured on this machine. */
  roofs(): Promise<Roof[]>;
  /** What a model, as it is asked for, takes on this device; undefined where that is not known. */
  timing(of: PanelModel, asked: ModelCost): ModelTiming | undefined;
  /** Goes to the line that makes a layer of a model. */
  openLayer(model: PanelModel, name: string): void;
  showTable(): void;
  save(format: ExportFormat, model: string, text: string): void;
  dispose(): void;
}

/** Hosts the webview of a file's cost. Hidden, the webview does not exist and nothing is sent for it. */
export class CostPanel {
  private readonly subscriptions: { dispose(): void }[] = [];
  private model: string | undefined;
  private whatIf: WhatIf = {};
  private comparison: Comparison | undefined;
  private roofs: Roof[] = [];
  private working = false;
  private again = false;
  private readonly feed: CostFeed;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly source: CostSource,
    extensionUri: vscode.Uri,
    model?: string,
  ) {
    this.model = model;
    const { webview } = panel;
    this.feed = new CostFeed((message) => void webview.postMessage(message));
    this.subscriptions.push(
      source,
      source.onDidChange(() => this.update()),
      webview.onDidReceiveMessage((raw: unknown) => {
        const message = parseMessage(fromCostPanelSchema, raw);
        if (message) this.receive(message);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.feed.pause();
      }),
    );
    showPage(panel, extensionUri, 'cost', source.file);
  }

  /** Shows a model of the file, as when its lens is clicked. */
  choose(model: string): void {
    this.model = model;
    this.update();
  }

  dispose(): void {
    this.feed.pause();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private receive(message: FromCostPanel): void {
    const { source } = this;
    const chosen = this.chosen();
    switch (message.type) {
      case 'ready':
        this.model ??= message.model;
        this.whatIf = message.whatIf ?? {};
        this.comparison = message.comparison;
        this.feed.ready();
        void source.roofs().then((roofs) => {
          this.roofs = roofs;
          this.update();
        });
        break;
      case 'acknowledge':
        this.feed.acknowledge(message.id);
        return;
      case 'choose':
        this.model = message.model;
        break;
      case 'whatIf':
        this.whatIf = message.whatIf;
        break;
      case 'compareHead':
        this.comparison = 'head';
        break;
      case 'compare':
        if (chosen)
          void source.choose(chosen).then((comparison) => {
            this.comparison = comparison ?? this.comparison;
            this.update();
          });
        return;
      case 'endComparison':
        this.comparison = undefined;
        break;
      case 'openLayer':
        if (chosen) source.openLayer(chosen, message.name);
        return;
      case 'showTable':
        source.showTable();
        return;
      case 'export':
        if (chosen) void this.export(chosen, message.format);
        return;
    }
    this.update();
  }

  private chosen(): PanelModel | undefined {
    return modelCalled(this.source.models(), this.model);
  }

  private async export(chosen: PanelModel, format: ExportFormat): Promise<void> {
    const model = await this.asAsked(chosen);
    const exact = model ?? atBatch(chosen.model, this.whatIf.batch);
    this.source.save(format, chosen.model.name, exportCost(exact, this.source.convention(), format));
  }

  /** Makes the view anew, and once more if something has changed meanwhile. */
  private update(): void {
    this.again = true;
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.again && this.feed.running) {
      this.again = false;
      await this.show();
    }
    this.working = false;
  }

  /** What is known at once, and then what has to be traced. */
  private async show(): Promise<void> {
    const chosen = this.chosen();
    const { comparison } = this;
    const view = (exact?: ModelCost, other?: Parameters<typeof costView>[0]['other']) =>
      this.feed.send(
        costView({
          file: this.source.file,
          convention: this.source.convention(),
          traced: this.source.isTraced(),
          models: this.source.models(),
          chosen,
          exact,
          whatIf: this.whatIf,
          comparison,
          other,
          roofs: this.roofs,
          timing: chosen && this.source.timing(chosen, exact ?? atBatch(chosen.model, this.whatIf.batch)),
        }),
      );
    if (!chosen) return view();
    const slow = setTimeout(
      () => view(undefined, comparison && { label: labelOf(comparison) }),
      soonMilliseconds,
    );
    try {
      const exact = await this.asAsked(chosen);
      const other = comparison && (await this.compared(chosen, comparison, (exact ?? chosen.model).batch));
      if (!this.again) view(exact, other);
    } finally {
      clearTimeout(slow);
    }
  }

  private async asAsked(chosen: PanelModel): Promise<ModelCost | undefined> {
    if (chosen.stale !== undefined) return undefined;
    return this.source.at(chosen, this.whatIf.batch ?? chosen.model.batch).catch(() => undefined);
  }

  private async compared(chosen: PanelModel, comparison: Comparison, batch: number) {
    const label = labelOf(comparison);
    try {
      if (comparison === 'head') return { label, model: await this.source.atHead(chosen, batch) };
      const other = this.source.find(comparison);
      const model = other && (await this.source.at(other, batch));
      return model ? { label, model } : { label, problem: `${label} is not open, or cannot be traced.` };
    } catch (error) {
      return { label, problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Figures that follow without a trace are shown if one takes longer than this. */
const soonMilliseconds = 60;

function labelOf(comparison: Comparison): string {
  return comparison === 'head' ? 'the last commit' : comparison.name;
}
