export { hasMasks } from './hasMasks';
export { eachSetBit, packMask, unpackMask, type MaskBits } from './maskBits';
export type { MaskFigures, RecordedWeight } from './maskFrame';
export type { MaskFrame } from './maskIndex';
export { MaskReader, sizeOf, type MaskLink } from './maskReader';
export { MaskWriter } from './maskWriter';
