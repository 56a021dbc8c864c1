import * as vscode from 'vscode';
import type { Bundler } from '../../trace/bundle';
import { Disposables } from '../disposables';

const pattern = '**/*.experiment.{ts,js,mts,mjs}';
/** More experiments than this in a workspace are not looked through for what they import. */
const mostExperiments = 50;

/** Which experiments of the workspace a file is part of. Looked up when first asked, and kept up as files are saved. */
export class ExperimentUses extends Disposables {
  private readonly inputs = new Map<string, Promise<readonly string[]>>();
  private experiments: Promise<readonly string[]> | undefined;
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  /** There are other experiments, or they import other files. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly bundler: Bundler) {
    super();
    const watcher = this.register(vscode.workspace.createFileSystemWatcher(pattern));
    const again = () => {
      this.experiments = undefined;
      this.changed.fire();
    };
    this.register(watcher.onDidCreate(again));
    this.register(watcher.onDidDelete(again));
    this.register(vscode.workspace.onDidSaveTextDocument(({ uri }) => void this.saved(uri.fsPath)));
  }

  /** Experiments that import `file`, themselves or through another file. */
  async of(file: string): Promise<string[]> {
    this.experiments ??= findExperiments();
    const found: string[] = [];
    for (const experiment of await this.experiments)
      if (experiment !== file && (await this.inputsOf(experiment)).includes(file)) found.push(experiment);
    return found;
  }

  /** A saved file may import others than before; only experiments that it is part of can tell. */
  private async saved(file: string): Promise<void> {
    let some = false;
    for (const [experiment, inputs] of [...this.inputs])
      if (experiment === file || (await inputs).includes(file)) some = this.inputs.delete(experiment) || some;
    if (some) this.changed.fire();
  }

  private inputsOf(experiment: string): Promise<readonly string[]> {
    const known =
      this.inputs.get(experiment) ??
      this.bundler.bundle(experiment).then(
        ({ inputs }) => inputs,
        () => [],
      );
    this.inputs.set(experiment, known);
    return known;
  }
}

async function findExperiments(): Promise<readonly string[]> {
  const found = await vscode.workspace.findFiles(pattern, '**/node_modules/**', mostExperiments);
  return found.map(({ fsPath }) => fsPath).sort();
}
