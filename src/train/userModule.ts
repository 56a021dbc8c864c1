import fs from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { isExperiment, type Experiment } from '../api/experiment';
import { queuedCode, runFiles } from '../runs/record';
import { StorageError } from '../runs/storageError';
import { compileUserFile } from './compile';
import { ExperimentError } from './experimentError';

export interface CompiledFile {
  /** The user's own file. */
  readonly file: string;
  /** The ES module made of it. */
  readonly output: string;
  /** Of the compiled code: tells whether the code changed between attempts. */
  readonly sha256: string;
}

/** Compiles `file` to `output`; see {@link compileUserFile} for errors. */
export async function compile(file: string, output: string): Promise<CompiledFile> {
  await compileUserFile(file, output);
  return hashed(file, output);
}

/** The code of an attempt: of one that waited, as it was when the run was put in line. */
export async function compileForAttempt(
  directory: string,
  number: number,
  file: string,
): Promise<CompiledFile> {
  const folder = path.join(directory, runFiles.code);
  const output = path.join(folder, `attempt-${number}.mjs`);
  const waited = await moved(path.join(folder, queuedCode), output);
  return waited ? hashed(file, output) : compile(file, output);
}

/** False where there is nothing to move. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await fs.rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw StorageError.from(error, to);
  }
}

async function hashed(file: string, output: string): Promise<CompiledFile> {
  const sha256 = createHash('sha256')
    .update(await fs.readFile(output))
    .digest('hex');
  return { file, output, sha256 };
}

/** Runs the compiled file's top level; what it throws is the user's own error. */
export async function importCompiled(compiled: CompiledFile): Promise<Record<string, unknown>> {
  process.argv[1] = compiled.file;
  return (await import(pathToFileURL(compiled.output).href)) as Record<string, unknown>;
}

/** The experiment that the compiled file exports by default. */
export async function importExperiment(compiled: CompiledFile): Promise<Experiment> {
  const exported = (await importCompiled(compiled)).default;
  if (isExperiment(exported)) return exported;
  const found = exported === undefined ? 'has no default export' : `exports ${describe(exported)} by default`;
  throw new ExperimentError(
    `${path.basename(compiled.file)} ${found}; an experiment file ends in "export default defineExperiment({ ... })", ` +
      'with defineExperiment imported from "compute-lens". To run a plain script, use "Run Current File".',
    { file: compiled.file, line: 1, column: 1 },
  );
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return value === null ? 'null' : `a plain ${Array.isArray(value) ? 'array' : typeof value}`;
}
