import path from 'node:path';
import * as vscode from 'vscode';
import { isLive } from '../runs/standing';
import type { RunSummary } from '../runs/runIndex';
import { RowsTold, type RowFace, type RowNews } from './rowsTold';
import { groupRuns } from './runGroups';
import { runContext, runDescription, runFacts, runIcon } from './runLabels';
import { GroupNode, MoreNode, RunNode, type Node } from './runNodes';
import { runName } from './runName';
import type { RunRegistry } from './runRegistry';
import { tellingParams } from './tellingParams';

const queueName = 'queue';
const archiveName = 'archive';

/** The rows of the view "Runs": which there are, in which order, and what they say. */
export class RunRows {
  private readonly nodes = new Map<string, RunNode>();
  private readonly groups = new Map<string, GroupNode>();
  private readonly told = new RowsTold();
  private known: readonly unknown[] = [];
  private latest: readonly Node[] = [];

  constructor(private readonly registry: RunRegistry) {}

  /** For the editor, which then asks for their items. */
  roots(): Node[] {
    const roots = this.rootsNow();
    this.told.tellList(roots);
    return roots;
  }

  rowsOf(group: GroupNode): Node[] {
    const rows: Node[] = group.runs.slice(0, group.shown).map((summary) => this.nodeOf(summary));
    return group.runs.length > group.shown ? [...rows, new MoreNode(group)] : rows;
  }

  /** What the editor has to draw anew; rows that only say something else count where `texts`. */
  news(texts: boolean): RowNews {
    return this.told.news(this.changed() ? this.rootsNow() : this.latest, (node) => this.faceOf(node), texts);
  }

  item(node: Node): vscode.TreeItem {
    this.told.tellRow(node, this.faceOf(node));
    if (node instanceof RunNode) return this.runItem(node);
    return node instanceof GroupNode ? groupItem(node, node === this.newest()) : moreItem(node);
  }

  /** Of the groups of runs that ended, the first: it is what somebody who comes back looks for. */
  private newest(): GroupNode | undefined {
    return this.latest.find(
      (node) => node instanceof GroupNode && node.name !== queueName && node.name !== archiveName,
    ) as GroupNode | undefined;
  }

  private faceOf(node: Node): RowFace {
    if (node instanceof MoreNode) return { state: '', text: '' };
    if (node instanceof GroupNode) {
      const rows = node.runs.slice(0, node.shown).map(({ directory }) => directory);
      return { state: [node.label, node.runs.length, ...rows].join('\n'), text: '' };
    }
    const { name, icon, context, description } = this.wordsOf(node);
    return { state: [name, icon, context].join('\n'), text: description };
  }

  /** Whether there are other runs than at the last look. What is the same has the same identity. */
  private changed(): boolean {
    const { summaries, waiting, elsewhere } = this.registry;
    const now = [...summaries, ...elsewhere, ...waiting.map(({ summary }) => summary.directory)];
    const same = now.length === this.known.length && now.every((each, i) => each === this.known[i]);
    this.known = now;
    return !same;
  }

  private rootsNow(): Node[] {
    const { summaries, waiting } = this.registry;
    const present = new Set(summaries.map(({ directory }) => directory));
    for (const directory of [...this.nodes.keys()]) if (!present.has(directory)) this.nodes.delete(directory);
    const live = summaries.filter(({ status }) => isLive(status));
    const over = summaries.filter(({ status }) => !isLive(status) && status !== 'queued');
    const ended = over.filter(({ about }) => about?.archived !== true);
    const archived = over.filter(({ about }) => about?.archived === true);
    const line = waiting.map(({ summary }) => summary);
    const { flat, groups } = groupRuns(ended, Date.now());
    const roots = [
      ...live.map((summary) => this.nodeOf(summary)),
      ...(line.length > 0 ? [this.groupOf(queueName, queueLabel(this.registry.elsewhere), line)] : []),
      ...flat.map((summary) => this.nodeOf(summary)),
      ...groups.map(({ id, label, runs }) => this.groupOf(id, label, runs)),
      ...(archived.length > 0 ? [this.groupOf(archiveName, 'Archived', archived)] : []),
    ];
    for (const summary of summaries) if (this.nodes.has(summary.directory)) this.nodeOf(summary);
    this.latest = roots;
    return roots;
  }

  private wordsOf({ summary, directory }: RunNode) {
    const isThis = (run: { readonly summary: RunSummary }) => run.summary.directory === directory;
    const observed = this.registry.live.find(isThis);
    const { summaries, waiting } = this.registry;
    const inList = {
      place: waiting.find(isThis)?.place,
      telling: summary.record ? tellingParams(summary.record, summaries) : [],
    };
    return {
      name: runName(summary, observed?.monitor.record),
      ...runIcon(summary),
      context: runContext(summary),
      description: runDescription(summary, observed?.monitor.observe(), Date.now(), inList),
    };
  }

  private runItem(node: RunNode): vscode.TreeItem {
    const { name, icon, colour, context, description } = this.wordsOf(node);
    const item = new vscode.TreeItem(name);
    item.id = node.id;
    item.description = description;
    item.iconPath = new vscode.ThemeIcon(
      icon,
      colour === undefined ? undefined : new vscode.ThemeColor(colour),
    );
    item.contextValue = context;
    const state = node.summary.status === 'running' ? 'running, ' : '';
    item.accessibilityInformation = { label: `${name}, ${state}${description}` };
    item.command = { command: 'computeLens.openRun', title: 'Open Run', arguments: [node] };
    return item;
  }

  private nodeOf(summary: RunSummary): RunNode {
    const node = this.nodes.get(summary.directory) ?? new RunNode(summary);
    node.summary = summary;
    this.nodes.set(summary.directory, node);
    return node;
  }

  private groupOf(name: string, label: string, runs: readonly RunSummary[]): GroupNode {
    const group = this.groups.get(name) ?? new GroupNode(name, label, runs);
    Object.assign(group, { label, runs });
    this.groups.set(name, group);
    return group;
  }
}

/** What a run's row says when the pointer rests on it. */
export function runTooltip({ summary }: RunNode): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  for (const [name, value] of runFacts(summary)) {
    text.appendMarkdown(`**${name}** `);
    text.appendText(value);
    text.appendMarkdown('  \n');
  }
  return text;
}

function groupItem({ id, name, label, runs }: GroupNode, isNewest: boolean): vscode.TreeItem {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const isQueue = name === queueName;
  const item = new vscode.TreeItem(label, isQueue || isNewest ? Expanded : Collapsed);
  item.id = id;
  item.description = isQueue ? `${runs.length} waiting` : String(runs.length);
  item.contextValue = isQueue ? 'queue' : 'group';
  const icon = isQueue ? 'list-ordered' : name === archiveName ? 'archive' : undefined;
  if (icon !== undefined) item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

function moreItem(node: MoreNode): vscode.TreeItem {
  const { runs, shown } = node.group;
  const item = new vscode.TreeItem('Show more…');
  item.id = node.id;
  item.description = `${runs.length - shown} more`;
  item.command = { command: 'computeLens.showMoreRuns', title: 'Show More Runs', arguments: [node] };
  return item;
}

/** Says what the queue waits for where that is not among the rows. */
function queueLabel([first]: readonly RunSummary[]): string {
  const folder = first?.record && path.basename(first.record.workspace);
  return first && folder !== undefined ? `Queue, behind ${runName(first)} in ${folder}` : 'Queue';
}
