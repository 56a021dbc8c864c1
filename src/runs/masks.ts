import fs from 'node:fs';
import path from 'node:path';
import { runFiles } from './record';

export { eachSetBit, packMask, unpackMask, type MaskBits } from './maskBits';
export type { MaskFigures, RecordedWeight } from './maskFrame';
export type { MaskFrame } from './maskIndex';
export { MaskReader, sizeOf, type MaskLink } from './maskReader';
export { MaskWriter } from './maskWriter';

/** Whether masks were recorded in a run's folder. */
export function hasMasks(directory: string): boolean {
  return fs.existsSync(path.join(directory, runFiles.masks));
}
