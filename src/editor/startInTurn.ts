import path from 'node:path';
import * as vscode from 'vscode';
import { requestStop } from '../runs/control';
import { cancelWaiting } from '../runs/queueOrder';
import type { LaunchedRun } from '../train/launch';
import { ExperimentError, startOrQueue, type AskedRun, type QueuedRun } from '../train/queue';
import { cancellableWhenLong, unlessAborted } from './commands/progress';
import type { Outcomes } from './outcomes';
import type { RunRegistry } from './runRegistry';
import { queueConcurrency } from './settings';
import { showError } from './showError';

export { newRun, resumedRun } from '../train/queue';

const messageMilliseconds = 10_000;

/**
 * Starts a run, or puts it in line and says so.
 *
 * @returns undefined where the code of a run that has to wait is not whole, which the user is told, and where the user
 *   cancels
 */
export async function startInTurn(
  asked: AskedRun,
  registry: RunRegistry,
  outcomes: Outcomes,
): Promise<LaunchedRun | QueuedRun | undefined> {
  try {
    const run = await cancellableWhenLong(`Starting ${path.basename(asked.file)}`, (signal) =>
      unlessAborted(signal, startUnlessAborted(asked, registry, signal)),
    );
    if (run && 'queued' in run) await sayWaits(run, asked.file, registry);
    return run;
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    const { message, location } = error;
    void outcomes.codeFailed(asked.file, { message, ...location }).catch(showError);
    return undefined;
  }
}

/** A run that came after all, once it was not wanted any more, ends at once. */
async function startUnlessAborted(
  asked: AskedRun,
  registry: RunRegistry,
  signal: AbortSignal,
): Promise<LaunchedRun | QueuedRun> {
  const run = await startOrQueue(asked, () => registry.refresh(), queueConcurrency(), signal);
  const unwanted = signal.aborted && !('queued' in run && (await cancelWaiting(run.directory)));
  if (unwanted) await requestStop(run.directory);
  return run;
}

async function sayWaits(run: QueuedRun, file: string, registry: RunRegistry): Promise<void> {
  await registry.refresh();
  const before = registry.waiting.findIndex(({ summary }) => summary.directory === run.directory);
  const line = before > 0 ? `, with ${before} before it` : '';
  const text = `$(clock) ${path.basename(file)} waits for its device${line}`;
  vscode.window.setStatusBarMessage(text, messageMilliseconds);
}
