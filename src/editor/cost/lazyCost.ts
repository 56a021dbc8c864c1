import * as vscode from 'vscode';
import { Disposables } from '../disposables';
import type { RunRegistry } from '../runRegistry';
import { costSettings } from '../settings';
import type { Cost } from './cost';
import { isModelFile, isSavedModel } from './modelFile';

const namesUs = /tfjs|compute-lens/;

/** Whether a document is one whose cost can be shown. */
export function isCosted(document: vscode.TextDocument): boolean {
  const { uri, languageId, fileName } = document;
  if (uri.scheme !== 'file' || !costSettings(uri).enabled) return false;
  // A library is not written here; to look into one must not run it.
  if (/[\\/]node_modules[\\/]/.test(fileName)) return false;
  const text = document.getText();
  return isModelFile(languageId, text) || isSavedModel(fileName, text);
}

/** Loads what shows costs when the first file that builds a model is in sight, and not before. */
export class LazyCost extends Disposables {
  private readonly loadedNow = this.register(new vscode.EventEmitter<void>());
  /** There is a file that builds a model. */
  readonly onDidLoad = this.loadedNow.event;
  private cost: Cost | undefined;

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly registry: RunRegistry,
    private readonly extensionUri: vscode.Uri,
  ) {
    super();
    const { window, workspace } = vscode;
    this.register(window.onDidChangeVisibleTextEditors(() => this.look()));
    this.register(workspace.onDidChangeConfiguration(() => this.look()));
    this.register(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (this.cost || document.uri.scheme !== 'file') return;
        const named = contentChanges.some(
          ({ range, text }) => namesUs.test(text) || namesUs.test(document.lineAt(range.start.line).text),
        );
        if (named) this.look();
      }),
    );
  }

  /** Begins with what is in sight; apart from the constructor, so that others can listen first. */
  look(): void {
    if (!this.cost && vscode.window.visibleTextEditors.some(({ document }) => isCosted(document)))
      this.load();
  }

  load(): Cost {
    if (this.cost) return this.cost;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of its own, so that other windows do not read it
    const { Cost: Loaded } = require('./cost.js') as typeof import('./cost');
    this.cost = this.register(new Loaded(this.log, this.registry, this.extensionUri));
    this.loadedNow.fire();
    return this.cost;
  }

  /** Resolves once the costs shown are those of the texts as they are. */
  async settled(): Promise<void> {
    this.look();
    await this.cost?.settled();
  }
}
