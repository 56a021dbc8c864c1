import assert from 'node:assert/strict';
import {
  block,
  gradualMagnitude,
  lotteryTicket,
  nm,
  rigl,
  snip,
  staticSparse,
} from '../../../src/api/sparsity';
import { spread, type SpreadWeight } from '../../../src/sparse/spread';

describe('sparsity as an experiment says it', () => {
  it('has the defaults of the papers', () => {
    assert.deepEqual(rigl({ sparsity: 0.9 }), {
      method: 'rigl',
      sparsity: 0.9,
      distribution: 'erk',
      layers: {},
      keepDense: [],
      denseFirstLayer: false,
      depthwise: false,
      embeddings: false,
      dropFraction: 0.3,
      updateEvery: 100,
      from: 0,
      until: 0.75,
      decay: 'cosine',
      growInit: 'zeros',
      growScale: 1,
      averageGradients: 1,
    });
    assert.equal(staticSparse({ sparsity: 0.9, distribution: 'uniform' }).denseFirstLayer, true);
    assert.equal(lotteryTicket({ sparsity: 0.9 }).pruneShare, 0.2);
    assert.deepEqual([nm().n, nm().m, nm().decay], [2, 4, 2e-4]);
  });

  const wrong: [string, () => unknown, RegExp][] = [
    [
      'a sparsity of 1',
      () => rigl({ sparsity: 1 }),
      /^Error: rigl: sparsity is 1; it takes a number from 0 to below 1\.$/,
    ],
    ['a missing one', () => snip({} as never), /^Error: snip: "sparsity" is missing\.$/],
    [
      'a field that is none',
      () => rigl({ sparsity: 0.5, alpha: 0.3 } as never),
      /"alpha" is not an option; there are sparsity, dist/,
    ],
    [
      'no options',
      () => staticSparse(undefined as never),
      /^Error: staticSparse: takes an object of options/,
    ],
    [
      'a distribution',
      () => staticSparse({ sparsity: 0.5, distribution: 'ERK' as never }),
      /distribution is "ERK"; it takes uniform, er or erk/,
    ],
    [
      'a part of a step',
      () => gradualMagnitude({ sparsity: 0.5, updateEvery: 0.5 }),
      /updateEvery is 0.5; it takes a whole number above 0/,
    ],
    ['a block of one side', () => block({ sparsity: 0.5, shape: [4] as never }), /shape.* takes/],
    ['4:2', () => nm({ n: 4, m: 2 }), /n is 4 of m 2/],
    [
      'a layer',
      () => rigl({ sparsity: 0.5, layers: { 'conv*': 2 } }),
      /layers\.conv\* is 2; it takes a sparsity.*or 'dense'/,
    ],
  ];
  for (const [what, make, message] of wrong)
    it(`refuses ${what}, naming it`, () => assert.throws(make, message));
});

describe('which weights are sparse', () => {
  const weight = (layer: string, kind: SpreadWeight['kind'], shape: number[]): SpreadWeight => ({
    name: `${layer}/kernel`,
    layer,
    kind,
    shape,
    size: shape.reduce((a, b) => a * b, 1),
  });
  const model = [
    weight('conv_1', 'conv', [3, 3, 3, 16]),
    weight('depthwise', 'depthwise', [3, 3, 16, 1]),
    weight('conv_2', 'conv', [3, 3, 16, 32]),
    weight('head', 'dense', [512, 10]),
  ];

  it('leaves depthwise kernels, and the first layer of uniform, dense', () => {
    const options = { sparsity: 0.5, distribution: 'uniform' } as const;
    assert.deepEqual(spread(rigl(options), model), [undefined, undefined, 0.5, 0.5]);
    assert.deepEqual(
      spread(rigl({ ...options, denseFirstLayer: false, depthwise: true }), model),
      [0.5, 0.5, 0.5, 0.5],
    );
    assert.deepEqual(spread(nm({ n: 1, m: 4 }), model), [0.25, undefined, 0.25, 0.25]);
  });

  it('takes sparsities by name or pattern, the last that fits', () => {
    const options = { sparsity: 0.5, distribution: 'uniform', denseFirstLayer: false } as const;
    const layers = { 'conv*': 0.75, 'conv_2/kernel': 'dense' } as const;
    assert.deepEqual(spread(rigl({ ...options, layers }), model), [0.25, undefined, undefined, 0.5]);
    assert.deepEqual(spread(rigl({ ...options, keepDense: ['head'] }), model), [
      0.5,
      undefined,
      0.5,
      undefined,
    ]);
    assert.deepEqual(spread(rigl({ ...options, layers: { depthwise: 0.5 } }), model)[1], 0.5);
    assert.throws(
      () => spread(rigl({ ...options, keepDense: ['dense_*'] }), model),
      /"dense_\*" is the name of no layer.*conv_1\/kernel/,
    );
    assert.throws(
      () => spread(rigl({ ...options, keepDense: ['*'] }), model),
      /no weight that rigl could make sparse/,
    );
  });

  it('shares the sparsity among the weights that have none of their own', () => {
    const found = spread(rigl({ sparsity: 0.9, layers: { head: 0.5 } }), model);
    assert.equal(found[3], 0.5);
    const [first = 0, , second = 0] = found;
    const active = first * 432 + second * 4608;
    assert.ok(Math.abs(active / (432 + 4608) - 0.1) < 1e-9);
  });
});
