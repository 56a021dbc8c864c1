/** A file of a run could not be written. The message is for people: which file, why, and what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';

  private constructor(
    readonly path: string,
    readonly code: string | undefined,
    cause: unknown,
  ) {
    super(`Cannot write ${path}: ${reason(code, cause)}`, { cause });
  }

  /** What the file system said about `path`; an error that is a StorageError already stays as it is. */
  static from(error: unknown, path: string): StorageError {
    if (error instanceof StorageError) return error;
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    return new StorageError(path, typeof code === 'string' ? code : undefined, error);
  }
}

/** Awaits `work`, which writes `path`; its failure becomes a {@link StorageError}. */
export async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw StorageError.from(error, path);
  }
}

function reason(code: string | undefined, cause: unknown): string {
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full (ENOSPC). Free some space, then resume the run.';
    case 'EDQUOT':
      return 'your disk quota is used up (EDQUOT). Free some space, then resume the run.';
    case 'EACCES':
    case 'EPERM':
      return `permission denied (${code}). Allow writing there, or run from a folder that you may write to.`;
    case 'EROFS':
      return 'the file system is read-only (EROFS). Run from a folder that you may write to.';
    case 'ENOENT':
      return 'its folder is gone (ENOENT). Was it deleted or unmounted?';
    case 'ENOTDIR':
      return 'a file is where its folder should be (ENOTDIR). Move that file away.';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
