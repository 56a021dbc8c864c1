export { eachSetBit, packMask, unpackMask, type MaskBits } from './maskBits';
export type { MaskFigures, RecordedWeight } from './maskFrame';
export type { MaskFrame } from './maskIndex';
export { MaskReader, sizeOf } from './maskReader';
export { MaskWriter } from './maskWriter';
