import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** A program that runs JavaScript for a trainer. */
export interface NodeExecutable {
  readonly path: string;
  readonly version: string;
  /** The editor's own Electron, as Node: works, except for the webgpu backend. */
  readonly isElectron: boolean;
}

const oldest = [20, 11] as const;

/** The process that asks, and where it looks. */
export interface Asker extends NodeExecutable {
  /** As in the environment variable PATH. */
  readonly searchPath: string;
}

function thisProcess(): Asker {
  return {
    path: process.execPath,
    version: process.versions.node,
    isElectron: process.versions.electron !== undefined,
    searchPath: process.env.PATH ?? '',
  };
}

/**
 * The Node to train with: the one asked for, else this process's own if it is a real Node, else the first on the
 * PATH, else the editor's Electron.
 *
 * @throws Error when the one asked for does not run or is too old
 */
export async function findNode(asked?: string, asker: Asker = thisProcess()): Promise<NodeExecutable> {
  if (asked) {
    const version = await versionOf(asked);
    if (!version)
      throw new Error(`${asked} is not a Node program that runs here (setting computeLens.nodePath).`);
    if (!recentEnough(version))
      throw new Error(`${asked} is Node ${version}; Compute Lens needs ${oldest.join('.')} or later.`);
    return { path: asked, version, isElectron: false };
  }
  const { searchPath, ...own } = asker;
  if (!own.isElectron && recentEnough(own.version)) return own;
  for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
    const candidate = path.join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
    const version = (await isFile(candidate)) ? await versionOf(candidate) : undefined;
    if (version && recentEnough(version)) return { path: candidate, version, isElectron: false };
  }
  return own;
}

async function isFile(file: string): Promise<boolean> {
  return fs.stat(file).then(
    (stat) => stat.isFile(),
    () => false,
  );
}

async function versionOf(file: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(file, ['--version'], { timeout: 10_000, windowsHide: true });
    return /^v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function recentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
