import path from 'node:path';
import { inspect } from 'node:util';
import { StorageError } from '../runs/storageError';
import { Attempt } from './attempt';
import { DivergedError, toRunError } from './experimentError';
import { runExperiment, type RunnerContext } from './experimentRun';
import { installRedirects } from './moduleRedirect';
import { SeededRandomness } from './randomness';
import { runScript } from './scriptRun';
import { loadTf } from './tfInstance';
import { exitCodes, ownerVariable } from './trainerProcess';
import { runFiles } from '../runs/record';

/** Trains the run whose folder this is, from its lock to its end, and exits the process. */
export async function runInFolder(directory: string, folders: readonly string[]): Promise<void> {
  // The log is on a disk that may be full, or that errors are about: nothing depends on it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const began = performance.now();
  let attempt: Attempt;
  try {
    attempt = await Attempt.begin(directory);
  } catch (error) {
    return exit(error instanceof StorageError ? exitCodes.storage : exitCodes.failed, error);
  }
  const earlier = attempt.record.result?.seconds ?? 0;
  const seconds = () => earlier + (performance.now() - began) / 1000;
  let ended = false;

  const end = async (
    outcome: 'finished' | 'stopped' | 'failed',
    said: { message?: string | undefined; error?: unknown } = {},
  ) => {
    if (ended) return new Promise<never>(() => undefined);
    ended = true;
    const { error } = said;
    const code =
      error === undefined
        ? exitCodes[outcome]
        : error instanceof StorageError
          ? exitCodes.storage
          : error instanceof DivergedError
            ? exitCodes.diverged
            : exitCodes.failed;
    try {
      const runError = error === undefined ? undefined : toRunError(error, attempt.record.workspace);
      await attempt.end(outcome, seconds(), { message: said.message, ...(runError && { error: runError }) });
    } catch (storage) {
      return exit(exitCodes.storage, error instanceof StorageError ? error : storage);
    }
    if (outcome !== 'failed') await attempt.refine().catch(() => undefined);
    return exit(code, error);
  };

  process.on('uncaughtException', (error) => void end('failed', { error }));
  process.on('unhandledRejection', (error) => void end('failed', { error }));
  process.once('exit', (code) => {
    if (!ended) attempt.endSync(code === 0 ? 'finished' : 'failed', seconds());
  });
  stopOnSignals(attempt);
  stopWithOwner(attempt);

  try {
    const { record } = attempt;
    const file = path.join(record.workspace, record.file);
    const tf = loadTf();
    installRedirects(path.join(directory, runFiles.code), file);
    const randomness = new SeededRandomness(record.seed ?? 0);
    randomness.install(tf);
    const context: RunnerContext = {
      tf,
      attempt,
      file,
      folders: [path.dirname(file), record.workspace, ...folders],
      randomness,
    };
    if (record.kind === 'script') {
      await runScript(context, (outcome, error) => end(outcome, { error }));
      // The script's own promises may still be at work: its end is when nothing is left to do.
      process.once('beforeExit', () => void end('finished'));
      return;
    }
    const result = await runExperiment(context);
    await end(result.outcome, { message: result.message });
  } catch (error) {
    await end('failed', { error });
  }
}

/** The first signal asks for a checkpoint and a clean end; the second ends at once. */
function stopOnSignals(attempt: Attempt): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (asked) process.exit(exitCodes.stopped);
      asked = true;
      attempt.stop();
    });
}

/** For runs that must not outlive whoever started them. */
function stopWithOwner(attempt: Attempt): void {
  const owner = Number(process.env[ownerVariable]);
  if (!owner) return;
  setInterval(() => {
    try {
      process.kill(owner, 0);
    } catch {
      attempt.stop();
    }
  }, 1000).unref();
}

/** Says `error` on the log and to whoever started this process, then leaves. */
async function exit(code: number, error?: unknown): Promise<never> {
  if (error !== undefined) {
    const said = error instanceof Error ? error : new Error(inspect(error));
    const plain = said instanceof StorageError;
    process.stderr.write(`${plain ? said.message : (said.stack ?? said.message)}\n`);
    if (process.connected && code === exitCodes.storage)
      await new Promise<void>((resolve) => {
        process.send?.({ message: said.message }, () => resolve());
      });
  }
  process.exit(code);
}
