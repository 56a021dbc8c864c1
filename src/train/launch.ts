import { spawn, execFile, type ChildProcess } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BackendChoice, Params, RunRecord, RunStatus } from '../runs/record';
import type { Budget } from '../cost/budget';
import type { RecordedSurroundings } from '../runs/budget';
import { wattsVariable } from '../energy';
import { requestResume } from '../runs/control';
import { queuedCode, runFiles } from '../runs/record';
import { createRunDirectory, readRecord, writeRecord } from '../runs/recordFile';
import { canResume } from '../runs/standing';
import { runStatus } from '../runs/status';
import { version } from '../../package.json';
import { describeDevice } from './device';
import { announceRun } from './machineRuns';
import { findNode, type NodeExecutable } from './node';
import { exitCodes, ownerVariable, trainerEnvironment, trainerFile } from './trainerProcess';

/** How trainers are started, whatever they train. */
export interface LaunchSettings {
  /** Folders whose node_modules may hold tfjs-node-gpu, tfjs-node or webgpu; searched after the workspace's own. */
  readonly packageFolders: readonly string[];
  /** Node program for the trainer; see {@link findNode}. */
  readonly node?: string;
  /** What the processor draws at full load, as its owner says. */
  readonly processorWatts?: number;
  /** The run ends, with a checkpoint, when this process does. */
  readonly stopWithParent?: boolean;
}

export interface LaunchRequest extends LaunchSettings {
  /** Absolute folder that the run belongs to. */
  readonly workspace: string;
  /** Absolute path of the experiment or script. */
  readonly file: string;
  readonly kind: 'experiment' | 'script';
  /** Parameters that differ from the experiment's defaults. */
  readonly params?: Params;
  readonly seed?: number;
  readonly backend: BackendChoice;
  /** Limits beside those of the experiment. */
  readonly budget?: Budget;
  readonly surroundings?: RecordedSurroundings;
}

export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why, where the run folder could not say it. */
  readonly message?: string;
}

export interface LaunchedRun {
  readonly id: string;
  readonly directory: string;
  readonly pid: number;
  /** Resolves when the trainer's process is gone. */
  readonly exited: Promise<TrainerExit>;
}

/**
 * Creates the run's folder and starts its trainer, which outlives this process.
 *
 * @throws StorageError where the folder cannot be written, Error where no Node can be started
 */
export async function launchRun(request: LaunchRequest): Promise<LaunchedRun> {
  const node = await findNode(request.node);
  const { id, directory } = await createRun(request, node, 'starting');
  return start(id, directory, node, request);
}

/**
 * Creates the folder of a run that is asked for now and trains later.
 *
 * @throws StorageError where the folder cannot be written, Error where no Node can be started
 */
export async function createQueuedRun(request: LaunchRequest): Promise<{ id: string; directory: string }> {
  return createRun(request, await findNode(request.node), 'queued');
}

/** Starts the trainer of a run that waits. The trainer itself takes the run out of line. */
export async function startQueuedRun(directory: string, settings: LaunchSettings): Promise<LaunchedRun> {
  return start(path.basename(directory), directory, await findNode(settings.node), settings);
}

async function createRun(
  request: LaunchRequest,
  node: NodeExecutable,
  status: 'queued' | 'starting',
): Promise<{ id: string; directory: string }> {
  const file = path.relative(request.workspace, request.file).split(path.sep).join('/');
  const name = path.basename(request.file).replace(/(\.experiment)?\.[cm]?[jt]sx?$/, '');
  const git = await gitState(path.dirname(request.file));
  return createRunDirectory(request.workspace, {
    schema: 1,
    name,
    kind: request.kind,
    file,
    workspace: request.workspace,
    createdAt: new Date().toISOString(),
    params: request.params ?? {},
    ...(request.seed !== undefined && { seed: request.seed }),
    requestedBackend: request.backend,
    ...(request.budget && { budget: request.budget }),
    ...(request.surroundings && { surroundings: request.surroundings }),
    ...(git && { git }),
    versions: { 'compute-lens': version, node: node.version },
    device: describeDevice(),
    status,
    attempts: [],
  });
}

/**
 * Starts another attempt at a run, which continues from its last checkpoint.
 *
 * @param budget limits that take the place of those that the run was given at its start
 * @throws Error when the run is finished, still running, or cannot be resumed
 */
export async function resumeRun(
  directory: string,
  settings: LaunchSettings,
  budget?: Budget,
): Promise<LaunchedRun> {
  const record = await readRecord(directory);
  await assertResumable(directory, record);
  if (budget) await writeRecord(directory, { ...record, budget: { ...record.budget, ...budget } });
  await requestResume(directory);
  // Kept for an attempt that never began: this one trains the code as it is now.
  await fs.rm(path.join(directory, runFiles.code, queuedCode), { force: true });
  return start(record.id, directory, await findNode(settings.node), settings);
}

/** @throws Error that says why the run cannot go on */
export async function assertResumable(
  directory: string,
  record: RunRecord,
  known?: RunStatus,
): Promise<void> {
  const status = known ?? (await runStatus(directory, record));
  if (canResume(record, status)) return;
  if (status === 'queued') throw new Error(`Run ${record.id} waits in the queue already.`);
  if (record.kind === 'script')
    throw new Error(
      `Run ${record.id} is of a plain script, which has no checkpoints to continue from. Run ${record.file} again.`,
    );
  throw new Error(
    status === 'finished'
      ? `Run ${record.id} is finished; there is nothing left to train.`
      : `Run ${record.id} is still ${status}.`,
  );
}

async function start(
  id: string,
  directory: string,
  node: NodeExecutable,
  settings: LaunchSettings,
): Promise<LaunchedRun> {
  await announceRun(directory);
  const log = await fs.open(path.join(directory, runFiles.log), 'a');
  try {
    const record = await readRecord(directory);
    const environment = trainerEnvironment(node);
    if (settings.processorWatts !== undefined) environment[wattsVariable] = String(settings.processorWatts);
    if (settings.stopWithParent) environment[ownerVariable] = String(process.pid);
    const child = spawn(node.path, [trainerFile(), 'run', directory, ...settings.packageFolders], {
      cwd: record.workspace,
      env: environment,
      // The channel carries one thing: why the run folder, which is to say everything else, could not be written.
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      detached: true,
      windowsHide: true,
    });
    const exited = watchExit(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        reject(new Error(`The trainer could not be started with ${node.path}: ${error.message}`));
      });
    }).catch(async (error: unknown) => {
      await writeRecord(directory, { ...record, status: 'failed' });
      throw error;
    });
    child.unref();
    child.channel?.unref();
    return { id, directory, pid: child.pid as number, exited };
  } finally {
    await log.close();
  }
}

function watchExit(child: ChildProcess): Promise<TrainerExit> {
  let message: string | undefined;
  child.on('message', (value: { message?: unknown }) => {
    if (typeof value.message === 'string') message = value.message;
  });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      if (code === exitCodes.storage)
        message ??= 'The run folder could not be written: is the disk full or read-only?';
      resolve({ code, signal, ...(message !== undefined && { message }) });
    });
  });
}

/** Commit of the repository that `folder` is in, and whether anything differs from it. */
export async function gitState(folder: string): Promise<{ commit: string; dirty: boolean } | undefined> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: folder, timeout: 5000, windowsHide: true })).stdout.trim();
  try {
    const [commit, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')]);
    return { commit, dirty: changes !== '' };
  } catch {
    return undefined;
  }
}
