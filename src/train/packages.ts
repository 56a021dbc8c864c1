import fs from 'node:fs';
import path from 'node:path';

/** Packages that bring a backend; none is a dependency of this one. */
export const backendPackages = {
  'tensorflow-gpu': '@tensorflow/tfjs-node-gpu',
  tensorflow: '@tensorflow/tfjs-node',
  webgpu: 'webgpu',
} as const;

/**
 * Folder of an installed package, looked up as Node would from each of `folders` in turn: the user's own
 * node_modules come first, the editor's storage after them.
 */
export function findPackage(name: string, folders: readonly string[]): string | undefined {
  for (const start of folders) {
    for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
      const candidate = path.join(folder, 'node_modules', name);
      if (fs.existsSync(path.join(candidate, 'package.json'))) return candidate;
      if (folder === path.dirname(folder)) break;
    }
  }
  return undefined;
}

/** Version of the package in `folder`. */
export function packageVersion(folder: string): string {
  const text = fs.readFileSync(path.join(folder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version?: string }).version ?? 'unknown version';
}
