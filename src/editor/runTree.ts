import * as vscode from 'vscode';
import { isLive } from '../runs/standing';
import type { RunSummary } from '../runs/runIndex';
import { Disposables } from './disposables';
import { GroupNode, MoreNode, RunNode, type Node } from './runNodes';
import type { RunRegistry } from './runRegistry';
import { runName } from './runName';

const queueId = 'queue';
const dragType = 'application/vnd.code.tree.computelens.runs';

/** What the view asks of the queue. */
export interface QueueOrder {
  /** Puts waiting runs right before another one, or behind all. */
  move(directories: readonly string[], before: string | undefined): Promise<void>;
}

/** The view "Runs": what trains, what waits, and what has ended, newest first. */
export class RunTree
  extends Disposables
  implements vscode.TreeDataProvider<Node>, vscode.TreeDragAndDropController<Node>
{
  private readonly changed = this.register(new vscode.EventEmitter<Node | undefined>());
  private readonly nodes = new Map<string, RunNode>();
  private readonly groups = new Map<string, GroupNode>();
  private readonly view: vscode.TreeView<Node>;
  private looking: vscode.Disposable | undefined;
  private loaded = false;
  private told: readonly unknown[] = [];
  readonly onDidChangeTreeData = this.changed.event;
  readonly dragMimeTypes = [dragType];
  readonly dropMimeTypes = [dragType];

  constructor(
    private readonly registry: RunRegistry,
    private readonly order: QueueOrder,
  ) {
    super();
    this.view = this.register(
      vscode.window.createTreeView<Node>('computeLens.runs', {
        treeDataProvider: this,
        dragAndDropController: this,
        canSelectMany: true,
        showCollapseAll: true,
      }),
    );
    this.register(
      registry.onDidChange(() => {
        if (this.view.visible && this.isNews()) this.changed.fire(undefined);
      }),
    );
    this.register(
      registry.onDidProgress(({ summary }) => {
        const node = this.nodes.get(summary.directory);
        if (this.view.visible && node) this.changed.fire(node);
      }),
    );
    this.register(this.view.onDidChangeVisibility(() => this.lookOrNot()));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(() => this.lookOrNot()));
    if (this.view.visible) this.lookOrNot();
  }

  /** Folders of the runs that are selected in the view. */
  get selected(): string[] {
    return this.view.selection.flatMap((node) => (node instanceof RunNode ? node.directory : []));
  }

  /** Nothing in an untrusted workspace: the view's welcome text says why. */
  async getChildren(node?: Node): Promise<Node[]> {
    if (!vscode.workspace.isTrusted) return [];
    if (node instanceof GroupNode) return this.rowsOf(node);
    if (node) return [];
    if (!this.loaded) {
      this.loaded = true;
      await this.registry.firstNews();
    }
    this.isNews();
    const { groupRuns } = await import('./runGroups');
    return this.roots(groupRuns);
  }

  getTreeItem(node: Node): vscode.TreeItem | Promise<vscode.TreeItem> {
    if (node instanceof GroupNode) return groupItem(node);
    return node instanceof MoreNode ? moreItem(node) : this.runItem(node);
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    if (!(node instanceof RunNode)) return item;
    const { runFacts } = await import('./runLabels');
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

  /** The next page of a group. */
  showMore(node: MoreNode): void {
    node.show();
    this.changed.fire(node.group);
  }

  handleDrag(source: readonly Node[], data: vscode.DataTransfer): void {
    const waiting = source.flatMap((node) =>
      node instanceof RunNode && node.summary.status === 'queued' ? node.directory : [],
    );
    if (waiting.length > 0) data.set(dragType, new vscode.DataTransferItem(waiting));
  }

  async handleDrop(target: Node | undefined, data: vscode.DataTransfer): Promise<void> {
    const moved: unknown = data.get(dragType)?.value;
    if (!Array.isArray(moved)) return;
    const before =
      target instanceof RunNode && target.summary.status === 'queued' ? target.directory : undefined;
    await this.order.move(moved as string[], before);
  }

  override dispose(): void {
    this.looking?.dispose();
    super.dispose();
  }

  private lookOrNot(): void {
    this.looking?.dispose();
    this.looking = this.view.visible && vscode.workspace.isTrusted ? this.registry.look() : undefined;
    if (!this.view.visible) return;
    this.loaded = false;
    this.changed.fire(undefined);
  }

  /** Whether the list is another one than the editor was told last. What is the same has the same identity. */
  private isNews(): boolean {
    const { summaries, waiting } = this.registry;
    const now = [...summaries, ...waiting.map(({ summary }) => summary.directory)];
    const same = now.length === this.told.length && now.every((each, i) => each === this.told[i]);
    this.told = now;
    return !same;
  }

  private roots(groupRuns: typeof import('./runGroups').groupRuns): Node[] {
    const { summaries, waiting } = this.registry;
    const present = new Set(summaries.map(({ directory }) => directory));
    for (const directory of [...this.nodes.keys()]) if (!present.has(directory)) this.nodes.delete(directory);
    const shown = summaries.filter(({ about }) => about?.archived !== true);
    const live = shown.filter(({ status }) => isLive(status));
    const ended = shown.filter(({ status }) => !isLive(status) && status !== 'queued');
    const line = waiting.map(({ summary }) => summary);
    const { flat, groups } = groupRuns(ended, Date.now());
    return [
      ...live.map((summary) => this.nodeOf(summary)),
      ...(line.length > 0 ? [this.groupOf(queueId, 'Queue', line)] : []),
      ...flat.map((summary) => this.nodeOf(summary)),
      ...groups.map(({ id, label, runs }) => this.groupOf(id, label, runs)),
    ];
  }

  private rowsOf(group: GroupNode): Node[] {
    const rows: Node[] = group.runs.slice(0, group.shown).map((summary) => this.nodeOf(summary));
    return group.runs.length > group.shown ? [...rows, new MoreNode(group)] : rows;
  }

  private async runItem(node: RunNode): Promise<vscode.TreeItem> {
    const { runContext, runDescription, runIcon } = await import('./runLabels');
    const { summary } = node;
    const observed = this.registry.live.find((run) => run.summary.directory === node.directory);
    const name = runName(summary, observed?.monitor.record);
    const item = new vscode.TreeItem(name);
    const { icon, colour } = runIcon(summary);
    item.id = node.directory;
    const { place } = this.registry.waiting.find((run) => run.summary.directory === node.directory) ?? {};
    item.description = runDescription(summary, observed?.monitor.observe(), Date.now(), place);
    item.iconPath = new vscode.ThemeIcon(
      icon,
      colour === undefined ? undefined : new vscode.ThemeColor(colour),
    );
    item.contextValue = runContext(summary);
    const state = summary.status === 'running' ? 'running, ' : '';
    item.accessibilityInformation = { label: `${name}, ${state}${item.description}` };
    item.command = { command: 'computeLens.openRun', title: 'Open Run', arguments: [node] };
    return item;
  }

  private nodeOf(summary: RunSummary): RunNode {
    const node = this.nodes.get(summary.directory) ?? new RunNode(summary);
    node.summary = summary;
    this.nodes.set(summary.directory, node);
    return node;
  }

  private groupOf(id: string, label: string, runs: readonly RunSummary[]): GroupNode {
    const group = this.groups.get(id) ?? new GroupNode(id, label, runs);
    Object.assign(group, { label, runs });
    this.groups.set(id, group);
    return group;
  }
}

function groupItem({ id, label, runs }: GroupNode): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const open = id === queueId || label === 'Today';
  const item = new vscode.TreeItem(label, open ? Expanded : Collapsed);
  item.id = `group ${id}`;
  item.description = id === queueId ? `${runs.length} waiting` : String(runs.length);
  item.contextValue = id === queueId ? 'queue' : 'group';
  if (id === queueId) item.iconPath = new vscode.ThemeIcon('list-ordered');
  return item;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const { runs, shown } = node.group;
  const item = new vscode.TreeItem('Show more…');
  item.id = `more of ${node.group.id}`;
  item.description = `${runs.length - shown} more`;
  item.command = { command: 'computeLens.showMoreRuns', title: 'Show More Runs', arguments: [node] };
  return item;
}
