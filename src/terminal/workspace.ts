import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const markers = ['.compute-lens', '.vscode', '.git', 'package.json'];

/**
 * The folder whose `.compute-lens` holds the runs: the nearest one above `start` (itself included, the home folder
 * not) that looks like a project, else `start`.
 */
export function findWorkspace(start: string): string {
  const home = os.homedir();
  for (let folder = path.resolve(start); folder !== home; folder = path.dirname(folder)) {
    if (markers.some((marker) => fs.existsSync(path.join(folder, marker)))) return folder;
    if (folder === path.dirname(folder)) break;
  }
  return path.resolve(start);
}
