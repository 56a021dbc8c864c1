/** `@tensorflow/tfjs-data` as a module of its own, out of the one TensorFlow.js: `tf.data`. */
import type * as TfModule from './tf';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- dist/tf.js stays a file of its own beside this one
const { data } = require('./tf.js') as typeof TfModule;

export const {
  array,
  csv,
  CSVDataset,
  Dataset,
  FileDataSource,
  func,
  generator,
  microphone,
  TextLineDataset,
  URLDataSource,
  version_data,
  webcam,
  zip,
} = data;
