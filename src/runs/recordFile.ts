import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { runFiles, runRecordSchema, runsFolder, type RunRecord } from './record';
import { replaceFile, replaceFileSync } from './replaceFile';
import { StorageError, writing } from './storageError';

/**
 * Reads `run.json`.
 *
 * @throws Error that names the file and what is wrong with it
 */
export async function readRecord(directory: string): Promise<RunRecord> {
  const file = path.join(directory, runFiles.record);
  const text = await fs.readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT' ? `${file} does not exist.` : `Cannot read ${file}: ${error.message}`,
    );
  });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const result = v.safeParse(runRecordSchema, raw);
  if (result.success) return result.output;
  const schema = (raw as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'number' && schema > 1)
    throw new Error(
      `${file} was written by a later version of Compute Lens (schema ${schema}). Update to read it.`,
    );
  const issue = result.issues[0];
  throw new Error(`${file} is no run record: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

/**
 * Replaces `run.json` whole or not at all.
 *
 * @throws StorageError
 */
export async function writeRecord(directory: string, record: RunRecord): Promise<void> {
  await replaceFile(path.join(directory, runFiles.record), format(record));
}

/** {@link writeRecord} for a process about to exit. */
export function writeRecordSync(directory: string, record: RunRecord): void {
  replaceFileSync(path.join(directory, runFiles.record), format(record));
}

/**
 * Makes the folder of a new run and its `run.json`.
 *
 * @returns its id, such as `2026-11-21-0412-quickstart-k3f9` (local time), and its absolute path
 * @throws StorageError
 */
export async function createRunDirectory(
  workspace: string,
  record: Omit<RunRecord, 'id'>,
): Promise<{ id: string; directory: string }> {
  const parent = path.join(workspace, runsFolder);
  await writing(parent, fs.mkdir(parent, { recursive: true }));
  await hideFromGit(path.dirname(parent));
  const { id, directory } = await makeUnique(parent, record);
  try {
    await writeRecord(directory, { ...record, id });
  } catch (error) {
    await fs.rm(directory, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  return { id, directory };
}

async function makeUnique(parent: string, record: Omit<RunRecord, 'id'>) {
  for (let attempts = 0; ; attempts++) {
    const id = `${timeStamp(new Date(record.createdAt))}-${slug(record.name)}-${suffix()}`;
    const directory = path.join(parent, id);
    try {
      await fs.mkdir(directory);
      return { id, directory };
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EEXIST' && attempts < 100;
      if (!taken) throw StorageError.from(error, directory);
    }
  }
}

/** Runs are big and belong to a machine; who wants them in a repository can say so. */
async function hideFromGit(folder: string): Promise<void> {
  const file = path.join(folder, '.gitignore');
  await fs.writeFile(file, '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw StorageError.from(error, file);
  });
}

function format(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

function timeStamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-|-$/g, '');
  return plain || 'run';
}

/** Four of 36 characters each; not from Math.random, which an experiment's seed owns. */
function suffix(): string {
  return (randomBytes(4).readUInt32LE() % 36 ** 4).toString(36).padStart(4, '0');
}
