export {
  defineExperiment,
  type Datasets,
  type Every,
  type Experiment,
  type ExperimentContext,
  type ExperimentData,
  type LossOrMetric,
  type ModelContext,
  type Progress,
  type RateContext,
  type StepContext,
  type TensorBatch,
} from './experiment';
export { adamW, type AdamWOptions } from './optimizers';
export {
  block,
  constantFanIn,
  gradualMagnitude,
  lotteryTicket,
  nm,
  rigl,
  set,
  snfs,
  snip,
  staticSparse,
  type BlockOptions,
  type ConstantFanInOptions,
  type DynamicOptions,
  type GradualMagnitudeOptions,
  type LotteryTicketOptions,
  type NMOptions,
  type RiglOptions,
  type SnfsOptions,
  type SnipOptions,
  type SparsityOptions,
  type SpreadOptions,
} from './sparsity';
export { loadSparseModel, saveSparseModel, type SaveSparseOptions } from './sparseModel';
export { sparsify, type SparseTraining, type SparsifyOptions } from './sparsify';
export type { SparsityMethod } from '../sparse';
export { arrays } from '../data/arrays';
export { csv } from '../data/csv';
export { glyphs } from '../data/glyphs';
export { idx } from '../data/idx';
export { text } from '../data/text';
export {
  DataError,
  type Batch,
  type DataSource,
  type LoadedData,
  type Split,
  type Values,
} from '../data/types';
