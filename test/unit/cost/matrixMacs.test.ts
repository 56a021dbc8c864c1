import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { matrixMacs } from '../../../src/cost/matrixMacs';
import { withEmptyInitializers } from '../../../src/trace/emptyInitializers';
import {
  registerShapeBackend,
  shapeBackendName,
  type ShapeBackend,
  type TracedKernel,
} from '../../../src/trace/shapeBackend';
import type { Tf } from '../../../src/train/tfInstance';
import { loadTensorflow } from '../trace/tensorflow';
import { Architectures } from './architectures';
import { gpt2Small, vitB16 } from './transformers';

type Build = (a: Architectures, tf: Tf) => tfjs.LayersModel;
interface Published {
  readonly params: number;
  readonly macs: number;
  /** Of the parameters, those too that are not trained. */
  readonly all?: true;
  readonly build: Build;
}

/**
 * Parameters and multiply-accumulates at batch 1 (convolutions and matrix products, bias apart) as public counters give
 * them for torchvision's models and GPT-2, and for Keras' with running statistics. Attention is two products a head.
 */
const published: Record<string, Published> = {
  'LeNet-5': { params: 61_706, macs: 416_520, build: (a) => a.lenet5() },
  'MLP 784-512-10': { params: 407_050, macs: 406_528, build: (a) => a.mlp() },
  AlexNet: { params: 61_100_840, macs: 714_188_480, build: (a) => a.alexnet() },
  VGG16: { params: 138_357_544, macs: 15_470_264_320, build: (a) => a.vgg16() },
  'ResNet-18': { params: 11_689_512, macs: 1_814_073_344, build: (a) => a.resnetBasic([2, 2, 2, 2]) },
  'ResNet-34': { params: 21_797_672, macs: 3_663_761_408, build: (a) => a.resnetBasic([3, 4, 6, 3]) },
  'ResNet-50': { params: 25_557_032, macs: 4_089_184_256, build: (a) => a.resnet50() },
  'ResNet-50 of Keras': {
    params: 25_636_712,
    macs: 3_857_973_248,
    all: true,
    build: (a) => a.resnet50OfKeras(),
  },
  MobileNetV1: { params: 4_253_864, macs: 568_740_352, all: true, build: (a) => a.mobilenetV1() },
  MobileNetV2: { params: 3_504_872, macs: 300_774_272, build: (a) => a.mobilenetV2() },
  'SqueezeNet 1.1': { params: 1_235_496, macs: 349_151_936, build: (a) => a.squeezenet() },
  'ViT-B/16': { params: 86_567_656, macs: 17_563_828_224, build: (_, tf) => vitB16(tf) },
  'GPT-2 small': { params: 124_439_808, macs: 145_824_153_600, build: (_, tf) => gpt2Small(tf) },
};
/** FLOPs of forward and backward pass together. */
const training: Record<string, { flops: number; build: Build }> = {
  'LeNet-5 with relu': { flops: 2_263_920, build: (a) => a.lenet5('relu') },
  'LeNet-5 with tanh': { flops: 2_499_120, build: (a) => a.lenet5('tanh') },
  VGG16: { flops: 92_648_177_664, build: (a) => a.vgg16() },
};
/**
 * The same where the count of public tools leaves out the gradient of the first layer's input, which nobody needs.
 * TensorFlow.js computes it all the same where the first convolution has no activation of its own.
 */
const withoutInputGradient: typeof training = {
  'ResNet-18': { flops: 10_648_412_160, build: (a) => a.resnetBasic([2, 2, 2, 2]) },
  'ResNet-50': { flops: 24_299_077_632, build: (a) => a.resnet50() },
};
/**
 * Multiply-accumulates of the first layer. A training step takes three times the forward pass less these, as nobody
 * needs the gradient of the input. Of GPT-2 it is a lookup, which multiplies nothing.
 */
const firstLayers: Record<string, number> = {
  AlexNet: 55 * 55 * 64 * (11 * 11 * 3),
  'ViT-B/16': 14 * 14 * 768 * (16 * 16 * 3),
  'GPT-2 small': 0,
};

