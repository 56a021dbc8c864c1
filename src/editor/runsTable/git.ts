import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const mostBytes = 16 * 1024 * 1024;

/** A repository, asked about commits. Each question fails with an Error for people. */
export class Repository {
  private constructor(readonly root: string) {}

  /** The repository that a folder is in; undefined where it is in none, or git is not there. */
  static async of(folder: string): Promise<Repository | undefined> {
    try {
      return new Repository(path.normalize(await git(folder, ['rev-parse', '--show-toplevel'])));
    } catch {
      return undefined;
    }
  }

  /** The whole hash of a commit; undefined where this repository does not have it. */
  async commit(name: string): Promise<string | undefined> {
    return git(this.root, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]).catch(() => undefined);
  }

  /** Files that differ between two commits, relative to the root, with forward slashes. */
  async changed(from: string, to: string): Promise<string[]> {
    const names = await git(this.root, ['diff', '--name-only', '--no-renames', '-z', from, to]);
    return names.split('\0').filter((name) => name !== '');
  }

  /** A file as a commit has it; empty where it has none. */
  async text(commit: string, name: string): Promise<string> {
    return git(this.root, ['show', `${commit}:${name}`], false).catch(() => '');
  }
}

async function git(cwd: string, args: readonly string[], trimmed = true): Promise<string> {
  const options = { cwd, timeout: 10_000, maxBuffer: mostBytes, windowsHide: true };
  const { stdout } = await promisify(execFile)('git', args, options);
  return trimmed ? stdout.trim() : stdout;
}
