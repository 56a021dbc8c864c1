import assert from 'node:assert/strict';
import type { Evolution, Layer, LayerState } from '../../../src/sparse/evolution';
import { fanIns } from '../../../src/sparse/fanIn';
import { countActive, type Mask } from '../../../src/sparse/mask';
import type { SparsityMethod } from '../../../src/sparse/method';
import { nmMask } from '../../../src/sparse/nm';
import { ruleOf } from '../../../src/sparse/rules';
import { BlockView } from '../../../src/sparse/blocks';
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
import { isNm, noise, places, random } from './random';

const layer = (shape: number[], density: number, isOutput = false): Layer => ({
  shape,
  size: shape.reduce((a, b) => a * b, 1),
  density,
  isOutput,
});
const floats = (...values: number[]) => Float32Array.from(values);
const state = (mask: number[], weights: number[], gradients?: number[]): LayerState => ({
  mask: Uint8Array.from(mask),
  weights: floats(...weights),
  gradients: gradients && floats(...gradients),
});
const only = (masks: Mask[]) => masks[0] as Mask;

describe('rules of sparse topologies, by hand', () => {
  // Six weights, four active. drop 0.5 of 4 is 2: the smallest |w| are places 1 and 3.
  const six = layer([2, 3], 4 / 6);
  const now = state([1, 1, 0, 1, 0, 1], [0.9, -0.1, 0, 0.2, 0, -0.8], [0, 5, 0.1, 0.3, -0.2, 0]);
  const every = {
    sparsity: 1 / 3,
    dropFraction: 0.5,
    updateEvery: 1,
    until: 100,
    decay: 'constant',
  } as const;

  it('rigl drops the smallest weights and grows the largest gradients, just-dropped ones included', () => {
    const rule = ruleOf(rigl(every), [six], 1000);
    // Not kept: 1 (5), 2 (0.1), 3 (0.3), 4 (-0.2). The two largest are 1, regrown at once, and 3.
    assert.deepEqual(places(only(rule.update(1, [now], random()))), [0, 1, 3, 5]);
    const other = state([1, 1, 0, 1, 0, 1], [0.9, -0.1, 0, 0.2, 0, -0.8], [9, 0, 0.1, 0, -0.2, 9]);
    assert.deepEqual(places(only(rule.update(1, [other], random()))), [0, 2, 4, 5]);
    assert.deepEqual(rule.due(1), { gradients: true, replacesStep: true });
    assert.equal(rule.due(100), undefined);
  });

  it('rigl truncates the number of weights it drops, as the cosine shrinks', () => {
    const rule = ruleOf(rigl({ ...every, decay: 'cosine', until: 10 }), [six], 1000);
    // 0.25 * (1 + cos(0.5 pi)) * 4 = 1 at half time: only place 1 goes, and 1 has the largest gradient again.
    assert.deepEqual(places(only(rule.update(5, [now], random()))), [0, 1, 3, 5]);
    const elsewhere = { ...now, gradients: floats(0, 0, 1, 0, 0, 0) };
    assert.deepEqual(places(only(rule.update(5, [elsewhere], random()))), [0, 2, 3, 5]);
    // 0.25 * (1 + cos(0.9 pi)) * 4 = 0.05: nothing.
    assert.deepEqual(places(only(rule.update(9, [elsewhere], random()))), [0, 1, 3, 5]);
  });

  it('set keeps the largest weights and grows anywhere else, without gradients', () => {
    const rule = ruleOf(set(every), [six], 1000);
    assert.deepEqual(rule.due(1), { gradients: false, replacesStep: true });
    const seen = new Map<number, number>();
    for (let seed = 0; seed < 600; seed++) {
      const grown = places(only(rule.update(1, [now], random(seed))));
      assert.equal(grown.length, 4);
      assert.ok(grown.includes(0) && grown.includes(5));
      for (const place of grown) seen.set(place, (seen.get(place) ?? 0) + 1);
    }
    // Two of four free places each time: each about 300 times.
    for (const place of [1, 2, 3, 4]) assert.ok(Math.abs((seen.get(place) ?? 0) - 300) < 60);
  });

  it('snfs moves weights to the layer whose moving average is larger', () => {
    const layers = [layer([2, 4], 0.5), layer([2, 4], 0.5)];
    const rule = ruleOf(snfs({ ...every, sparsity: 0.5 }), layers, 1000);
    const mask = [1, 1, 1, 1, 0, 0, 0, 0];
    const weights = [4, 3, 2, 1, 0, 0, 0, 0];
    // Means over active weights are 3 and 1: of the 4 dropped, 3 go to the first layer and 1 to the second.
    const states = [
      state(mask, weights, [3, 3, 3, 3, 0, 1, 2, 4]),
      state(mask, weights, [1, 1, 1, 1, 9, 0, 0, 0]),
    ];
    const [first, second] = rule.update(1, states, random()) as [Mask, Mask];
    // Kept 0, 1; grown 7 (4), 2 and 3 (3 each). Kept 0, 1; grown 4 (9).
    assert.deepEqual(places(first), [0, 1, 2, 3, 7]);
    assert.deepEqual(places(second), [0, 1, 4]);
    const apart = ruleOf(snfs({ ...every, sparsity: 0.5, redistribute: false }), layers, 1000);
    assert.deepEqual(apart.update(1, states, random()).map(countActive), [4, 4]);
    assert.equal(rule.momentum, 0.9);
    assert.equal(rule.stepKind(7), 'denseGradient');
  });

  it('gradualMagnitude follows the cubic schedule and never lets a weight come back', () => {
    const hundred = layer([10, 10], 0.1);
    const rule = ruleOf(
      gradualMagnitude({ sparsity: 0.9, from: 100, until: 200, updateEvery: 10 }),
      [hundred],
      400,
    );
    let [mask] = rule.initial([noise(100)], random()) as [Mask];
    assert.equal(countActive(mask), 100);
    const counts: number[] = [];
    for (let step = 1; step <= 400; step++) {
      if (!rule.due(step)) continue;
      assert.equal(rule.due(step)?.replacesStep, false);
      const weights = noise(100, step);
      const next = only(rule.update(step, [{ mask, weights }], random()));
      assert.ok(
        next.every((bit, i) => bit <= (mask[i] as number)),
        `step ${step}`,
      );
      counts.push(countActive(next));
      mask = next;
    }
    // 100 - floor(90 * (1 - (1 - t)^3)) at t = 0, 0.1, ... 1.
    const expected = Array.from(
      { length: 11 },
      (_, i) => 100 - Math.floor(90 * (1 - (1 - i / 10) ** 3) + 1e-9),
    );
    assert.deepEqual(counts, expected);
  });

  it('snip keeps the largest |gradient * weight|, of all layers or of each', () => {
    const layers = [layer([2, 2], 0.5), layer([2, 2], 0.5)];
    // Saliencies 4, 3, 6, 1 and 2, 0.5, 0.2, 0.
    const states = [
      state([1, 1, 1, 1], [1, -3, 2, 1], [4, 1, -3, 1]),
      state([1, 1, 1, 1], [2, 1, 1, 5], [1, 0.5, 0.2, 0]),
    ];
    const all = ruleOf(snip({ sparsity: 0.5 }), layers, undefined);
    assert.deepEqual(all.update(1, states, random()).map(places), [[0, 1, 2], [0]]);
    const each = ruleOf(snip({ sparsity: 0.5, scope: 'layer' }), layers, undefined);
    assert.deepEqual(each.update(1, states, random()).map(places), [
      [0, 2],
      [0, 1],
    ]);
    assert.ok(all.due(1)?.replacesStep && all.due(1)?.gradients);
    assert.equal(all.due(2), undefined);
  });

  it('lotteryTicket prunes a fifth of what is left after each training, and its controls differ', () => {
    const layers = [layer([10, 10], 0.512)];
    const ticket = ruleOf(lotteryTicket({ sparsity: 0.488, rewindTo: 5 }), layers, 400);
    const steps = Array.from({ length: 400 }, (_, i) => i + 1);
    assert.deepEqual(
      steps.filter((step) => ticket.due(step)),
      [100, 200, 300],
    );
    assert.equal(ticket.rewind?.(100), 'initial');
    assert.equal(ticket.rewindTo, 5);
    const weights = noise(100);
    let mask = only(ticket.initial([weights], random()));
    const counts = [100, 200, 300].map((step) => {
      mask = only(ticket.update(step, [{ mask, weights }], random()));
      return countActive(mask);
    });
    assert.deepEqual(counts, [80, 64, 52]);
    const order = [...weights].map(Math.abs).sort((a, b) => b - a);
    assert.ok(places(mask).every((place) => Math.abs(weights[place] as number) >= (order[51] as number)));
    const reinit = ruleOf(lotteryTicket({ sparsity: 0.488, control: 'randomReinit' }), layers, 400);
    assert.equal(reinit.rewind?.(100), 'random');
    const anywhere = ruleOf(lotteryTicket({ sparsity: 0.488, control: 'randomPrune' }), layers, 400);
    const full = { mask: new Uint8Array(100).fill(1), weights };
    assert.notDeepEqual(anywhere.update(100, [full], random()), ticket.update(100, [full], random()));
    assert.throws(
      () => ruleOf(lotteryTicket({ sparsity: 0.9, rewindTo: 50 }), layers, 400),
      /11 rounds in 400/,
    );
    assert.throws(() => ruleOf(lotteryTicket({ sparsity: 0.9 }), layers, undefined), /how many/);
  });

  it('nm keeps the n largest of every m along the inputs of one output', () => {
    // Column 0: 1 5 3 2 | 4; column 1: 9 1 1 8 | 0.
    const weights = floats(1, 9, -5, 1, 3, 1, 2, -8, 4, 0);
    const mask = nmMask(weights, [5, 2], 2, 4, random());
    assert.deepEqual(places(mask), [1, 2, 4, 7, 8, 9]);
    assert.ok(isNm(mask, [5, 2], 2, 4));
    assert.ok(!isNm(new Uint8Array(10).fill(1), [5, 2], 2, 4));
    const rule = ruleOf(nm({ n: 2, m: 4 }), [layer([5, 2], 0.5)], undefined);
    assert.deepEqual(only(rule.initial([weights], random())), mask);
  });

  it('block pools scores and moves whole blocks', () => {
    const shape = [4, 4];
    const view = new BlockView(shape, 2, 2);
    assert.equal(view.count, 4);
    const weights = floats(1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0);
    assert.deepEqual([...view.pool(weights, 'mean')], [1, 2, 0, 0]);
    const gradients = floats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 9, 0, 2, 3);
    assert.deepEqual([...view.pool(gradients, 'max')], [0, 0, 9, 3]);
    assert.deepEqual([...view.pool(gradients, 'mean')], [0, 0, 2.25, 1.5]);
    const method = block({ ...every, sparsity: 0.5, shape: [2, 2] });
    const rule = ruleOf(method, [layer(shape, 0.5)], 1000);
    const mask = Uint8Array.from([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Block 0 is the weaker one, block 2 has the largest gradients.
    const next = only(rule.update(1, [{ mask, weights, gradients }], random()));
    assert.deepEqual(places(next), [2, 3, 6, 7, 8, 9, 12, 13]);
  });

  it('constantFanIn gives every neuron as many weights, and ablates those that matter least', () => {
    const size = 20 * 10;
    const layers = [layer([20, 10], 0.2)];
    const rule = ruleOf(constantFanIn({ ...every, sparsity: 0.8, gamma: 0 }), layers, 1000);
    let mask = only(rule.initial([noise(size)], random()));
    assert.deepEqual(
      [...fanIns(mask, 10)],
      Array.from({ length: 10 }, () => 4),
    );
    mask = only(rule.update(1, [{ mask, weights: noise(size, 2), gradients: noise(size, 3) }], random()));
    assert.deepEqual(
      [...fanIns(mask, 10)],
      Array.from({ length: 10 }, () => 4),
    );
    // Two neurons, one with small weights and no gradients: it goes, and the other takes its weights.
    const two = [layer([4, 2], 0.5)];
    const ablating = ruleOf(constantFanIn({ ...every, sparsity: 0.5, gamma: 0.6 }), two, 1000);
    const weak = state([1, 1, 1, 1, 0, 0, 0, 0], [1, 0.1, 1, 0.1, 0, 0, 0, 0], [0, 0, 0, 0, 3, 0, 2, 0]);
    assert.deepEqual(places(only(ablating.update(1, [weak], random()))), [0, 2, 4, 6]);
    // An output of the model stays.
    const output = ruleOf(
      constantFanIn({ ...every, sparsity: 0.5, gamma: 0.6 }),
      [layer([4, 2], 0.5, true)],
      1000,
    );
    assert.deepEqual([...fanIns(only(output.update(1, [weak], random())), 2)], [2, 2]);
  });
});

describe('what all rules keep', () => {
  const layers = [layer([40, 30], 0.1), layer([30, 20], 0.3), layer([20, 10], 0.5, true)];
  const dynamic = { sparsity: 0.85, updateEvery: 10, until: 0.75 } as const;
  const methods: SparsityMethod[] = [
    rigl(dynamic),
    set(dynamic),
    snfs(dynamic),
    block({ ...dynamic, shape: [5, 5] }),
    block({ ...dynamic, shape: [1, 5], rule: 'set' }),
    constantFanIn({ ...dynamic, gamma: 0 }),
    staticSparse({ sparsity: 0.85 }),
  ];
  for (const method of methods)
    it(`${method.method}: equal seeds, equal masks; the number of weights stays; no update after the end`, () => {
      const rule = ruleOf(method, layers, 200);
      const first = run(rule, 3);
      assert.deepEqual(run(rule, 3), first);
      if (method.method !== 'staticSparse') assert.notDeepEqual(run(rule, 4), first);
      const total = (masks: Mask[]) => masks.reduce((sum, mask) => sum + countActive(mask), 0);
      const initial = rule.initial(weightsAt(0), random(3));
      for (const [, masks] of first) assert.equal(total(masks), total(initial), method.method);
      if (method.method !== 'staticSparse') {
        assert.deepEqual([...first.keys()].at(-1), 140);
        assert.notDeepEqual(first.get(140), first.get(10));
      }
    });

  it('rigl, set, snfs and static part ways from the same masks', () => {
    const ends = [rigl(dynamic), set(dynamic), snfs(dynamic), staticSparse({ sparsity: 0.85 })].map(
      (method) => {
        const rule = ruleOf(method, layers, 200);
        const masks = [...run(rule, 3).values()].at(-1) ?? rule.initial(weightsAt(0), random(3));
        return masks.map((mask) => mask.join('')).join();
      },
    );
    assert.equal(new Set(ends).size, 4);
  });

  it('every method ends in a topology of its own, of the kind that its paper says', () => {
    const sparsity = 0.75;
    const every = { ...dynamic, sparsity, distribution: 'uniform', denseFirstLayer: false } as const;
    const shape = [40, 32];
    const one = [layer(shape, 0.25)];
    const named: Record<string, SparsityMethod> = {
      static: staticSparse({ sparsity }),
      set: set(every),
      snfs: snfs(every),
      rigl: rigl(every),
      gradual: gradualMagnitude({ sparsity, updateEvery: 10 }),
      snip: snip({ sparsity }),
      ticket: lotteryTicket({ sparsity, pruneShare: 0.5 }),
      reinit: lotteryTicket({ sparsity, pruneShare: 0.5, control: 'randomReinit' }),
      randomPrune: lotteryTicket({ sparsity, pruneShare: 0.5, control: 'randomPrune' }),
      nm: nm({ n: 1, m: 4 }),
      block: block({ ...every, shape: [4, 4] }),
      fanIn: constantFanIn({ ...every, gamma: 0 }),
    };
    const walks = Object.entries(named).map(([name, method]) => {
      const rule = ruleOf(method, one, 200);
      const first = only(rule.initial([noise(1280)], random(3)));
      const seen = [first, ...[...run(rule, 3, one).values()].map(only)];
      return { name, rule, first, last: seen.at(-1) as Mask, counts: new Set(seen.map(countActive)).size };
    });
    const which = (test: (walk: (typeof walks)[number]) => boolean) =>
      walks.filter(test).map(({ name }) => name);
    const view = new BlockView(shape, 4, 4);
    const tickets = ['ticket', 'reinit', 'randomPrune'];
    assert.deepEqual(
      which(({ last }) => countActive(last) !== 320),
      [],
    );
    assert.deepEqual(
      which(({ first }) => countActive(first) === 1280),
      ['gradual', 'snip', ...tickets],
    );
    assert.deepEqual(
      which(({ counts }) => counts > 2),
      ['gradual', ...tickets],
    );
    assert.deepEqual(
      which(({ last }) => isNm(last, shape, 1, 4)),
      ['nm'],
    );
    assert.deepEqual(
      which(({ last }) => view.expand(view.reduce(last), 1280).join() === last.join()),
      ['block'],
    );
    assert.deepEqual(
      which(({ last }) => new Set(fanIns(last, 32)).size === 1),
      ['nm', 'fanIn'],
    );
    assert.deepEqual(
      which(({ rule }) => rule.rewind?.(100) !== undefined),
      tickets,
    );
    const ends = walks.map(({ last }) => last.join(''));
    // On one layer, given the same gradients, SNFS does as RigL: it is given averages, and moves weights between layers.
    // The control with other initial weights has the ticket's mask.
    const like = Object.fromEntries(
      walks.map(({ name }, i) => [name, walks[ends.indexOf(ends[i] ?? '')]?.name]),
    );
    const alike = Object.entries(like).filter(([name, first]) => name !== first);
    assert.deepEqual(alike, [
      ['rigl', 'snfs'],
      ['reinit', 'ticket'],
    ]);
  });

  function weightsAt(step: number, of = layers): Float32Array[] {
    return of.map(({ size }, i) => noise(size, 100 * step + i));
  }

  function run(rule: Evolution, seed: number, of = layers): Map<number, Mask[]> {
    let masks = rule.initial(weightsAt(0, of), random(seed));
    const seen = new Map<number, Mask[]>();
    for (let step = 1; step <= 200; step++) {
      if (!rule.due(step)) continue;
      const gradients = weightsAt(step + 1000, of);
      const states = weightsAt(step, of).map((weights, i) => ({
        mask: masks[i] as Mask,
        weights: weights.map((weight, j) => weight * ((masks[i] as Mask)[j] as number)),
        gradients: gradients[i],
      }));
      masks = rule.update(step, states, random(seed + step));
      seen.set(step, masks);
    }
    return seen;
  }
});
