import assert from 'node:assert/strict';
import {
  block,
  constantFanIn,
  gradualMagnitude,
  lotteryTicket,
  nm,
  rigl,
  set,
  snfs,
  snip,
  staticSparse,
} from '../../../src/api/sparsity';
import { countActive, type Layer, type Mask, type SparsityMethod } from '../../../src/sparse';
import { ruleOf } from '../../../src/sparse/rules';
import { noise, random } from './random';

const layer = (shape: number[], density: number): Layer => ({
  shape,
  size: shape.reduce((a, b) => a * b, 1),
  density,
  isOutput: false,
});
const layers = [layer([8, 12], 0.3), layer([3, 3, 4, 8], 0.2), layer([12, 6], 1)];
const steps = 60;
const dynamic = { sparsity: 0.8, updateEvery: 7, until: 0.75 } as const;

/** Active weights of each layer after each step of a training whose weights and gradients are noise. */
function train(method: SparsityMethod): {
  planned: number[][];
  active: number[][];
  uncertain?: string | undefined;
} {
  const rule = ruleOf(method, layers, steps);
  const generator = random();
  const weights = layers.map(({ size }) => noise(size));
  let masks: Mask[] = rule.initial(weights, generator);
  const planned = [[...rule.planned(0)]];
  const active = [masks.map(countActive)];
  for (let step = 1; step <= steps; step++) {
    const states = masks.map((mask, i) => ({
      mask,
      weights: noise(mask.length).map((value, at) => (mask[at] === 1 ? value : 0)),
      gradients: noise(mask.length).map((value) => (i + 1) * value),
    }));
    if (rule.due(step)) masks = rule.update(step, states, generator);
    planned.push([...rule.planned(step)]);
    active.push(masks.map(countActive));
  }
  const { uncertain } = rule;
  return { planned, active, uncertain: uncertain && `${uncertain.of}: ${uncertain.why}` };
}
const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

describe('the weights that a method plans to keep', () => {
  const exact: [string, SparsityMethod][] = [
    ['static', staticSparse({ sparsity: 0.8 })],
    ['SET', set(dynamic)],
    ['RigL', rigl(dynamic)],
    ['SNFS that moves nothing', snfs({ ...dynamic, redistribute: false })],
    ['SNIP by layers', snip({ sparsity: 0.8, batches: 3, scope: 'layer' })],
    ['gradual pruning', gradualMagnitude({ sparsity: 0.8, updateEvery: 1 })],
    [
      'gradual pruning that begins sparse',
      gradualMagnitude({ sparsity: 0.8, updateEvery: 1, initialSparsity: 0.5 }),
    ],
    ['lottery tickets by layers', lotteryTicket({ sparsity: 0.8, scope: 'layer' })],
    ['N:M', nm({ n: 2, m: 4 })],
    ['N:M with a rest', nm({ n: 2, m: 5, decay: 0 })],
    ['blocks', block({ ...dynamic, shape: [4, 2] })],
    ['blocks that stay', block({ ...dynamic, shape: [2, 2], rule: 'static' })],
    ['constant fan-in', constantFanIn({ ...dynamic, gamma: 0 })],
  ];
  for (const [name, method] of exact)
    it(`are those that it keeps: ${name}`, () => {
      const { planned, active, uncertain } = train(method);
      assert.equal(uncertain, undefined);
      assert.deepEqual(planned, active);
    });

  const inAll: [string, SparsityMethod, RegExp][] = [
    ['SNFS', snfs(dynamic), /^shares: .* from layer to layer/],
    ['SNIP', snip({ sparsity: 0.8 }), /^shares: .* compete/],
    ['lottery tickets', lotteryTicket({ sparsity: 0.8 }), /^shares: .* compete/],
  ];
  for (const [name, method, why] of inAll)
    it(`are in all those that it keeps, where layers compete: ${name}`, () => {
      const { planned, active, uncertain } = train(method);
      assert.deepEqual(planned.map(sum), active.map(sum));
      assert.notDeepEqual(planned, active);
      assert.match(uncertain ?? '', why);
    });

  it('are about those that it keeps, where edges of blocks or ablated neurons say otherwise', () => {
    for (const method of [block({ ...dynamic, shape: [5, 5] }), constantFanIn({ ...dynamic, gamma: 0.9 })]) {
      const { planned, active, uncertain } = train(method);
      assert.match(uncertain ?? '', /^counts: /);
      for (const [step, counts] of planned.entries())
        for (const [i, count] of counts.entries())
          assert.ok(
            Math.abs(count - (active[step]?.[i] ?? 0)) <= 0.25 * count,
            `${method.method} ${step} ${i}`,
          );
    }
  });

  it('follow the cubic schedule to the end', () => {
    const rule = ruleOf(gradualMagnitude({ sparsity: 0.8, until: 50 }), [layer([10, 10], 0.1)], undefined);
    // 0.9 - 0.9 * (1 - 25 / 50)^3 = 0.7875
    assert.deepEqual(rule.planned(25), [22]);
    assert.deepEqual(rule.planned(Infinity), [10]);
  });
});
