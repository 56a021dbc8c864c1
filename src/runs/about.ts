import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { replaceFile } from './replaceFile';

/** Beside the record, which belongs to the trainer: this file is the user's. */
export const aboutFile = 'about.json';

const aboutSchema = v.object({
  /** Shown instead of the name that the run was started with. */
  name: v.optional(v.string()),
  notes: v.optional(v.string()),
  tags: v.optional(v.array(v.string())),
  /** Kept, and left out of lists unless asked for. */
  archived: v.optional(v.boolean()),
});

/** What a user says about a run. */
export type RunAbout = v.InferOutput<typeof aboutSchema>;

/**
 * What was said about the run of a folder; nothing where nobody said anything.
 *
 * @throws Error that names the file and what is wrong with it
 */
export async function readAbout(directory: string): Promise<RunAbout> {
  return parse(path.join(directory, aboutFile), await textOf(directory));
}

/** Changes in one process wait for one another, so that none is lost. */
const changing = new Map<string, Promise<unknown>>();

/**
 * Says something else about a run; fields that are not named stay, those that are empty (`undefined`, an empty text
 * or list, `false`) go. Fields of a later version stay as well.
 *
 * @throws Error where the file is there and cannot be read: it is a person's, and is not written over
 * @throws StorageError where it cannot be written
 */
export function changeAbout(
  directory: string,
  change: { readonly [K in keyof RunAbout]: RunAbout[K] | undefined },
): Promise<RunAbout> {
  const changed = (changing.get(directory) ?? Promise.resolve()).then(() => write(directory, change));
  const settled = changed.then(
    () => undefined,
    () => undefined,
  );
  changing.set(directory, settled);
  void settled.then(() => changing.get(directory) === settled && changing.delete(directory));
  return changed;
}

async function write(directory: string, change: object): Promise<RunAbout> {
  const file = path.join(directory, aboutFile);
  const text = await textOf(directory);
  parse(file, text);
  const fields = { ...(JSON.parse(text ?? '{}') as object), ...change };
  const said = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
  if (Object.keys(said).length === 0) await fs.rm(file, { force: true });
  else await replaceFile(file, `${JSON.stringify(said, null, 2)}\n`);
  return v.parse(aboutSchema, said);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === false || (Array.isArray(value) && !value.length);
}

async function textOf(directory: string): Promise<string | undefined> {
  const file = path.join(directory, aboutFile);
  return fs.readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`Cannot read ${file}: ${error.message}`);
  });
}

function parse(file: string, text: string | undefined): RunAbout {
  if (text === undefined) return {};
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}. Mend or delete it.`, { cause: error });
  }
  const result = v.safeParse(aboutSchema, Array.isArray(raw) ? undefined : raw);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${file}: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}. Mend or delete it.`);
}
