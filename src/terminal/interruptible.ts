import { exitCodes } from '../train/trainerProcess';

/** Runs long work that Ctrl-C ends, and returns its exit code. Progress is gone from the terminal before the answer. */
export async function interruptible(work: (signal: AbortSignal) => Promise<() => number>): Promise<number> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    const answer = await work(controller.signal);
    clearLine();
    return answer();
  } catch (error) {
    clearLine();
    if (controller.signal.aborted) return exitCodes.stopped;
    throw error;
  }
}

/** On standard error, so that what is piped on is the answer alone. */
export function showProgress(text: string): void {
  if (!process.stderr.isTTY) return;
  clearLine();
  process.stderr.write(text);
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
}
