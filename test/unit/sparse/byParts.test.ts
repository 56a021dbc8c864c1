import assert from 'node:assert/strict';
import { constantFanIn, nm, rigl, set, snfs, snip } from '../../../src/api/sparsity';
import { fanIns } from '../../../src/sparse/fanIn';
import { activeAt, countActive, type Mask } from '../../../src/sparse/mask';
import type { SparsityMethod } from '../../../src/sparse/method';
import { Part, plainLayout, type Layout } from '../../../src/sparse/parts';
import { ruleOf } from '../../../src/sparse/rules';
import { byParts, type SplitWeight } from '../../../src/sparse/rules/byParts';
import { spread } from '../../../src/sparse/spread';
import { deadUnits } from '../../../src/sparse/units';
import { noise, places, random } from './random';

const lstm: Layout = { ...plainLayout, gates: ['i', 'f', 'c', 'o'] };
const pair: Layout = { ...plainLayout, gates: ['a', 'b'] };
const turned: Layout = { ...plainLayout, axes: 'outputInput' };
const numbered = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

function split(shape: number[], layout: Layout, ...densities: (number | undefined)[]): SplitWeight {
  const parts = Part.of('cell/kernel', shape, layout).map((part, i) => ({ part, density: densities[i] }));
  return { size: shape.reduce((a, b) => a * b), isOutput: false, parts };
}
const ruleFor = (method: SparsityMethod, ...weights: SplitWeight[]) =>
  byParts(weights, (parts) => ruleOf(method, parts, 1000));