describe('multiply-accumulates, counted on a trace', function () {
  this.timeout(60_000);
  let tf: Tf;
  let backend: ShapeBackend;
  before(async () => {
    tf = loadTensorflow();
    backend = registerShapeBackend(tf);
    await tf.setBackend(shapeBackendName);
  });
  after(() => tf.setBackend('cpu'));

  for (const [name, { params, macs, all, build }] of Object.entries(published))
    it(`of ${name} are the published ${macs.toLocaleString('en')}, and its parameters ${params.toLocaleString('en')}`, () => {
      const model = made(build);
      const weights = all ? model.weights : model.trainableWeights;
      const counted = weights.reduce(
        (sum, weight) => sum + weight.shape.reduce((p: number, n) => p * (n ?? 1), 1),
        0,
      );
      const kernels = traced(() => tf.dispose(model.predictOnBatch(ones(model.inputs))));
      assert.equal(counted, params);
      assert.equal(total(kernels), macs);
      model.dispose();
    });

  for (const [name, { flops, build }] of Object.entries(training))
    it(`of a training step of ${name} are half of ${flops.toLocaleString('en')} FLOPs, as executed`, async () => {
      assert.equal(2 * total(await trainingStep(build)), flops);
    });
  for (const [name, { flops, build }] of Object.entries(withoutInputGradient))
    it(`of a training step of ${name} are half of ${flops.toLocaleString('en')} FLOPs and the input's gradient`, async () => {
      const kernels = await trainingStep(build);
      const ofInput = kernels.filter(isImageGradient);
      assert.equal(ofInput.length, 1);
      assert.equal(2 * (total(kernels) - total(ofInput)), flops);
    });
  for (const [name, firstLayer] of Object.entries(firstLayers))
    it(`of a training step of ${name} are three times its forward pass less its first layer`, async () => {
      const { macs, build } = published[name] as Published;
      const kernels = await trainingStep(build);
      const ofInput = kernels.filter(isImageGradient);
      assert.equal(ofInput.length, firstLayer > 0 ? 1 : 0);
      assert.equal(total(ofInput), firstLayer);
      assert.equal(2 * (total(kernels) - total(ofInput)), 2 * (3 * macs - firstLayer));
    });

  async function trainingStep(build: Build): Promise<TracedKernel[]> {
    const model = made(build);
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const [x, y] = [ones(model.inputs), ones(model.outputs)];
    const kernels: TracedKernel[] = [];
    backend.observer = { kernel: (each) => kernels.push(each), unknownRead: () => undefined };
    await model.trainOnBatch(x, y);
    backend.observer = undefined;
    tf.dispose([x, y]);
    model.dispose();
    return kernels;
  }

  function made(build: Build): tfjs.LayersModel {
    return withEmptyInitializers(tf, () => {
      const model = build(new Architectures(tf), tf);
      // Weights are made when they are first read.
      for (const weight of model.weights) weight.read();
      return model;
    });
  }

  function ones([of]: readonly tfjs.SymbolicTensor[]): tfjs.Tensor {
    const shape = [1, ...(of?.shape.slice(1) as number[])];
    return tf.engine().runKernel('Fill', {}, { shape, value: 1, dtype: 'float32' });
  }

  function traced(work: () => void): TracedKernel[] {
    const kernels: TracedKernel[] = [];
    backend.observer = { kernel: (each) => kernels.push(each), unknownRead: () => undefined };
    work();
    backend.observer = undefined;
    return kernels;
  }

  /** The gradient of an input of three channels. */
  function isImageGradient({ kernel, outputs }: TracedKernel): boolean {
    return kernel === 'Conv2DBackpropInput' && outputs[0]?.shape.at(-1) === 3;
  }

  function total(kernels: readonly TracedKernel[]): number {
    return kernels.reduce((sum, each) => sum + (matrixMacs(each) ?? 0), 0);
  }
});
