import path from 'node:path';
import * as vscode from 'vscode';
import { MaskReader, type RecordedWeight } from '../runs/masks';
import { Disposables } from './disposables';
import type { LiveRun, RunRegistry } from './runRegistry';
import { shiftedLine } from './shiftedLine';

/** How many weights are active, of all there are. */
export interface Density {
  readonly active: number;
  readonly size: number;
}

/** What lenses ask: how dense the layers of a line are in the run that trains them now. */
export interface LineDensities {
  readonly onDidChange: vscode.Event<void>;
  /** @param line from 1 */
  at(file: string, line: number): Density | undefined;
}

interface Followed {
  /** Where each sparse weight's layer is made, as the text is now; absent where that line was edited. */
  readonly sites: Map<string, { readonly file: string; line: number }>;
  densities: ReadonlyMap<string, Density>;
  /** Step of the masks that were told last. */
  step: number;
}

/** The densities of the layers of all live sparse runs, by the lines that make them. */
export class LiveDensity extends Disposables implements LineDensities {
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private readonly followed = new Map<string, Followed>();
  private readonly reading = new Set<string>();

  constructor(registry: RunRegistry) {
    super();
    this.register(registry.onDidProgress((run) => void this.look(run)));
    this.register(
      registry.onDidEnd(({ directory }) => {
        if (this.followed.delete(directory)) this.changed.fire();
      }),
    );
    this.register(vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)));
  }

  at(file: string, line: number): Density | undefined {
    // Of several runs of one file, the last that began.
    for (const { sites, densities } of [...this.followed.values()].reverse()) {
      const here = [...sites].flatMap(([name, site]) =>
        site.line === line && site.file === file ? (densities.get(name) ?? []) : [],
      );
      if (here.length === 0) continue;
      const sum = (count: (density: Density) => number) => here.reduce((all, each) => all + count(each), 0);
      return { active: sum(({ active }) => active), size: sum(({ size }) => size) };
    }
    return undefined;
  }

  private async look({ summary: { directory }, monitor }: LiveRun): Promise<void> {
    const { masks } = monitor.history;
    if (!masks || this.reading.has(directory) || this.followed.get(directory)?.step === masks.step) return;
    const followed = this.followed.get(directory) ?? (await this.begin(directory));
    if (!followed || this.isDisposed) return;
    followed.step = masks.step;
    followed.densities = new Map(masks.weights.map(({ name, active, size }) => [name, { active, size }]));
    this.followed.set(directory, followed);
    this.changed.fire();
  }

  /** Sites stand in the masks' file alone. */
  private async begin(directory: string): Promise<Followed | undefined> {
    this.reading.add(directory);
    try {
      const reader = new MaskReader(directory);
      await reader.poll();
      const weights = reader.frames.at(-1)?.weights;
      return weights && { sites: sitesOf(weights), densities: new Map(), step: -1 };
    } catch {
      // What cannot be read, the panel says.
      return undefined;
    } finally {
      this.reading.delete(directory);
    }
  }

  private edited({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    for (const { sites } of this.followed.values())
      for (const [name, site] of sites) {
        if (site.file !== document.fileName) continue;
        for (const { range, text } of contentChanges) {
          const edit = { startLine: range.start.line, endLine: range.end.line, newText: text };
          const line = shiftedLine(site.line - 1, edit);
          if (line === undefined) sites.delete(name);
          else site.line = line + 1;
        }
      }
  }
}

function sitesOf(weights: readonly RecordedWeight[]): Followed['sites'] {
  return new Map(
    weights.flatMap(({ name, site }) =>
      site ? [[name, { file: path.resolve(site.file), line: site.line }] as const] : [],
    ),
  );
}
