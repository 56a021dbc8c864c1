import * as vscode from 'vscode';

/** Work that is done sooner needs no notification. */
const quickMilliseconds = 1000;

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

/** {@link cancellable} for work that is mostly quick: the notification comes only once it takes more than a second. */
export async function cancellableWhenLong<T>(
  title: string,
  work: (signal: AbortSignal, report: Report) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  let said: Parameters<Report> | undefined;
  let tell: Report = (...words) => void (said = words);
  const working = work(controller.signal, (...words) => tell(...words));
  if (await isQuick(working)) return working;
  return cancellable(title, (signal, report) => {
    signal.addEventListener('abort', () => controller.abort());
    tell = report;
    if (said) tell(...said);
    return working;
  });
}

async function isQuick(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), quickMilliseconds);
  });
  const done = () => true;
  return Promise.race([work.then(done, done), late]).finally(() => clearTimeout(timer));
}

/** What cannot be interrupted goes on, but nobody waits for it any more: rejects once the signal says so. */
export function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Cancelled.')), { once: true });
  });
  return Promise.race([work, aborted]);
}
