import assert from 'node:assert/strict';
import { forwardFlops, sparseBytes, stepFlops } from '../../../src/sparse/accounting';
import { densities, product } from '../../../src/sparse/distribution';
import { activeAt } from '../../../src/sparse/mask';

const lenet = [
  [784, 300],
  [300, 100],
  [100, 10],
];

describe('distributions of sparsity', () => {
  // Mocanu et al. and the reference implementations, on LeNet-300-100.
  const references = [
    [0.9, 0.0796, 0.2302, 1],
    [0.95, 0.0385, 0.1113, 0.9185],
    [0.98, 0.0154, 0.0445, 0.367],
    [0.99, 0.0077, 0.0223, 0.184],
  ];
  for (const [sparsity = 0, ...expected] of references)
    it(`gives LeNet-300-100 at ${sparsity} its Erdős–Rényi densities`, () => {
      const found = densities(lenet, sparsity, 'er');
      for (const [i, density] of found.entries())
        assert.ok(Math.abs(density - (expected[i] ?? 0)) < 5e-4, `${i}: ${density}`);
    });

  it('counts the sides of a kernel for erk only', () => {
    const shapes = [
      [3, 3, 16, 32],
      [1, 1, 16, 32],
    ];
    const [wide = 0, narrow = 0] = densities(shapes, 0.9, 'erk');
    // 54 / 4608 to 50 / 512.
    assert.ok(Math.abs(wide / narrow - 54 / 4608 / (50 / 512)) < 1e-9);
    const [sameWide = 0, sameNarrow = 0] = densities(shapes, 0.9, 'er');
    assert.ok(Math.abs(sameWide - sameNarrow) < 1e-12);
  });

  it('meets the budget, with no layer above dense', () => {
    const shapes = [
      [3, 3, 3, 8],
      [3, 3, 8, 64],
      [64, 10],
      [5, 5],
      [400, 300],
    ];
    for (const distribution of ['er', 'erk', 'uniform'] as const)
      for (const sparsity of [0, 0.3, 0.5, 0.8, 0.95, 0.99]) {
        const found = densities(shapes, sparsity, distribution);
        const active = found.reduce((sum, density, i) => sum + density * product(shapes[i] ?? []), 0);
        const all = shapes.reduce((sum, shape) => sum + product(shape), 0);
        assert.ok(Math.abs(active / all - (1 - sparsity)) < 1e-9, `${distribution} ${sparsity}`);
        assert.ok(found.every((density) => density >= 0 && density <= 1));
      }
  });

  it('leaves floor(sparsity * size) zeros', () => {
    assert.equal(activeAt(0.29, 100), 71);
    assert.equal(activeAt(0.9, 15), 2);
    assert.equal(activeAt(0, 7), 7);
    assert.equal(activeAt(1, 7), 0);
  });
});

describe('the accounting of the papers', () => {
  const layers = resNet50();
  const dense = forwardFlops(layers);

  it('counts ResNet-50', () => {
    assert.ok(Math.abs(dense / 1e9 - 8.19) < 0.03, `${dense / 1e9} GFLOPs`);
  });

  const references = [
    ['uniform', 0.8, 0.224],
    ['uniform', 0.9, 0.127],
    ['uniform', 0.95, 0.079],
    ['erk', 0.8, 0.415],
    ['erk', 0.9, 0.243],
    ['erk', 0.95, 0.123],
  ] as const;
  for (const [distribution, sparsity, expected] of references)
    it(`finds what is left of it with ${distribution} at ${sparsity}`, () => {
      const first = distribution === 'uniform' ? [1] : [];
      const shapes = layers.slice(first.length).map(({ shape }) => shape);
      const ratio = forwardFlops(layers, [...first, ...densities(shapes, sparsity, distribution)]) / dense;
      assert.ok(Math.abs(ratio - expected) < 0.012, `${ratio}`);
    });

  it('counts training steps and bytes by hand', () => {
    assert.equal(stepFlops('sparse', 100, 10), 30);
    assert.equal(stepFlops('denseGradient', 100, 10), 120);
    assert.equal(sparseBytes(3, 17), 15);
  });
});

/** All convolutions and the classifier, each with the multiply-accumulates of one 224 x 224 image. */
function resNet50() {
  const layers: { shape: number[]; size: number; macs: number }[] = [];
  const add = (shape: number[], side: number) =>
    layers.push({ shape, size: product(shape), macs: product(shape) * side * side });
  add([7, 7, 3, 64], 112);
  let channels = 64;
  for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
    const width = 64 << stage;
    const side = 56 >> stage;
    for (let block = 0; block < blocks; block++) {
      const before = block === 0 && stage > 0 ? side * 2 : side;
      add([1, 1, channels, width], before);
      add([3, 3, width, width], side);
      add([1, 1, width, 4 * width], side);
      if (block === 0) add([1, 1, channels, 4 * width], side);
      channels = 4 * width;
    }
  }
  add([2048, 1000], 1);
  return layers;
}
