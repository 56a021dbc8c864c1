import * as vscode from 'vscode';
import type { RunsTableActions } from '../../panels/runsTablePanel';
import type { RunsExportFormat } from '../../protocol/runsTable';
import type { RunAbout } from '../../runs/about';
import { changeRuns } from '../commands/changeRuns';
import type { Parts } from '../commands/parts';
import { discardRuns } from '../commands/discard';
import { showError } from '../showError';
import { rerun } from './rerun';
import { diffRuns } from './runDiff';

const languages: Readonly<Record<RunsExportFormat, string>> = {
  csv: 'plaintext',
  json: 'json',
  markdown: 'markdown',
};

/** What the buttons of the runs table do. */
export class TableActions implements RunsTableActions {
  constructor(private readonly parts: Parts) {}

  open(directory: string): void {
    this.parts.runs.openRun(directory);
  }

  compare(directories: readonly string[]): void {
    void this.parts.panels.compare(directories).catch(showError);
  }

  diff(a: string, b: string): void {
    void diffRuns(a, b).catch(showError);
  }

  rerun(directory: string, changed: boolean): void {
    void rerun(this.parts, directory, changed).catch(showError);
  }

  archive(directories: readonly string[], archived: boolean): void {
    void this.change(directories, () => ({ archived })).catch(showError);
  }

  remove(directories: readonly string[]): void {
    void discardRuns(this.parts, directories).catch(showError);
  }

  tag(directories: readonly string[], add: readonly string[], remove: readonly string[]): void {
    const tagged = ({ tags = [] }: RunAbout) => ({
      tags: [...new Set([...tags, ...add])].filter((tag) => !remove.includes(tag)),
    });
    void this.change(directories, tagged).catch(showError);
  }

  note(directory: string, notes: string): void {
    void this.change([directory], () => ({ notes })).catch(showError);
  }

  save(format: RunsExportFormat, content: string): void {
    void vscode.workspace
      .openTextDocument({ language: languages[format], content })
      .then((document) => vscode.window.showTextDocument(document), showError);
  }

  newExperiment(): void {
    void vscode.commands.executeCommand('computeLens.newExperiment');
  }

  private change(directories: readonly string[], change: (about: RunAbout) => RunAbout): Promise<void> {
    return changeRuns(this.parts.registry, directories, change);
  }
}
