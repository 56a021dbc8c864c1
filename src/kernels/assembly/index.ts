/**
 * The module's exports: kernels that work in the memory of TensorFlow.js. Addresses are in bytes. A function that
 * begins with `part` and `parts` does that part of the work; done for each part, on any thread, it is whole.
 */
import { convolutionScratch } from './convolution';

export { batchNormGradient, batchNormTraining, moveAverages } from './batchNormTraining';
export { cast } from './cast';
export { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution';
export { copy } from './copy';
export {
  binaryCrossEntropy,
  binaryCrossEntropyGradient,
  crossEntropy,
  crossEntropyGradient,
  softmaxGradient,
} from './crossEntropy';
export { depthwise } from './depthwise';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseGradients';
export { gemm } from './gemm';
export { registerLimit, registerSums } from './limit';
export { layerNorm, layerNormGradient } from './layerNorm';
export { fill, move } from './move';
export { batchNorm, softmax } from './normalize';
export { adadelta, adagrad, adam, adamax, addOne, gradientDescent, momentum } from './optimizers';
export { multiplyOne, rmsProp } from './optimizers';
export { addPacked, clearOthers, pack, unpack } from './packed';
export { pairs } from './pairs';
export { pool } from './pool';
export { poolGradient } from './poolGradients';
export { reduce } from './reduce';
export { resizeGradient } from './resize';
export { gather, oneHot, scatter, select } from './rows';
export { blockGradient, blockProduct, blockValues } from './sparseBlocks';
export { sparseConvolution, sparseConvolutionInputGradient, sparseProduct } from './sparse';
export { sparseFilterGradient, sparseGradient, sparseGradientScratch } from './sparseGradient';
export { softmaxCrossEntropy, softmaxCrossEntropyGradient } from './softmaxCrossEntropy';
export { placeOfBest, runningSum, truth } from './scan';
export { unary } from './unary';

/** Bytes of scratch memory that one thread needs, whatever kernel it runs. */
export function scratchBytes(): i32 {
  return convolutionScratch();
}

// As one caller's own, the optimizer would put it inside, where its sums no longer fit into registers.
export { multiplyTile } from './gemm';
export { tile1, tile2, tile3, tile4 } from './tile';
