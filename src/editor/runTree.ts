import * as vscode from 'vscode';
import { Disposables } from './disposables';
import { GroupNode, RunNode, type MoreNode, type Node } from './runNodes';
import type { RunRegistry } from './runRegistry';
import type { RunRows } from './runRows';

const dragType = 'application/vnd.code.tree.computelens.runs';
/** A button whose row is drawn anew while it is pressed does not hear it, so what rows say changes calmly. */
const calmMilliseconds = 1500;
/** Whoever points at a row reads it, or goes for its button next. */
const pointedAtMilliseconds = 3000;
/** How long ago a run ended is said in minutes at the finest. */
const ageMilliseconds = 60_000;

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
  private readonly changed = this.register(new vscode.EventEmitter<Node | Node[] | undefined>());
  private readonly view: vscode.TreeView<Node>;
  private rows: RunRows | undefined;
  private looking: vscode.Disposable | undefined;
  private loaded = false;
  private textsToldAt = 0;
  private lastSelected: readonly string[] = [];
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
    this.register(registry.onDidChange(() => this.tell()));
    this.register(registry.onDidProgress(() => this.tell()));
    this.register(
      this.view.onDidChangeSelection(({ selection }) => (this.lastSelected = directoriesOf(selection))),
    );
    this.register(this.view.onDidChangeVisibility(() => this.lookOrNot()));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(() => this.lookOrNot()));
    if (this.view.visible) this.lookOrNot();
  }

  /** Folders of the runs that are selected in the view; the editor forgets them while it takes the rows anew. */
  get selected(): readonly string[] {
    const now = directoriesOf(this.view.selection);
    return now.length > 0 ? now : this.lastSelected.filter((directory) => this.registry.find(directory));
  }

  /** Nothing in an untrusted workspace: the view's welcome text says why. */
  async getChildren(node?: Node): Promise<Node[]> {
    if (!vscode.workspace.isTrusted) return [];
    const rows = await this.load();
    if (node) return node instanceof GroupNode ? rows.rowsOf(node) : [];
    if (!this.loaded) await this.registry.firstNews();
    this.loaded = true;
    return rows.roots();
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return (await this.load()).item(node);
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    this.textsToldAt = Date.now() + pointedAtMilliseconds;
    const { runTooltip } = await import('./runRows');
    if (node instanceof RunNode) item.tooltip = runTooltip(node);
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
    const waiting = source.flatMap((node) => (isWaiting(node) ? node.directory : []));
    if (waiting.length > 0) data.set(dragType, new vscode.DataTransferItem(waiting));
  }

  async handleDrop(target: Node | undefined, data: vscode.DataTransfer): Promise<void> {
    const moved: unknown = data.get(dragType)?.value;
    if (!Array.isArray(moved)) return;
    await this.order.move(moved as string[], isWaiting(target) ? target.directory : undefined);
  }

  override dispose(): void {
    this.looking?.dispose();
    super.dispose();
  }

  private async load(): Promise<RunRows> {
    const { RunRows: Loaded } = await import('./runRows');
    return (this.rows ??= new Loaded(this.registry));
  }

  private lookOrNot(): void {
    this.looking?.dispose();
    this.looking = this.view.visible && vscode.workspace.isTrusted ? this.look() : undefined;
    if (!this.view.visible) return;
    this.loaded = false;
    this.changed.fire(undefined);
  }

  private look(): vscode.Disposable {
    const aging = setInterval(() => this.tell(), ageMilliseconds);
    return vscode.Disposable.from(this.registry.look(), { dispose: () => clearInterval(aging) });
  }

  /** Has the editor draw what is new: other runs and states at once, other words calmly. */
  private tell(): void {
    if (!this.view.visible || !this.rows || !this.loaded) return;
    const texts = Date.now() - this.textsToldAt >= calmMilliseconds;
    if (texts) this.textsToldAt = Date.now();
    const news = this.rows.news(texts);
    if (news === 'all') this.changed.fire(undefined);
    else if (news.length > 0) this.changed.fire([...news]);
  }
}

function isWaiting(node: Node | undefined): node is RunNode {
  return node instanceof RunNode && node.summary.status === 'queued';
}

function directoriesOf(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node) => (node instanceof RunNode ? node.directory : []));
}
