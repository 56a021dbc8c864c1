import * as vscode from 'vscode';

/** Says how far long work is. */
export type Report = (message: string, share?: number) => void;

/**
 * Shows a notification with what the work says of itself, and a button that ends it.
 *
 * @param work `share` of what it reports is from 0 to 1, and never falls
 * @returns undefined once the user cancels
 */
export function cancellable<T>(
  title: string,
  work: (signal: AbortSignal, report: Report) => Promise<T>,
): Thenable<T | undefined> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    let before = 0;
    const report: Report = (message, share) => {
      const now = share === undefined ? before : 100 * share;
      progress.report({ message, increment: Math.max(0, now - before) });
      before = Math.max(before, now);
    };
    try {
      return await work(controller.signal, report);
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  });
}
