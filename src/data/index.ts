export {
  arrays,
  type ArrayExamples,
  type ArraysOptions,
  type NestedNumbers,
  type NumbersArray,
} from './arrays';
export { epochOrder } from './batches';
export { catalogue, datasetNames, type Catalogue, type Dataset, type DatasetFile } from './catalogue';
export { csv, type CsvOptions, type CsvSource, type LoadedCsv } from './csv';
export { download, type DownloadOptions, type DownloadProgress, type DownloadResult } from './download';
export { glyphs, type GlyphsOptions } from './glyphs';
export { idx, type IdxOptions } from './idx';
export { Random } from './random';
export { text, type LoadedText, type TextOptions, type TextSource } from './text';
export {
  DataError,
  type Batch,
  type DataSource,
  type LoadContext,
  type LoadedData,
  type Split,
  type Values,
} from './types';
