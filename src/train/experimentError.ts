import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunError } from '../runs/record';
import { fieldPlace } from './fieldPlace';

/** A place in a user's own file; line and column count from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The field of the experiment that is wrong: whoever has the text finds its line. */
  readonly field?: string;
}

/** Something is wrong with what the user wrote or asked for: the message says what, the location where. */
export class ExperimentError extends Error {
  override readonly name = 'ExperimentError';
  readonly location: SourceLocation | undefined;

  constructor(message: string, location?: SourceLocation) {
    super(message);
    this.location = location;
  }
}

/** The loss is not a finite number any more. */
export class DivergedError extends ExperimentError {}

/** Errors whose message says it all to a person, unlike that of a TypeError. */
const speaking = new Set(['Error', 'BackendUnavailable', 'DataError', 'StorageError']);

/**
 * What is recorded of an error: its message and the innermost frame in the user's own files.
 *
 * @param workspace absolute folder; frames outside it, in packages or in the product are not the user's
 */
export function toRunError(error: unknown, workspace: string): RunError {
  if (!(error instanceof Error))
    return { message: `The code threw ${String(error)}, which is not an Error.` };
  const location =
    error instanceof ExperimentError && error.location
      ? placed(error.location)
      : userFrame(error.stack ?? '', workspace);
  const name = speaking.has(error.name) || error instanceof ExperimentError ? '' : `${error.name}: `;
  return {
    message: name + error.message,
    ...(location?.file === undefined ? {} : { file: location.file }),
    ...(location?.line === undefined ? {} : { line: location.line }),
    ...(location?.column === undefined ? {} : { column: location.column }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error instanceof DivergedError && { cause: 'diverged' as const }),
  };
}

/** With the line of the field that is wrong, where that is all that is known. */
function placed(location: SourceLocation): SourceLocation {
  const { file, line, field } = location;
  if (line !== undefined || field === undefined) return location;
  return { ...location, ...fieldPlace(file, field) };
}

/** The innermost stack frame in one of the user's own files. */
export function userFrame(stack: string, workspace: string): SourceLocation | undefined {
  for (const line of stack.split('\n')) {
    const match = /^\s+at .*?\(?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(line);
    if (!match?.[1]) continue;
    const file = match[1].startsWith('file:') ? fileURLToPath(match[1]) : path.normalize(match[1]);
    const inside = path.relative(workspace, file);
    if (inside.startsWith('..') || path.isAbsolute(inside)) continue;
    if (/(^|[\\/])(node_modules|\.compute-lens)[\\/]/.test(inside)) continue;
    if (!path.relative(__dirname, file).startsWith('..')) continue;
    return { file, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}
