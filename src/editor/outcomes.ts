import path from 'node:path';
import * as vscode from 'vscode';
import type { RunPanels } from '../panels/runPanels';
import { runFiles } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';
import { isLive } from '../runs/standing';
import type { TrainerExit } from '../train/launch';
import { Disposables } from './disposables';
import type { News, NewsAction } from './outcomeNews';
import { openAt, type CodeProblem, type Problems } from './problems';
import type { RunRegistry } from './runRegistry';
import { showError } from './showError';
import { runName } from './runName';

const quietMessageMilliseconds = 10_000;

/** Tells how runs end, and marks the line at fault. */
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
    const { storageNews } = await import('./outcomeNews');
    if (exit.message !== undefined)
      await this.say(directory, storageNews(exit.message, summary?.record?.kind === 'experiment'));
    else if (summary) await this.tell(summary);
    else if (exit.code !== 0) {
      const problem = { message: `The run ended with ${exit.signal ?? `exit code ${exit.code}`}.` };
      await this.say(directory, { kind: 'error', problem, actions: ['log'] });
    }
  }

  /** Shows an error of the user's code that came before there was a run. */
  async codeFailed(ranFile: string, problem: CodeProblem): Promise<void> {
    await this.problems.mark(ranFile, problem);
    const actions = problem.file === undefined ? [] : (['open'] as const);
    await this.show('', path.basename(ranFile), { kind: 'error', problem, actions });
  }

  private async tell(summary: RunSummary): Promise<void> {
    const { record, status, directory } = summary;
    if (!record || isLive(status) || status === 'queued') return;
    const { newsOf } = await import('./outcomeNews');
    const seen = { focused: vscode.window.state.focused, visible: this.panels.isVisible(directory) };
    const news = newsOf(summary, seen, Date.now());
    if (news?.kind === 'error')
      await this.problems.mark(path.join(record.workspace, record.file), news.problem);
    if (news) await this.say(directory, news);
  }

  /** Once an attempt, whoever hears of its end first: the process that ended, or a look at the folder. */
  private async say(directory: string, news: News): Promise<void> {
    const summary = this.registry.find(directory);
    const attempt = `${directory} ${summary?.record?.attempts.length ?? 0}`;
    if (this.told.has(attempt)) return;
    this.told.add(attempt);
    await this.show(directory, summary ? runName(summary) : path.basename(directory), news);
  }

  private async show(directory: string, name: string, news: News): Promise<void> {
    if (news.kind === 'quiet') {
      vscode.window.setStatusBarMessage(`$(check) ${name}: ${news.text}`, quietMessageMilliseconds);
      return;
    }
    const titles = news.actions.map((action) => buttons[action]);
    const answer =
      news.kind === 'error'
        ? await vscode.window.showErrorMessage(`${name}: ${placed(news.problem)}`, ...titles)
        : await vscode.window.showInformationMessage(`${name}: ${news.text}`, ...titles);
    const action = news.actions.find((each) => buttons[each] === answer);
    if (action) await this.act(action, directory, news);
  }

  private async act(action: NewsAction, directory: string, news: News): Promise<void> {
    const { file, line, column } = 'problem' in news ? news.problem : {};
    if (action === 'open' && file !== undefined) await openAt(file, line, column);
    else if (action === 'log') await openAt(path.join(directory, runFiles.log));
    else if (action !== 'open') await vscode.commands.executeCommand(commands[action], directory);
  }
}

const buttons: Readonly<Record<NewsAction, string>> = {
  open: 'Open',
  resume: 'Resume',
  openRun: 'Open Run',
  changeAndRun: 'Rerun with Changes…',
  reveal: 'Reveal Folder',
  log: 'Show Log',
};
const commands = {
  resume: 'computeLens.resumeRun',
  openRun: 'computeLens.openRun',
  changeAndRun: 'computeLens.rerunRunWithChanges',
  reveal: 'computeLens.revealRunFolder',
} as const;

function placed({ message, file, line }: CodeProblem): string {
  if (file === undefined) return message;
  return `${message} (${path.basename(file)}${line === undefined ? '' : `:${line}`})`;
}
