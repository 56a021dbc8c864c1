/**
 * The trainer process: `trainer.js run DIRECTORY [FOLDER...]` trains the run in DIRECTORY; `describe FILE` and
 * `probe BACKEND` answer one question. FOLDERs are where packages with backends may be installed.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { backendNames, type BackendName } from '../runs/record';
import { startBackend } from './backends';
import { resolveDefinition } from './definition';
import { toRunError } from './experimentError';
import { installRedirects } from './moduleRedirect';
import { SeededRandomness } from './randomness';
import { runInFolder } from './runInFolder';
import { loadTf } from './tfInstance';
import { answerPrefix } from './trainerTool';
import { exitCodes } from './trainerProcess';
import { compile, importExperiment } from './userModule';

async function main([verb, argument, ...folders]: string[]): Promise<void> {
  process.setSourceMapsEnabled(true);
  if (argument && verb === 'run') return runInFolder(path.resolve(argument), folders);
  if (argument && verb === 'describe') return answer(await describe(path.resolve(argument), folders));
  if (argument && verb === 'probe') return answer(await probe(argument, folders));
  process.stderr.write('usage: trainer.js run DIRECTORY | describe FILE | probe BACKEND [FOLDER...]\n');
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

async function probe(name: string, folders: readonly string[]): Promise<unknown> {
  if (!(backendNames as readonly string[]).includes(name))
    return { available: false, detail: `there is no backend "${name}"` };
  installRedirects(os.tmpdir(), path.join(os.tmpdir(), 'none.js'));
  try {
    const allowSoftware = process.env.COMPUTE_LENS_SOFTWARE_GPU === '1';
    const { detail } = await startBackend(loadTf(), name as BackendName, folders, allowSoftware);
    return { available: true, detail };
  } catch (error) {
    return { available: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

void main(process.argv.slice(2));
