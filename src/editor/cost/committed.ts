import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Bundler, type Bundle } from '../../trace/bundle';

const mostBytes = 16 * 1024 * 1024;

/** Bundles files with the texts that they had in the last commit of their repository. */
export class Committed {
  /** Undefined for files that are in no commit: they are taken as they are. */
  private readonly texts = new Map<string, string | undefined>();
  private readonly bundler = new Bundler((file) => this.texts.get(file));

  /** @throws Error for people where the file is in no commit, or BundleError where it did not compile */
  async bundle(entry: string): Promise<Bundle> {
    this.texts.clear();
    const text = await committedText(entry);
    this.texts.set(entry, text);
    for (;;) {
      const bundle = await this.bundler.bundle(entry);
      const unread = bundle.inputs.filter((file) => !this.texts.has(file));
      if (unread.length === 0) return bundle;
      for (const file of unread) this.texts.set(file, await committedText(file).catch(() => undefined));
    }
  }

  dispose(): void {
    void this.bundler.dispose();
  }
}

/**
 * The text that a file had in the last commit of its repository.
 *
 * @throws Error for people
 */
export async function committedText(file: string): Promise<string> {
  const name = path.basename(file);
  try {
    const { stdout } = await promisify(execFile)('git', ['show', `HEAD:./${name}`], {
      cwd: path.dirname(file),
      timeout: 10_000,
      maxBuffer: mostBytes,
      windowsHide: true,
    });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new Error('git is not on the PATH, so the last commit cannot be read.', { cause: error });
    if (/not a git repository/i.test(stderr))
      throw new Error(`${name} is in no git repository.`, { cause: error });
    throw new Error(`${name} is not in the last commit: there is nothing to compare with.`, { cause: error });
  }
}
