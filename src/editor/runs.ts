import path from 'node:path';
import * as vscode from 'vscode';
import type { RunPanels } from '../panels/runPanels';
import type { RunPanelActions } from '../panels/runPanel';
import { requestStop } from '../runs/control';
import { runFiles } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import {
  launchRun,
  resumeRun,
  type LaunchedRun,
  type LaunchRequest,
  type LaunchSettings,
} from '../train/launch';
import type { Outcomes } from './outcomes';
import { openAt, type Problems } from './problems';
import type { RunRegistry } from './runRegistry';
import { showError } from './showError';
import { keepRunning, launchSettings } from './settings';
import { mayRunCode } from './trust';

/** Starts, stops and resumes runs, and opens what belongs to them. */
export class Runs implements RunPanelActions {
  /** Runs that this window started and that have not ended. */
  private readonly started = new Set<string>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly registry: RunRegistry,
    private readonly problems: Problems,
    private readonly parts: () => { readonly panels: RunPanels; readonly outcomes: Outcomes },
  ) {}

  /** Starts a run and opens its panel. Rejects with an Error for people. */
  async start(request: Omit<LaunchRequest, keyof LaunchSettings>): Promise<LaunchedRun> {
    this.problems.clear(request.file);
    return this.follow(await launchRun({ ...request, ...launchSettings(this.context) }));
  }

  resume(directory: string): void {
    void this.resumeAndFollow(directory).catch(showError);
  }

  stop(directory: string): void {
    void requestStop(directory).catch(showError);
  }

  openFile(directory: string): void {
    void readRecord(directory)
      .then((record) => openAt(path.join(record.workspace, record.file)))
      .catch(showError);
  }

  openError(directory: string): void {
    void readRecord(directory)
      .then((record) => {
        const error = record.attempts.at(-1)?.error;
        return openAt(error?.file ?? path.join(record.workspace, record.file), error?.line, error?.column);
      })
      .catch(showError);
  }

  openLog(directory: string): void {
    void openAt(path.join(directory, runFiles.log)).catch(showError);
  }

  revealFolder(directory: string): void {
    const record = vscode.Uri.file(path.join(directory, runFiles.record));
    // A window of a remote machine has no file manager to show the folder in.
    const command = vscode.env.remoteName === undefined ? 'revealFileInOS' : 'revealInExplorer';
    void vscode.commands.executeCommand(command, record);
  }

  /** Continues a run in another attempt. */
  async resumeAndFollow(directory: string): Promise<LaunchedRun | undefined> {
    if (!(await mayRunCode('resuming a run'))) return undefined;
    const record = await readRecord(directory);
    this.problems.clear(path.join(record.workspace, record.file));
    return this.follow(await resumeRun(directory, launchSettings(this.context)));
  }

  /** Ends what this window started, where the user does not want runs to outlive it. */
  async stopStarted(): Promise<void> {
    if (keepRunning()) return;
    await Promise.all([...this.started].map((directory) => requestStop(directory).catch(() => undefined)));
  }

  private async follow(run: LaunchedRun): Promise<LaunchedRun> {
    const { panels, outcomes } = this.parts();
    this.started.add(run.directory);
    void run.exited.then((exit) => {
      this.started.delete(run.directory);
      return outcomes.exited(run.directory, exit);
    });
    const record = await readRecord(run.directory);
    panels.show(run.directory, record.name, true);
    await this.registry.refresh();
    return run;
  }
}
