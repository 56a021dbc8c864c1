import path from 'node:path';
import * as vscode from 'vscode';
import type { MasksPanels } from '../panels/masksPanels';
import type { RunPanels } from '../panels/runPanels';
import type { MasksPanelActions } from '../panels/masksPanel';
import type { RunPanelActions } from '../panels/runPanel';
import { requestCheckpoint, requestStop } from '../runs/control';
import { hasMasks } from '../runs/hasMasks';
import type { RecordedWeight } from '../runs/masks';
import { runFiles } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import type { LaunchedRun, LaunchRequest, LaunchSettings } from '../train/launch';
import type { QueuedRun } from '../train/queue';
import { seldom } from './commands/seldomFile';
import type { Cost } from './cost/cost';
import type { Outcomes } from './outcomes';
import { openAt, type Problems } from './problems';
import type { RunRegistry } from './runRegistry';
import { showError } from './showError';
import { budgetSetting, keepRunning, launchSettings, powerSettings, surroundingsSettings } from './settings';
import { mayRunCode } from './trust';

const lastAxisKey = 'runPanel.xAxis';

/** What to run; how trainers are started is a matter of settings. */
export type RunRequest = Omit<LaunchRequest, keyof LaunchSettings>;

/** Starts, stops and resumes runs, and opens what belongs to them. */
export class Runs implements RunPanelActions, MasksPanelActions {
  /** Runs that this window started and that have not ended, with how many attempts they had before. */
  private readonly started = new Map<string, number>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly registry: RunRegistry,
    private readonly problems: Problems,
    private readonly parts: () => {
      readonly panels: RunPanels;
      readonly masks: MasksPanels;
      readonly outcomes: Outcomes;
      readonly cost: () => Cost | undefined;
    },
  ) {}

  /**
   * Starts a run and opens its panel, or puts it in line.
   *
   * @returns undefined where the user would rather not spend its budget, or was told that the code is not whole
   * @throws Error for people
   */
  async start(asked: RunRequest): Promise<LaunchedRun | QueuedRun | undefined> {
    this.problems.clear(asked.file);
    const budget = budgetSetting(vscode.Uri.file(asked.workspace));
    const surroundings = surroundingsSettings();
    const settings = launchSettings(this.context);
    const request = { ...asked, ...settings, surroundings, ...(budget && { budget }) };
    const ahead = asked.kind === 'experiment' ? this.parts().cost()?.runs : undefined;
    const announced = ahead?.announce({ ...request, power: powerSettings() });
    if (announced && !(await announced.mayStart())) return undefined;
    const { newRun, startInTurn } = await import('./startInTurn');
    const run = await startInTurn(newRun(request), this.registry, this.parts().outcomes);
    if (!run) return undefined;
    void announced?.keepIn(run.directory);
    return 'queued' in run ? run : this.follow(run, 0, true);
  }

  /** Starts runs that differ in their options, one after another as their device has room; answers with the first. */
  async startEach(
    common: Pick<RunRequest, 'workspace' | 'file' | 'kind'>,
    options: readonly Pick<RunRequest, 'params' | 'seed' | 'backend'>[],
  ): Promise<LaunchedRun | QueuedRun | undefined> {
    let first: LaunchedRun | QueuedRun | undefined;
    for (const each of options) {
      const run = await this.start({ ...common, ...each });
      // What was refused once will be refused again.
      if (!run) return first;
      first ??= run;
    }
    return first;
  }

  /** Follows a run that waited until now. Its panel opens when it is asked for: the user is at something else. */
  async followStarted(run: LaunchedRun): Promise<void> {
    const { attempts } = await readRecord(run.directory);
    await this.follow(run, Math.max(0, attempts.length - 1), false);
  }

  resume(directory: string): void {
    void this.resumeAndFollow(directory).catch(showError);
  }

  stop(directory: string): void {
    void requestStop(directory).catch(showError);
  }

  checkpoint(directory: string): void {
    void requestCheckpoint(directory).catch(showError);
  }

  /** Asks for runs whose curves are drawn over those of others. */
  async chooseRuns(except: readonly string[]): Promise<readonly string[]> {
    const { chooseRuns } = await import('./commands/pickRun');
    return chooseRuns(this.registry, {
      placeHolder: 'Compare with the curves of which runs?',
      none: 'This workspace has no other run to compare with.',
      fits: ({ directory, record }) => record !== undefined && !except.includes(directory),
    });
  }

  exportCsv(directories: readonly string[]): void {
    void seldom().exportCsv(directories).catch(showError);
  }

  exportPng(directory: string, png: Uint8Array): void {
    void seldom().exportPng(directory, png).catch(showError);
  }

  get lastAxis(): string | undefined {
    return this.context.globalState.get<string>(lastAxisKey);
  }

  set lastAxis(axis: string | undefined) {
    void this.context.globalState.update(lastAxisKey, axis);
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

  showMasks(directory: string): void {
    void readRecord(directory)
      .then(({ name }) => this.parts().masks.show(directory, name))
      .catch(showError);
  }

  openRun(directory: string): void {
    void readRecord(directory)
      .then(({ name }) => this.parts().panels.show(directory, name))
      .catch(showError);
  }

  /** Goes to the line that makes a layer, or to the experiment where it is not known. */
  openLayer(directory: string, site: RecordedWeight['site']): void {
    if (!site) this.openFile(directory);
    else void openAt(site.file, site.line, site.column).catch(showError);
  }

  /** Asks for another run that has masks. */
  async chooseRunWithMasks(except: string): Promise<string | undefined> {
    const { chooseRun } = await import('./commands/pickRun');
    return chooseRun(this.registry, undefined, {
      placeHolder: 'Compare with the masks of which run?',
      none: 'No other run of this workspace has recorded masks.',
      fits: ({ directory }) => directory !== except && hasMasks(directory),
    });
  }

  revealFolder(directory: string): void {
    const record = vscode.Uri.file(path.join(directory, runFiles.record));
    // A window of a remote machine has no file manager to show the folder in.
    const command = vscode.env.remoteName === undefined ? 'revealFileInOS' : 'revealInExplorer';
    void vscode.commands.executeCommand(command, record);
  }

  /** Continues a run in another attempt, or puts it in line. */
  async resumeAndFollow(directory: string): Promise<LaunchedRun | QueuedRun | undefined> {
    if (!(await mayRunCode('resuming a run'))) return undefined;
    const record = await readRecord(directory);
    const before = record.attempts.length;
    // Asked twice, and the process that was started first has not entered itself yet.
    if (this.started.get(directory) === before) return undefined;
    this.started.set(directory, before);
    this.problems.clear(path.join(record.workspace, record.file));
    try {
      const { resumedRun, startInTurn } = await import('./startInTurn');
      const asked = await resumedRun(directory, launchSettings(this.context));
      const run = await startInTurn(asked, this.registry, this.parts().outcomes);
      if (run && !('queued' in run)) return await this.follow(run, before, true);
      this.forget(directory, before);
      return run;
    } catch (error) {
      this.forget(directory, before);
      throw error;
    }
  }

  /** Ends what this window started, where the user does not want runs to outlive it. */
  async stopStarted(): Promise<void> {
    if (keepRunning()) return;
    await Promise.all(
      [...this.started.keys()].map((directory) => requestStop(directory).catch(() => undefined)),
    );
  }

  private async follow(run: LaunchedRun, before: number, show: boolean): Promise<LaunchedRun> {
    const { panels, outcomes } = this.parts();
    this.started.set(run.directory, before);
    void run.exited
      .then((exit) => {
        this.forget(run.directory, before);
        return outcomes.exited(run.directory, exit);
      })
      .catch(showError);
    if (show) panels.show(run.directory, (await readRecord(run.directory)).name, true);
    await this.registry.refresh();
    return run;
  }

  /** A later attempt may have been started meanwhile, while the process of the earlier one was still ending. */
  private forget(directory: string, before: number): void {
    if (this.started.get(directory) === before) this.started.delete(directory);
  }
}
