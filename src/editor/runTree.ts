import * as vscode from 'vscode';
import type { RunSummary } from '../runs/runIndex';
import { Disposables } from './disposables';
import { runContext, runDescription, runFacts, runIcon, runName } from './runLabels';
import type { RunRegistry } from './runRegistry';

/** One run in the view. */
export class RunNode {
  constructor(public summary: RunSummary) {}

  get directory(): string {
    return this.summary.directory;
  }
}

/** The view "Runs": all runs of the open folders, newest first. */
export class RunTree extends Disposables implements vscode.TreeDataProvider<RunNode> {
  private readonly changed = this.register(new vscode.EventEmitter<RunNode | undefined>());
  private readonly nodes = new Map<string, RunNode>();
  private looking: vscode.Disposable | undefined;
  private loaded = false;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly registry: RunRegistry) {
    super();
    const view = this.register(vscode.window.createTreeView('computeLens.runs', { treeDataProvider: this }));
    this.register(
      registry.onDidChange(() => {
        if (view.visible) this.changed.fire(undefined);
      }),
    );
    this.register(
      registry.onDidProgress(({ summary }) => {
        const node = this.nodes.get(summary.directory);
        if (view.visible && node) this.changed.fire(node);
      }),
    );
    const lookOrNot = () => {
      this.looking?.dispose();
      this.looking = view.visible && vscode.workspace.isTrusted ? registry.look() : undefined;
      if (!view.visible) return;
      this.loaded = false;
      this.changed.fire(undefined);
    };
    this.register(view.onDidChangeVisibility(lookOrNot));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(lookOrNot));
    if (view.visible) lookOrNot();
  }

  /** Nothing in an untrusted workspace: the view's welcome text says why. */
  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node || !vscode.workspace.isTrusted) return [];
    if (!this.loaded) {
      this.loaded = true;
      await this.registry.refresh();
    }
    const { summaries } = this.registry;
    const present = new Set(summaries.map(({ directory }) => directory));
    for (const directory of [...this.nodes.keys()]) if (!present.has(directory)) this.nodes.delete(directory);
    return summaries.map((summary) => this.nodeOf(summary));
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    const { summary } = node;
    const observed = this.registry.live.find((run) => run.summary.directory === node.directory);
    const item = new vscode.TreeItem(runName(summary));
    const { icon, colour } = runIcon(summary);
    item.id = node.directory;
    item.description = runDescription(summary, observed?.monitor.observe(), Date.now());
    item.iconPath = new vscode.ThemeIcon(
      icon,
      colour === undefined ? undefined : new vscode.ThemeColor(colour),
    );
    item.contextValue = runContext(summary);
    item.accessibilityInformation = { label: `${runName(summary)}, ${item.description}` };
    item.command = { command: 'computeLens.openRun', title: 'Open Run', arguments: [node] };
    return item;
  }

  resolveTreeItem(item: vscode.TreeItem, node: RunNode): vscode.TreeItem {
    const text = new vscode.MarkdownString();
    for (const [name, value] of runFacts(node.summary)) {
      text.appendMarkdown(`**${name}** `);
      text.appendText(value);
      text.appendMarkdown('  \n');
    }
    item.tooltip = text;
    return item;
  }

  getParent(): undefined {
    return undefined;
  }

  override dispose(): void {
    this.looking?.dispose();
    super.dispose();
  }

  private nodeOf(summary: RunSummary): RunNode {
    const node = this.nodes.get(summary.directory) ?? new RunNode(summary);
    node.summary = summary;
    this.nodes.set(summary.directory, node);
    return node;
  }
}
