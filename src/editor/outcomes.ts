import path from 'node:path';
import * as vscode from 'vscode';
import type { RunPanels } from '../panels/runPanels';
import { runFiles } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';
import { canResume, isLive } from '../runs/standing';
import type { TrainerExit } from '../train/launch';
import { Disposables } from './disposables';
import { openAt, type CodeProblem, type Problems } from './problems';
import type { RunRegistry } from './runRegistry';
import { showError } from './showError';
import { runName } from './runName';

const quietMessageMilliseconds = 10_000;

/** Tells how runs end: failures loudly and with the way to the place at fault, the rest in the status bar. */
export class Outcomes extends Disposables {
  private readonly told = new Set<string>();

  constructor(
    private readonly registry: RunRegistry,
    private readonly panels: RunPanels,
    private readonly problems: Problems,
  ) {
    super();
    this.register(registry.onDidEnd((summary) => void this.tell(summary).catch(showError)));
  }

  /** The process of a run that this window started is gone. */
  async exited(directory: string, exit: TrainerExit): Promise<void> {
    await this.registry.refresh();
    const summary = this.registry.find(directory);
    if (exit.message !== undefined) await this.fail(directory, { message: exit.message });
    else if (summary) await this.tell(summary);
    else if (exit.code !== 0)
      await this.fail(directory, {
        message: `The run ended with ${exit.signal ?? `exit code ${exit.code}`}.`,
      });
  }

  /** Shows an error of the user's code that came before there was a run. */
  async codeFailed(ranFile: string, problem: CodeProblem): Promise<void> {
    await this.problems.mark(ranFile, problem);
    await this.notify(path.basename(ranFile), problem, {});
  }

  private async tell(summary: RunSummary): Promise<void> {
    const { record, status, directory } = summary;
    if (!record || !status || isLive(status)) return;
    const { runDescription } = await import('./runLabels');
    if (status === 'failed') {
      const error = record.attempts.at(-1)?.error ?? { message: 'The run failed and did not say why.' };
      await this.problems.mark(path.join(record.workspace, record.file), error);
      await this.fail(directory, error);
    } else if (status === 'crashed')
      await this.fail(
        directory,
        { message: 'The process of this run is gone. What it recorded is kept.' },
        canResume(record, status),
      );
    else if (!this.panels.isVisible(directory))
      vscode.window.setStatusBarMessage(
        `$(check) ${runName(summary)}: ${runDescription(summary, undefined, Date.now())}`,
        quietMessageMilliseconds,
      );
  }

  private async fail(directory: string, problem: CodeProblem, resumable = false): Promise<void> {
    const summary = this.registry.find(directory);
    const attempt = `${directory} ${summary?.record?.attempts.length ?? 0}`;
    if (this.told.has(attempt)) return;
    this.told.add(attempt);
    await this.notify(summary ? runName(summary) : path.basename(directory), problem, {
      ...(resumable && { Resume: () => vscode.commands.executeCommand('computeLens.resumeRun', directory) }),
      'Show Log': () => openAt(path.join(directory, runFiles.log)),
    });
  }

  /** @param actions by what their buttons say */
  private async notify(
    name: string,
    { message, file, line, column }: CodeProblem,
    actions: Readonly<Record<string, () => Thenable<unknown>>>,
  ): Promise<void> {
    const place =
      file === undefined ? '' : ` (${path.basename(file)}${line === undefined ? '' : `:${line}`})`;
    const all = { ...(file !== undefined && { Open: () => openAt(file, line, column) }), ...actions };
    const answer = await vscode.window.showErrorMessage(`${name}: ${message}${place}`, ...Object.keys(all));
    if (answer !== undefined) await all[answer as keyof typeof all]?.();
  }
}