describe('parts of a weight', () => {
  it('are the gates of a recurrent kernel, column by column', () => {
    const parts = Part.of('lstm/kernel', [2, 8], lstm);
    assert.deepEqual(
      parts.map(({ name, shape }) => [name, shape]),
      ['i', 'f', 'c', 'o'].map((gate) => [`lstm/kernel/${gate}`, [2, 2]]),
    );
    assert.deepEqual(
      parts.map((part) => [...part.take(numbered(16))]),
      [
        [0, 1, 8, 9],
        [2, 3, 10, 11],
        [4, 5, 12, 13],
        [6, 7, 14, 15],
      ],
    );
    const again = new Float32Array(16);
    for (const part of parts) part.put(part.take(numbered(16)), again);
    assert.deepEqual(again, numbered(16));
  });

  it('turn a transposed convolution, and see a depthwise one as outputs of each channel', () => {
    const [part] = Part.of('up/kernel', [2, 1, 3, 2], turned) as [Part];
    assert.deepEqual(part.matrix, [2, 1, 2, 3]);
    assert.deepEqual([...part.take(numbered(12))], [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
    const again = new Float32Array(12);
    part.put(part.take(numbered(12)), again);
    assert.deepEqual(again, numbered(12));
    const [depthwise] = Part.of('d/kernel', [3, 3, 4, 2], { ...plainLayout, axes: 'depthwise' }) as [Part];
    assert.deepEqual(depthwise.matrix, [9, 8]);
  });

  it('count dead units by what their axes are', () => {
    // Two rows by three columns, one active weight in row 1, column 2.
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 1);
    assert.deepEqual(deadUnits(mask, [1, 2, 3]), { inputs: 1, outputs: 2 });
    assert.deepEqual(deadUnits(mask, [1, 2, 3], turned), { inputs: 2, outputs: 1 });
    assert.deepEqual(deadUnits(mask, [1, 2, 3], { ...plainLayout, axes: 'depthwise' }), {
      inputs: 1,
      outputs: 5,
    });
  });
});

describe('methods on gates', () => {
  const every = { sparsity: 0.5, dropFraction: 0.5, updateEvery: 1, until: 100, decay: 'constant' } as const;

  it('share the sparsity among gates by their own sides', () => {
    const parts = [
      ...Part.of('lstm/kernel', [30, 40], lstm),
      ...Part.of('dense/kernel', [10, 5], plainLayout),
    ];
    const weights = parts.map(({ name, shape, size }) => ({
      ...{ name, shape, size, layer: name.split('/')[0] as string },
      ...{ weight: name.split('/').slice(0, 2).join('/'), kind: 'recurrent' as const },
    }));
    const [i = 0, f, c, o, dense = 0] = spread(rigl({ sparsity: 0.8 }), weights);
    assert.deepEqual([f, c, o], [i, i, i]);
    // 30 + 10 of 300 to 10 + 5 of 50, and not 30 + 40 of 1200.
    assert.ok(Math.abs(i / dense - 40 / 300 / (15 / 50)) < 1e-9);
    const own = { 'lstm/kernel/f': 'dense', 'lstm/kernel/?': 0.75, '*/o': 0.9 } as const;
    const found = spread(rigl({ sparsity: 0.8, layers: own }), weights).slice(0, 4);
    assert.deepEqual(
      found.map((density) => density?.toFixed(2)),
      ['0.25', '0.25', '0.25', '0.10'],
    );
    assert.equal(spread(rigl({ sparsity: 0.8, keepDense: ['lstm/kernel/f'] }), weights)[1], undefined);
    assert.equal(spread(rigl({ sparsity: 0.8, layers: { 'lstm/kernel': 0.5 } }), weights)[2], 0.5);
  });

  it('rigl drops and grows in each by itself', () => {
    // Gates a and b are columns 0, 1 and 2, 3. Each has two active weights and drops the smaller one.
    const rule = ruleFor(rigl(every), split([2, 4], pair, 0.5, 0.5));
    const mask = Uint8Array.of(1, 1, 1, 0, 0, 0, 1, 0);
    const weights = Float32Array.of(5, 4, 0.1, 0, 0, 0, 0.2, 0);
    const gradients = Float32Array.of(0, 0, 0, 2, 9, 8, 0, 1);
    const [next] = rule.update(1, [{ mask, weights, gradients }], random()) as [Mask];
    // a: keeps 0 (5), grows 4 (9); b: keeps 6 (0.2), grows 3 (2). As one matrix, 0, 1, 4 and 5 would be active.
    assert.deepEqual(places(next), [0, 3, 4, 6]);
  });

  it('snfs moves weights from gate to gate', () => {
    const rule = ruleFor(snfs(every), split([2, 4], pair, 0.5, 0.5));
    const mask = Uint8Array.of(1, 1, 1, 0, 0, 0, 1, 0);
    const weights = Float32Array.of(5, 4, 0.1, 0, 0, 0, 0.2, 0);
    // Means over active weights are 9 and 0: both that are dropped go to a.
    const gradients = Float32Array.of(9, 9, 0, 2, 8, 7, 0, 1);
    const [next] = rule.update(1, [{ mask, weights, gradients }], random()) as [Mask];
    assert.deepEqual(places(next), [0, 1, 4, 6]);
  });

  it('keep exact counts in each, and a gate that stays dense whole', () => {
    for (const method of [rigl(every), set(every)]) {
      const weight = split([13, 28], lstm, 0.3, undefined, 0.7, 0.05);
      const rule = ruleFor(method, weight);
      const counts = (mask: Mask) => weight.parts.map(({ part }) => countActive(part.take(mask)));
      const expected = [activeAt(0.7, 91), 91, activeAt(0.3, 91), activeAt(0.95, 91)];
      let [mask] = rule.initial([noise(364)], random()) as [Mask];
      assert.deepEqual(counts(mask), expected);
      assert.deepEqual(rule.planned(0), [countActive(mask)]);
      const first = mask;
      for (let step = 1; step < 5; step++) {
        const state = { mask, weights: noise(364, step), gradients: noise(364, 100 + step) };
        [mask] = rule.update(step, [state], random(step)) as [Mask];
        assert.deepEqual(counts(mask), expected);
      }
      assert.notDeepEqual(mask, first);
    }
  });

  it('snip shares its weights among all gates, or keeps those of each', () => {
    const weight = split([1, 4], pair, 0.5, 0.5);
    const state = {
      mask: new Uint8Array(4).fill(1),
      weights: Float32Array.of(4, 3, 1, 2),
      gradients: Float32Array.of(1, 1, 1, 1),
    };
    const masks = (scope: 'global' | 'layer') =>
      ruleFor(snip({ sparsity: 0.5, scope }), weight)
        .update(1, [state], random())
        .map(places);
    assert.deepEqual(masks('global'), [[0, 1]]);
    assert.deepEqual(masks('layer'), [[0, 3]]);
  });

  it('constantFanIn gives every neuron of a gate as many weights', () => {
    const weight = split([12, 16], lstm, 0.25, 0.5, 0.25, 0.25);
    const rule = ruleFor(constantFanIn({ ...every, gamma: 0 }), weight);
    const fans = (mask: Mask) => weight.parts.map(({ part }) => new Set(fanIns(part.take(mask), 4)));
    const expected = [3, 6, 3, 3].map((fanIn) => new Set([fanIn]));
    const [mask] = rule.initial([noise(192)], random()) as [Mask];
    assert.deepEqual(fans(mask), expected);
    const state = { mask, weights: noise(192, 2), gradients: noise(192, 3) };
    assert.deepEqual(fans(rule.update(1, [state], random())[0] as Mask), expected);
  });
});

describe('methods on transposed convolutions', () => {
  // [height, width, output, input] = [1, 1, 2, 4].
  const shape = [1, 1, 2, 4];

  it('nm keeps n of every m inputs of an output', () => {
    const weights = Float32Array.of(1, 9, 3, 4, 8, 7, 2, 1);
    const [mask] = ruleFor(nm({ n: 2, m: 4 }), split(shape, turned, 0.5)).initial([weights], random()) as [
      Mask,
    ];
    assert.deepEqual(places(mask), [1, 3, 4, 5]);
  });

  it('constantFanIn gives every output as many inputs', () => {
    const weight = split([2, 2, 6, 10], turned, 0.3);
    const rule = ruleFor(constantFanIn({ sparsity: 0.7, gamma: 0, until: 100, updateEvery: 1 }), weight);
    const intoOutputs = (mask: Mask) => {
      const counts = new Array<number>(6).fill(0);
      for (const place of places(mask)) counts[Math.floor(place / 10) % 6]!++;
      return counts;
    };
    const [mask] = rule.initial([noise(240)], random()) as [Mask];
    assert.deepEqual(intoOutputs(mask), new Array(6).fill(12));
    const state = { mask, weights: noise(240, 2), gradients: noise(240, 3) };
    const [next] = rule.update(1, [state], random()) as [Mask];
    assert.deepEqual(intoOutputs(next), new Array(6).fill(12));
    assert.notDeepEqual(next, mask);
  });
});
