/**
 * The trainer process: `trainer.js run DIRECTORY [FOLDER...]` trains the run in DIRECTORY; `describe FILE`, `probe
 * BACKEND`, `measure BACKEND` and `calibrate BACKEND` answer one question. FOLDERs are where packages with backends may be installed.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { backendNames, queuedCode, runFiles } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import { replaceFile } from '../runs/replaceFile';
import { startBackend, type StartedBackend } from './backends';
import { BackendUnavailable } from './backendUnavailable';
import { calibrationSteps } from './calibrationSteps';
import { resolveDefinition } from './definition';
import { toRunError } from './experimentError';
import { installRedirects } from './moduleRedirect';
import { subjectOf } from './knownPeak';
import { measurePeak } from './peak';
import { recallPeak, rememberPeak } from './peakStore';
import type { BackendAnswer } from './probe';
import { SeededRandomness } from './randomness';
import { runInFolder } from './runInFolder';
import { loadTf, type Tf } from './tfInstance';
import { answerPrefix, progressPrefix } from './trainerTool';
import { exitCodes } from './trainerProcess';
import { compile, importExperiment } from './userModule';

async function main([verb, argument, ...folders]: string[]): Promise<void> {
  process.setSourceMapsEnabled(true);
  if (argument && verb === 'run') return runInFolder(path.resolve(argument), folders);
  if (argument && verb === 'describe') return answer(await describe(path.resolve(argument), folders));
  if (argument && verb === 'compile') return answer(await compileQueued(path.resolve(argument)));
  if (argument && (verb === 'probe' || verb === 'measure'))
    return answer(await probe(argument, folders, verb === 'measure'));
  if (argument && verb === 'calibrate') {
    installRedirects(os.tmpdir(), path.join(os.tmpdir(), 'none.js'));
    const tell = (share: number) => process.stdout.write(`\n${progressPrefix}${share.toFixed(3)}\n`);
    return answer(await calibrationSteps(argument, folders, tell));
  }
  process.stderr.write(
    'usage: trainer.js run DIRECTORY | describe FILE | probe BACKEND | measure BACKEND | calibrate BACKEND [FOLDER...]\n',
  );
  process.exitCode = exitCodes.usage;
}

function answer(value: unknown): void {
  process.stdout.write(`\n${answerPrefix}${JSON.stringify(value)}\n`, () => process.exit());
}

/** Name, seed and parameters of an experiment, or its error. */
async function describe(file: string, folders: readonly string[]): Promise<unknown> {
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'compute-lens-'));
  try {
    const tf = loadTf();
    installRedirects(scratch, file);
    await tf.setBackend('cpu');
    new SeededRandomness(0).install(tf);
    const compiled = await compile(file, path.join(scratch, 'experiment.mjs'));
    const experiment = await importExperiment(compiled);
    const { name, seed, params } = resolveDefinition(experiment, file, { params: {} });
    const numbers = Object.entries({ epochs: experiment.epochs, batchSize: experiment.batchSize });
    return {
      name,
      seed,
      params,
      ...Object.fromEntries(numbers.filter(([, value]) => typeof value === 'number')),
    };
  } catch (error) {
    return { error: toRunError(error, folders[0] ?? path.dirname(file)) };
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

/** Keeps the code of a run that waits as it is now, or says its error. */
async function compileQueued(directory: string): Promise<unknown> {
  const { workspace, file } = await readRecord(directory);
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'compute-lens-'));
  try {
    const { output } = await compile(path.join(workspace, file), path.join(scratch, queuedCode));
    // The run may be taken out of line at any time, and must not come back by this; or begin, and read half a file.
    const code = path.join(directory, runFiles.code);
    await fs.mkdir(code).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await replaceFile(path.join(code, queuedCode), await fs.readFile(output, 'utf8'));
    return {};
  } catch (error) {
    return { error: toRunError(error, workspace) };
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function probe(name: string, folders: readonly string[], measure: boolean): Promise<BackendAnswer> {
  const backend = backendNames.find((each) => each === name);
  if (!backend) return { state: 'notInstalled', detail: `there is no backend "${name}"` };
  installRedirects(os.tmpdir(), path.join(os.tmpdir(), 'none.js'));
  try {
    const allowSoftware = process.env.COMPUTE_LENS_SOFTWARE_GPU === '1';
    const tf = loadTf();
    const started = await startBackend(tf, backend, folders, allowSoftware);
    return { state: 'trains', detail: started.detail, ...(await figures(tf, started, measure)) };
  } catch (error) {
    const state = error instanceof BackendUnavailable ? error.state : 'doesNotStart';
    return { state, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** How fast the backend that has started is: measured now, or as is remembered of it. */
async function figures(tf: Tf, started: StartedBackend, measure: boolean): Promise<Partial<BackendAnswer>> {
  const subject = await subjectOf(tf, started);
  const threads = subject.threads === undefined ? {} : { threads: subject.threads };
  if (!measure) {
    const peak = await recallPeak(subject);
    return { ...threads, ...(peak && { peak }) };
  }
  try {
    const peak = await measurePeak(tf, started.name, { matmulMilliseconds: 700, addMilliseconds: 300 });
    await rememberPeak(subject, peak);
    return { ...threads, peak };
  } catch (error) {
    return { ...threads, unmeasured: error instanceof Error ? error.message : String(error) };
  }
}

void main(process.argv.slice(2));
