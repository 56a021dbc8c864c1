import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../../src/train/tfInstance';

type Tensor = tfjs.SymbolicTensor;
/** Well-known architectures, written with tf.layers as their papers and reference implementations have them. */
export class Architectures {
  private readonly l: Tf['layers'];

  constructor(private readonly tf: Tf) {
    this.l = tf.layers;
  }

  /** LeCun et al. 1998, with every feature map connected and pooling without weights. */
  lenet5(activation: 'relu' | 'tanh' = 'relu'): tfjs.LayersModel {
    return this.build([32, 32, 1], (x) => {
      const conv = (y: Tensor, filters: number) =>
        this.to(this.l.conv2d({ filters, kernelSize: 5, activation }), y);
      const pool = (y: Tensor) => this.to(this.l.averagePooling2d({ poolSize: 2, strides: 2 }), y);
      const features = this.flat(conv(pool(conv(pool(conv(x, 6)), 16)), 120));
      return this.dense(this.to(this.l.dense({ units: 84, activation }), features), 10);
    });
  }

  mlp(): tfjs.LayersModel {
    return this.build([784], (x) =>
      this.dense(this.to(this.l.dense({ units: 512, activation: 'relu' }), x), 10),
    );
  }

  /** Krizhevsky 2014 ("One weird trick"), as torchvision has it. */
  alexnet(): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      const pool = (y: Tensor) => this.to(this.l.maxPooling2d({ poolSize: 3, strides: 2 }), y);
      let y = pool(this.relu(this.conv(x, 64, 11, 4, 2, true)));
      y = pool(this.relu(this.conv(y, 192, 5, 1, 2, true)));
      for (const filters of [384, 256, 256]) y = this.relu(this.conv(y, filters, 3, 1, 1, true));
      y = this.flat(pool(y));
      return this.dense(this.relu(this.dense(this.relu(this.dense(y, 4096)), 4096)), 1000);
    });
  }

  /** Simonyan and Zisserman 2015, table 1, column D. */
  vgg16(): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      let y = x;
      for (const [filters, count] of [
        [64, 2],
        [128, 2],
        [256, 3],
        [512, 3],
        [512, 3],
      ] as const) {
        for (let i = 0; i < count; i++)
          y = this.to(this.l.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu' }), y);
        y = this.to(this.l.maxPooling2d({ poolSize: 2, strides: 2 }), y);
      }
      const hidden = (z: Tensor) => this.to(this.l.dense({ units: 4096, activation: 'relu' }), z);
      return this.dense(hidden(hidden(this.flat(y))), 1000);
    });
  }

  /** He et al. 2016, with two 3x3 convolutions a block. */
  resnetBasic(counts: readonly number[]): tfjs.LayersModel {
    return this.resnet(counts, 1, (x, filters, stride) => {
      const y = this.relu(this.normal(this.conv(x, filters, 3, stride, 1)));
      return this.normal(this.conv(y, filters, 3, 1, 1));
    });
  }

  /** He et al. 2016, bottlenecks with the stride in the 3x3 convolution, as torchvision has them. */
  resnet50(): tfjs.LayersModel {
    return this.resnet([3, 4, 6, 3], 4, (x, filters, stride) => {
      const y = this.relu(this.normal(this.conv(x, filters, 1)));
      const z = this.relu(this.normal(this.conv(y, filters, 3, stride, 1)));
      return this.normal(this.conv(z, 4 * filters, 1));
    });
  }

  /** He et al. 2016, bottlenecks with the stride in the first 1x1 convolution and biases, as Keras has them. */
  resnet50OfKeras(): tfjs.LayersModel {
    const branch = (x: Tensor, filters: number, stride: number) => {
      const y = this.relu(this.normal(this.conv(x, filters, 1, stride, 0, true)));
      const z = this.relu(this.normal(this.conv(y, filters, 3, 1, 1, true)));
      return this.normal(this.conv(z, 4 * filters, 1, 1, 0, true));
    };
    return this.resnet([3, 4, 6, 3], 4, branch, true);
  }

  /** Howard et al. 2017, table 1, as Keras has it. */
  mobilenetV1(): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      const six = (y: Tensor) => this.to(this.l.reLU({ maxValue: 6 }), this.normal(y));
      const same = (y: Tensor, filters: number, kernelSize: number, strides: number) =>
        this.to(this.l.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }), y);
      let y = six(same(x, 32, 3, 2));
      for (const [filters, strides] of [
        [64, 1],
        [128, 2],
        [128, 1],
        [256, 2],
        [256, 1],
        [512, 2],
        ...Array.from({ length: 5 }, () => [512, 1] as const),
        [1024, 2],
        [1024, 1],
      ] as const) {
        y = six(
          this.to(this.l.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false }), y),
        );
        y = six(same(y, filters, 1, 1));
      }
      return this.dense(this.to(this.l.globalAveragePooling2d({}), y), 1000);
    });
  }

  /** Sandler et al. 2018, table 2. */
  mobilenetV2(): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      const six = (y: Tensor) => this.to(this.l.reLU({ maxValue: 6 }), this.normal(y));
      let channels = 32;
      let y = six(this.conv(x, channels, 3, 2, 1));
      for (const [expansion, filters, count, firstStride] of [
        [1, 16, 1, 1],
        [6, 24, 2, 2],
        [6, 32, 3, 2],
        [6, 64, 4, 2],
        [6, 96, 3, 1],
        [6, 160, 3, 2],
        [6, 320, 1, 1],
      ] as const)
        for (let i = 0; i < count; i++) {
          const strides = i === 0 ? firstStride : 1;
          let z = expansion === 1 ? y : six(this.conv(y, expansion * channels, 1));
          z = this.to(this.l.zeroPadding2d({ padding: 1 }), z);
          z = six(this.to(this.l.depthwiseConv2d({ kernelSize: 3, strides, useBias: false }), z));
          z = this.normal(this.conv(z, filters, 1));
          y = strides === 1 && channels === filters ? this.add(y, z) : z;
          channels = filters;
        }
      y = six(this.conv(y, 1280, 1));
      return this.dense(this.to(this.l.globalAveragePooling2d({}), y), 1000);
    });
  }

  /** Iandola et al. 2016, version 1.1 of their repository. */
  squeezenet(): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      const convolved = (y: Tensor, filters: number, kernel: number, stride = 1, pad = 0) =>
        this.relu(this.conv(y, filters, kernel, stride, pad, true));
      const pool = (y: Tensor) =>
        this.to(this.l.maxPooling2d({ poolSize: 3, strides: 2, padding: 'valid' }), y);
      const fire = (y: Tensor, squeeze: number, expand: number) => {
        const s = convolved(y, squeeze, 1);
        return this.l.concatenate().apply([convolved(s, expand, 1), convolved(s, expand, 3, 1, 1)]) as Tensor;
      };
      let y = pool(convolved(x, 64, 3, 2));
      y = pool(fire(fire(y, 16, 64), 16, 64));
      y = pool(fire(fire(y, 32, 128), 32, 128));
      y = fire(fire(fire(fire(y, 48, 192), 48, 192), 64, 256), 64, 256);
      return this.to(this.l.globalAveragePooling2d({}), convolved(y, 1000, 1));
    });
  }

  private resnet(
    counts: readonly number[],
    expansion: number,
    branch: (x: Tensor, filters: number, stride: number) => Tensor,
    useBias = false,
  ): tfjs.LayersModel {
    return this.build([224, 224, 3], (x) => {
      let y = this.relu(this.normal(this.conv(x, 64, 7, 2, 3, useBias)));
      y = this.to(this.l.zeroPadding2d({ padding: 1 }), y);
      y = this.to(this.l.maxPooling2d({ poolSize: 3, strides: 2 }), y);
      let channels = 64;
      counts.forEach((count, stage) => {
        const filters = 64 * 2 ** stage;
        for (let i = 0; i < count; i++) {
          const stride = stage > 0 && i === 0 ? 2 : 1;
          const projected = stride > 1 || channels !== expansion * filters;
          const shortcut = projected
            ? this.normal(this.conv(y, expansion * filters, 1, stride, 0, useBias))
            : y;
          y = this.relu(this.add(shortcut, branch(y, filters, stride)));
          channels = expansion * filters;
        }
      });
      return this.dense(this.to(this.l.globalAveragePooling2d({}), y), 1000);
    });
  }

  private build(shape: number[], body: (x: Tensor) => Tensor): tfjs.LayersModel {
    const x = this.tf.input({ shape });
    return this.tf.model({ inputs: x, outputs: body(x) });
  }

  private to(layer: tfjs.layers.Layer, x: Tensor): Tensor {
    return layer.apply(x) as Tensor;
  }

  private conv(
    x: Tensor,
    filters: number,
    kernelSize: number,
    strides = 1,
    pad = 0,
    useBias = false,
  ): Tensor {
    const padded = pad > 0 ? this.to(this.l.zeroPadding2d({ padding: pad }), x) : x;
    return this.to(this.l.conv2d({ filters, kernelSize, strides, useBias }), padded);
  }

  private normal(x: Tensor): Tensor {
    return this.to(this.l.batchNormalization(), x);
  }

  private relu(x: Tensor): Tensor {
    return this.to(this.l.reLU(), x);
  }

  private add(a: Tensor, b: Tensor): Tensor {
    return this.l.add().apply([a, b]) as Tensor;
  }

  private flat(x: Tensor): Tensor {
    return this.to(this.l.flatten(), x);
  }

  private dense(x: Tensor, units: number): Tensor {
    return this.to(this.l.dense({ units }), x);
  }
}
