import { DataError } from './types';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user lacks the rights for it',
  EPERM: 'this user lacks the rights for it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full: free some space and try again',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EMFILE: 'too many files are open',
  EIO: 'the disk reported an error',
};

/** A {@link DataError} that says why the file system refused, from an error of node:fs. */
export function fileProblem(error: unknown, path: string, doing: 'read' | 'write'): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = (code && reasons[code]) ?? message;
  return new DataError(`cannot ${doing} ${path}: ${reason}${code ? ` (${code})` : ''}.`, { cause: error });
}
