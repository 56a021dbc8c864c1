import path from 'node:path';
import * as vscode from 'vscode';
import type { RunPanels } from '../panels/runPanels';
import { runFiles } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';
import type { TrainerExit } from '../train/launch';
import { Disposables } from './disposables';
import { openAt, type CodeProblem, type Problems } from './problems';
import { runDescription, runName } from './runLabels';
import type { RunRegistry } from './runRegistry';

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
    this.register(registry.onDidEnd((summary) => void this.tell(summary)));
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
    await this.notify(path.basename(ranFile), problem, undefined);
  }

  private async tell(summary: RunSummary): Promise<void> {
    const { record, status, directory } = summary;
    if (!record || !status) return;
    if (status === 'failed') {
      const error = record.attempts.at(-1)?.error ?? { message: 'The run failed and did not say why.' };
      await this.problems.mark(path.join(record.workspace, record.file), error);
      await this.fail(directory, error);
    } else if (status === 'crashed')
      await this.fail(directory, { message: 'The process of this run is gone. What it recorded is kept.' });
    else if (!this.panels.isVisible(directory))
      vscode.window.setStatusBarMessage(
        `$(check) ${runName(summary)}: ${runDescription(summary, undefined, Date.now())}`,
        quietMessageMilliseconds,
      );
  }

  private async fail(directory: string, problem: CodeProblem): Promise<void> {
    const summary = this.registry.find(directory);
    const attempt = `${directory} ${summary?.record?.attempts.length ?? 0}`;
    if (this.told.has(attempt)) return;
    this.told.add(attempt);
    await this.notify(summary ? runName(summary) : path.basename(directory), problem, directory);
  }

  private async notify(name: string, problem: CodeProblem, directory: string | undefined): Promise<void> {
    const { file, line, column } = problem;
    const open = 'Open';
    const log = 'Show Log';
    const place =
      file === undefined ? '' : ` (${path.basename(file)}${line === undefined ? '' : `:${line}`})`;
    const answer = await vscode.window.showErrorMessage(
      `${name}: ${problem.message}${place}`,
      ...(file === undefined ? [] : [open]),
      ...(directory === undefined ? [] : [log]),
    );
    if (answer === open && file !== undefined) await openAt(file, line, column);
    if (answer === log && directory !== undefined) await openAt(path.join(directory, runFiles.log));
  }
}
