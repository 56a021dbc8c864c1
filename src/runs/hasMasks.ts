import fs from 'node:fs';
import path from 'node:path';
import { runFiles } from './record';

/** Whether masks were recorded in a run's folder. */
export function hasMasks(directory: string): boolean {
  return fs.existsSync(path.join(directory, runFiles.masks));
}
