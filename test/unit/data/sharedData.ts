import { existsSync } from 'node:fs';
import * as path from 'node:path';

/** The folder of real data beside the repository; undefined, said aloud, where a clone has none. */
export function sharedData(): string | undefined {
  const folder = path.resolve('..', 'shared', 'data');
  if (existsSync(path.join(folder, 'mnist'))) return folder;
  if (process.env.CI === 'true')
    throw new Error(`${folder} is missing, and must be there in continuous integration`);
  console.warn(`      NOTE: ${folder} is not there; tests of real MNIST and Shakespeare data do not run.`);
  return undefined;
}
