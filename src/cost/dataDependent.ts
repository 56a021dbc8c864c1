/** Kernels whose outputs are as large as values decide: what they do is known only once they have run. */
export const dataDependentKernels: ReadonlySet<string> = new Set([
  ...['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'RaggedGather', 'RaggedRange'],
  ...['RaggedTensorToTensor', 'SparseFillEmptyRows', 'SparseSegmentMean'],
  ...['SparseSegmentSum', 'StringNGrams', 'StringSplit', 'Unique'],
]);
