import fs from 'node:fs';
import path from 'node:path';
import { version } from '../../package.json';

/** Of a package folder that is ours: it may be written anew. */
const description = 'Types of Compute Lens for the editor. Written by its extension; safe to delete.';

/**
 * Lets editors find the types of what an experiment imports from "compute-lens", and of TensorFlow.js behind it: with
 * a folder in the workspace's `node_modules` that leads to the extension's own. Nothing is done where the package is
 * installed already, or above.
 *
 * @param folder that the experiment is in
 * @param workspace whose `node_modules` to use
 * @param types folder of the extension that has the declarations
 */
export function provideTypes(folder: string, workspace: string, types: string): void {
  const found = installed(folder);
  if (found !== undefined && !isOurs(found)) return;
  const target = found ?? path.join(workspace, 'node_modules', 'compute-lens');
  const manifest = { name: 'compute-lens', version, private: true, description, types: 'index.d.ts' };
  const entry = path.join(types, 'api', 'index').split(path.sep).join('/');
  fs.mkdirSync(target, { recursive: true });
  write(path.join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  write(path.join(target, 'index.d.ts'), `export * from ${JSON.stringify(entry)};\n`);
  // It names a folder of this machine.
  write(path.join(target, '.gitignore'), '*\n');
}

/** Where TypeScript finds the package from a folder. */
function installed(folder: string): string | undefined {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const candidate = path.join(at, 'node_modules', 'compute-lens');
    if (fs.existsSync(path.join(candidate, 'package.json'))) return candidate;
    if (at === path.dirname(at)) return undefined;
  }
}

function isOurs(folder: string): boolean {
  try {
    const text = fs.readFileSync(path.join(folder, 'package.json'), 'utf8');
    return (JSON.parse(text) as { description?: unknown }).description === description;
  } catch {
    return false;
  }
}

/** Only where it changes: editors look again at what is written. */
function write(file: string, text: string): void {
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  if (before !== text) fs.writeFileSync(file, text);
}
