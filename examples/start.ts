// `npm start`: the quickstart trains in this terminal, and an editor opens on it. `-- --exit`: the training alone.
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { onPath } from '../test/harness/browser';
import { exitCodes } from '../src/train/trainerProcess';
import { VsCodeServer, withoutEditor } from '../test/harness/server';

const repository = path.resolve(__dirname, '../..');
const sample = path.join(repository, 'examples', 'quickstart');
const experiment = path.join(sample, 'quickstart.experiment.ts');

/** Of the run behind a window: enough to find the window and still see it train. */
const watchedEpochs = 10;

/**
 * Settles with the first of them, whenever it comes: also in the moment in which the training ends by itself.
 * The terminal sends Ctrl-C to the training as well, which then stops with a checkpoint.
 */
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { exit: { type: 'boolean', default: false } } });
  if (values.exit) return train();
  const desktop = onPath('code');
  if (desktop === undefined) return trainBesideServer();
  openDesktop(desktop);
  console.log('VS Code opens with the run that you see here.');
  return train(watchedEpochs);
}

/** @returns the exit code of the run */
function train(epochs?: number): Promise<number> {
  const change = epochs === undefined ? [] : ['--set', `epochs=${epochs}`];
  const cli = path.join(repository, 'dist', 'cli.js');
  const training = spawn(process.execPath, [cli, 'run', experiment, ...change], {
    cwd: sample,
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => training.kill('SIGINT'));
  return new Promise((resolve) =>
    training.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? exitCodes.stopped : 1))),
  );
}

function openDesktop(code: string): void {
  const args = ['--new-window', `--extensionDevelopmentPath=${repository}`, sample, experiment];
  quietly(
    spawn(code, args, {
      stdio: 'ignore',
      detached: true,
      shell: process.platform === 'win32',
      env: withoutEditor(process.env),
    }),
  );
}

async function trainBesideServer(): Promise<number> {
  const server = await VsCodeServer.start({ say: console.log }).catch((error: unknown) => {
    console.error(`No VS Code could be started: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!server) return train();
  try {
    const url = server.url({ folder: sample, extension: repository, openFile: experiment });
    console.log(`\nVS Code is open at\n  ${url}\n`);
    openInBrowser(url);
    const code = await train(watchedEpochs);
    if (code === exitCodes.stopped) return code;
    console.log(`\nVS Code stays open at\n  ${url}\nCtrl-C ends it.`);
    await interrupted;
    return code;
  } finally {
    await server.stop();
  }
}

/** Only where there is a desktop to show it on. */
function openInBrowser(url: string): void {
  if (process.platform === 'darwin') quietly(spawn('open', [url], { stdio: 'ignore' }));
  else if (process.platform === 'win32') quietly(spawn('explorer', [url], { stdio: 'ignore' }));
  else if (process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
    quietly(spawn('xdg-open', [url], { stdio: 'ignore' }));
}

/** A window that does not open is no reason to end: the training is what was started. */
function quietly(child: ChildProcess): void {
  child.once('error', () => undefined);
  child.unref();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
