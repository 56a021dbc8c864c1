import * as vscode from 'vscode';
import { formatCount } from '../../protocol/format';
import { Disposables } from '../disposables';
import type { Density, LineDensities } from '../liveDensity';
import { costSettings } from '../settings';
import type { CostTracker } from './costTracker';
import { hoverText } from './hoverText';
import { lensText } from './lensText';
import { costSelector } from './modelFile';
import type { Timings } from './timings';
import type { ShownLine } from './traceBook';

/** What the editor was last told of a document. */
interface Told {
  readonly version: number;
  /** Lines and what stands there, without figures. */
  readonly places: string;
  /** Texts by place, of those that the editor has asked for since. */
  readonly texts: Map<string, string>;
}

class CostLens extends vscode.CodeLens {
  constructor(
    range: vscode.Range,
    readonly uri: vscode.Uri,
    readonly shown: ShownLine,
  ) {
    super(range);
  }
}

/**
 * Lenses above the lines that cost something, and hovers that say it in full. Both answer from memory.
 *
 * The editor asks for lenses a quarter of a second after the last key, and for their texts a quarter later. A trace is
 * done before that: so the texts are given when they are asked for, and the editor is told to ask only where it would
 * not by itself. To tell it earlier would put its question off by another quarter.
 */
export class CostLenses
  extends Disposables
  implements vscode.CodeLensProvider<CostLens>, vscode.HoverProvider
{
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.changed.event;
  private readonly told = new Map<string, Told>();
  /** Lines of the document whose texts are being asked for, one after another, by place. */
  private newest: { readonly file: string; readonly lines: ReadonlyMap<string, ShownLine> } | undefined;

  constructor(
    private readonly tracker: CostTracker,
    private readonly densities: LineDensities,
    private readonly timings: Timings,
  ) {
    super();
    this.register(tracker.onDidChange(() => this.refresh()));
    this.register(densities.onDidChange(() => this.refresh()));
    this.register(timings.onDidChange(() => this.refresh()));
    this.register(
      tracker.onDidConfigure(() => {
        this.newest = undefined;
        this.changed.fire();
      }),
    );
    this.register(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.told.delete(uri.toString())));
    this.register(vscode.languages.registerCodeLensProvider(costSelector, this));
    this.register(vscode.languages.registerHoverProvider(costSelector, this));
  }

  provideCodeLenses(document: vscode.TextDocument): CostLens[] {
    this.newest = undefined;
    const lines = this.linesOf(document);
    const places = lines.map(placeOf).join();
    this.told.set(document.uri.toString(), { version: document.version, places, texts: new Map() });
    return lines.map((shown) => new CostLens(document.lineAt(shown.line - 1).range, document.uri, shown));
  }

  resolveCodeLens(lens: CostLens): CostLens {
    const { uri } = lens;
    const place = placeOf(lens.shown);
    const shown = this.newestLines(uri.fsPath).get(place) ?? lens.shown;
    const density = this.densityOf(uri, shown);
    const title = this.textOf(shown, uri);
    this.told.get(uri.toString())?.texts.set(place, title);
    lens.command = {
      title,
      tooltip: tooltip(shown, density),
      command: 'computeLens.showCost',
      arguments: [uri, shown.model.name],
    };
    return lens;
  }

  provideHover(document: vscode.TextDocument, { line }: vscode.Position): vscode.Hover | undefined {
    const { style } = costSettings(document.uri);
    const here = this.tracker
      .shownLines(document)
      .filter((shown) => shown.line === line + 1)
      .map(
        (shown) =>
          new vscode.MarkdownString(hoverText(shown, style.convention, this.timings.of(shown)), true),
      );
    return here.length > 0 ? new vscode.Hover(here, document.lineAt(line).range) : undefined;
  }

  private textOf(shown: ShownLine, uri: vscode.Uri): string {
    const { style } = costSettings(uri);
    return lensText(shown, style, this.densityOf(uri, shown), this.timings.of(shown));
  }

  private densityOf({ fsPath }: vscode.Uri, { cost, line }: ShownLine): Density | undefined {
    return cost && this.densities.at(fsPath, line);
  }

  private linesOf(document: vscode.TextDocument): ShownLine[] {
    return costSettings(document.uri).placement === 'above' ? this.tracker.shownLines(document) : [];
  }

  private newestLines(file: string): ReadonlyMap<string, ShownLine> {
    if (this.newest?.file !== file) {
      const lines = this.tracker.book.linesOf(file).map((shown) => [placeOf(shown), shown] as const);
      this.newest = { file, lines: new Map(lines) };
    }
    return this.newest.lines;
  }

  private refresh(): void {
    this.newest = undefined;
    const stale = vscode.window.visibleTextEditors.some(({ document }) => this.isOutdated(document));
    if (stale) this.changed.fire();
  }

  /** Whether the editor shows something else than it should, and is not about to ask. */
  private isOutdated(document: vscode.TextDocument): boolean {
    const told = this.told.get(document.uri.toString());
    // An editor that has lost the focus since, as to a panel, asks no more.
    if (told?.version !== document.version) return vscode.window.activeTextEditor?.document !== document;
    const lines = this.linesOf(document);
    if (lines.map(placeOf).join() !== told.places) return true;
    return lines.some((shown) => {
      const text = told.texts.get(placeOf(shown));
      return text !== undefined && text !== this.textOf(shown, document.uri);
    });
  }
}

function placeOf({ line, cost, model }: ShownLine): string {
  return cost ? String(line) : `${line} ${model.name}`;
}

function tooltip({ cost, model, stale }: ShownLine, density: Density | undefined): string {
  const of = cost ? `of this line in ${model.name}` : `of ${model.name}`;
  const sparse = (cost ?? model).sparsity ? ' Sparse figures leave out zeros, as papers count.' : '';
  const counted = `Cost ${of} at batch size ${model.batch}, counted from shapes. Forward pass, unless it says otherwise.${sparse}`;
  if (density)
    return (
      `${counted} ${formatCount(density.active)} of ${formatCount(density.size)} sparse weights are active ` +
      'in the run that trains now.'
    );
  return stale === undefined ? counted : `${counted} From before the file broke: ${stale}`;
}
