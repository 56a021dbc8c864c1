export { forwardFlops, sparseBytes, stepFlops, type StepKind } from './accounting';
export { packBits, unpackBits } from './bits';
export { compress, type CompressibleModel, type RemovedUnits } from './compress/compress';
export type { ModelTopology, NamedWeight } from './compress/graph';
export { distributions, type Distribution } from './distribution';
export type { Due, Evolution, Layer, LayerState, Rewind, Uncertain } from './evolution';
export { activeAt, countActive, differing, either, fullMask, type Mask } from './mask';
export type * from './method';
export {
  bytesOf,
  decodeSparseModel,
  denseValues,
  encodeSparseModel,
  type SparseModelJson,
} from './modelFile';
export { growInits, grownPlaces, grownValues, type Growth } from './growth';
export { keptOf } from './nm';
export type { Randomness } from './randomness';
export { Part, plainLayout, type Layout } from './parts';
export { ruleOfWeights } from './rules';
export type { SplitWeight } from './rules/byParts';
export { decays, type Decay } from './schedule';
export { spread, type SpreadWeight, type WeightKind } from './spread';
export { StepNeeds } from './stepNeeds';
export { deadUnits } from './units';
