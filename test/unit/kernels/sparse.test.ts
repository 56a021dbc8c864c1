import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../../../src/data/random';
import { KernelCounter } from '../../../src/train/kernelCounter';
import type { Tf } from '../../../src/train/tfInstance';
import { alive, loadWithOwnKernels } from './ownKernels';
import { always } from './sparseProfiles';

/** Of float32 sums of some hundred products, relative to the largest result. */
const tolerance = 1e-5;

describe('kernels for sparse weights', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });

  let before_: { tensors: number; data: number };
  let random: Random;
  let owned: tfjs.Tensor[];
  beforeEach(() => {
    before_ = alive(tf);
    random = Random.from(1, 'sparse');
    owned = [];
    alwaysLists();
  });
  afterEach(() => {
    tf.setSparseProfile(undefined);
    tf.dispose(owned);
    assert.deepEqual(alive(tf), before_);
  });

  /** Whatever the shapes, no zero is multiplied. */
  function alwaysLists() {
    tf.setSparseProfile(always('lists'));
  }
  const numbers = (shape: number[]) => {
    const size = shape.reduce((all, each) => all * each, 1);
    const made = tf.tensor(
      Float32Array.from({ length: size }, () => random.between(-1, 1)),
      shape,
    );
    owned.push(made);
    return made;
  };
  const variable = (shape: number[]) => {
    const made = tf.variable(numbers(shape));
    owned.push(made);
    return made;
  };
  /** A weight that is zero where its mask is. */
  const masked = (shape: number[], density: number) => {
    const w = variable(shape);
    const mask = Uint8Array.from({ length: w.size }, () => Number(random.next() < density));
    tf.tidy(() => w.assign(tf.mul(w, tf.tensor(mask, shape, 'float32'))));
    return { w, mask };
  };
  const near = (found: tfjs.Tensor, expected: tfjs.Tensor, what: string, mask?: Uint8Array) => {
    assert.deepEqual(found.shape, expected.shape, what);
    const [a, b] = [[...found.dataSync()], [...expected.dataSync()]];
    const largest = b.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    for (const [i, value] of b.entries()) {
      const wanted = mask && !mask[i] ? 0 : value;
      const off = Math.abs((a[i] as number) - wanted);
      assert.ok(
        off <= tolerance * (1 + largest) && (wanted !== 0 || off <= tolerance),
        `${what} at ${i}: ${a[i]}, not ${wanted}`,
      );
      if (mask && !mask[i]) assert.equal(a[i], 0, `${what} at ${i}, where nothing is active`);
    }
  };

  /** The value and all gradients of what is computed from some variables, with a topology and without. */
  function check(
    what: string,
    compute: () => tfjs.Tensor,
    variables: tfjs.Variable[],
    weights: { w: tfjs.Variable; mask: Uint8Array }[],
  ) {
    tf.tidy(() => {
      const run = () => {
        const y = compute();
        const upstream = tf.linspace(-1, 1, y.size).reshape(y.shape);
        const { grads } = tf.variableGrads(() => tf.sum(tf.mul(compute(), upstream)), variables);
        return { y, grads };
      };
      const dense = run();
      for (const { w, mask } of weights) tf.setTopology(w, mask);
      const sparse = run();
      near(sparse.y, dense.y, `${what}: result`);
      for (const each of variables) {
        const mask = weights.find(({ w }) => w === each)?.mask;
        near(
          sparse.grads[each.name] as tfjs.Tensor,
          dense.grads[each.name] as tfjs.Tensor,
          `${what}: gradient of ${each === weights[0]?.w ? 'weight' : each.name}`,
          mask,
        );
      }
      tf.dispose(sparse.grads);
      for (const { w } of weights) tf.setTopology(w, undefined);
    });
  }

  it('multiply as the dense ones do: any batch, any size, any density, transposed or not, with bias and activation', () => {
    const densities = [0, 0.02, 0.1, 0.5, 0.98];
    const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const;
    for (let i = 0; i < 60; i++) {
      const [batch, inputs, outputs] = [random.int(100) + 1, random.int(69) + 1, random.int(69) + 1];
      const density = densities[i % densities.length] ?? 1;
      const transposeB = i % 3 === 0;
      const weight = masked(transposeB ? [outputs, inputs] : [inputs, outputs], density);
      const [x, bias] = [variable([batch, inputs]), variable([outputs])];
      const activation = activations[i % activations.length] ?? 'linear';
      check(
        `${batch} x ${inputs} x ${outputs}, density ${density}, ${activation}`,
        () => tf.fused.matMul({ a: x, b: weight.w, bias, activation, transposeB }),
        [weight.w, x, bias],
        [weight],
      );
      check(
        `${batch} x ${inputs} x ${outputs}, density ${density}, plain`,
        () => tf.matMul(x, weight.w, false, transposeB),
        [weight.w, x],
        [weight],
      );
    }
  });

  it('multiply sizes that take several tiles and blocks', () => {
    for (const [batch, inputs, outputs] of [
      [200, 300, 100],
      [33, 1030, 21],
      [1100, 40, 350],
    ] as const) {
      const weight = masked([inputs, outputs], 0.1);
      const x = variable([batch, inputs]);
      check(`${batch} x ${inputs} x ${outputs}`, () => tf.matMul(x, weight.w), [weight.w, x], [weight]);
    }
  });

  it('multiply by whole blocks of outputs: any batch, empty panels, bias and activation', () => {
    tf.setSparseProfile(always('blocks'));
    const activations = ['linear', 'relu', 'relu6'] as const;
    for (let i = 0; i < 24; i++) {
      const shape: [number, number] = [random.int(70) + 1, 8 * (random.int(6) + 1)];
      const w = variable(shape);
      const density = [0, 0.1, 0.5][i % 3] ?? 0;
      const chosen = Array.from({ length: w.size / 8 }, () => Number(random.next() < density));
      const mask = Uint8Array.from({ length: w.size }, (_, at) => chosen[Math.floor(at / 8)] ?? 0);
      tf.tidy(() => w.assign(tf.mul(w, tf.tensor(mask, shape, 'float32'))));
      const [x, bias] = [variable([random.int(100) + 1, shape[0]]), variable([shape[1]])];
      const activation = activations[i % 3] ?? 'linear';
      check(
        `${x.shape.join('x')} by ${shape.join('x')}, density ${density}, ${activation}`,
        () => tf.fused.matMul({ a: x, b: w, bias, activation }),
        [w, x, bias],
        [{ w, mask }],
      );
    }
  });

  it('convolve as the dense ones do: windows, strides, padding, dilation, one pixel', () => {
    for (let i = 0; i < 40; i++) {
      const [height, width] = [random.int(5) + 1, random.int(5) + 1];
      const [channels, filters] = [random.int(8) + 1, random.int(11) + 1];
      const weight = masked(
        i % 4 === 0 ? [1, 1, channels, filters] : [height, width, channels, filters],
        0.3,
      );
      const x = variable([random.int(4) + 1, random.int(6) + 6, random.int(6) + 6, channels]);
      const bias = variable([filters]);
      const strides = i % 3 === 0 ? 2 : 1;
      const dilations = strides === 1 && i % 5 === 0 && height < 4 && width < 4 ? 2 : 1;
      const pad = i % 2 ? 'same' : 'valid';
      const given = {
        x: x as tfjs.Tensor4D,
        filter: weight.w as tfjs.Tensor4D,
        strides,
        pad,
        dilations,
      } as const;
      check(
        `${weight.w.shape.join('x')} on ${x.shape.join('x')}, stride ${strides}, ${pad}, dilation ${dilations}`,
        () =>
          dilations === 1
            ? tf.fused.conv2d({ ...given, bias, activation: i % 2 ? 'relu' : 'linear' })
            : tf.add(tf.conv2d(given.x, given.filter, strides, pad, 'NHWC', dilations), bias),
        [weight.w, x, bias],
        [weight],
      );
    }
  });

  const { layers } = tf;
  const kinds: Record<string, { inputShape: number[]; make: (inputShape: number[]) => tfjs.layers.Layer }> = {
    dense: {
      inputShape: [11],
      make: (inputShape) => layers.dense({ inputShape, units: 7, activation: 'relu' }),
    },
    'dense over time': { inputShape: [5, 11], make: (inputShape) => layers.dense({ inputShape, units: 7 }) },
    conv1d: {
      inputShape: [9, 4],
      make: (inputShape) => layers.conv1d({ inputShape, filters: 6, kernelSize: 3 }),
    },
    'causal conv1d': {
      inputShape: [9, 4],
      make: (inputShape) =>
        layers.conv1d({ inputShape, filters: 6, kernelSize: 3, padding: 'causal', dilationRate: 2 }),
    },
    conv2d: {
      inputShape: [8, 7, 3],
      make: (inputShape) => layers.conv2d({ inputShape, filters: 6, kernelSize: 3, activation: 'tanh' }),
    },
    simpleRNN: { inputShape: [6, 5], make: (inputShape) => layers.simpleRNN({ inputShape, units: 9 }) },
    gru: {
      inputShape: [6, 5],
      make: (inputShape) => layers.gru({ inputShape, units: 9 }),
    },
    lstm: { inputShape: [6, 5], make: (inputShape) => layers.lstm({ inputShape, units: 9 }) },
  };
  for (const [kind, { inputShape, make }] of Object.entries(kinds))
    it(`are used by layers: ${kind}`, () => {
      const model = tf.sequential({ layers: [make(inputShape)] });
      const x = numbers([5, ...inputShape]);
      const weights = model.trainableWeights.flatMap((weight) => {
        const held = weight.read() as tfjs.Variable;
        if (held.rank < 2) return [];
        const mask = Uint8Array.from({ length: held.size }, () => Number(random.next() < 0.3));
        const zeroed = tf.tidy(() => tf.mul(numbers(held.shape), tf.tensor(mask, held.shape, 'float32')));
        held.assign(zeroed);
        zeroed.dispose();
        return [{ w: held, mask }];
      });
      const variables = model.trainableWeights.map((weight) => weight.read() as tfjs.Variable);
      check(kind, () => model.apply(x, { training: true }) as tfjs.Tensor, variables, weights);
      for (const { w, mask } of weights) tf.setTopology(w, mask);
      const counter = new KernelCounter(tf);
      const { value, kernels } = counter.count(() =>
        tf.tidy(
          () =>
            tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tfjs.Tensor), variables)
              .grads,
        ),
      );
      tf.dispose(value);
      const { forward, backward } = kernels.work();
      assert.deepEqual({ ...forward.uncovered, ...backward.uncovered }, {});
      const times = kind === 'dense' ? 5 : undefined;
      if (times)
        assert.equal(forward.macs, times * (weights[0]?.mask.reduce((sum, each) => sum + each, 0) ?? 0));
      for (const { w } of weights) tf.setTopology(w, undefined);
      model.dispose();
    });

  it('give whole gradients of those that are asked for, and of no other', () => {
    const weights = [masked([20, 30], 0.1), masked([30, 10], 0.1)] as const;
    const x = numbers([9, 20]) as tfjs.Tensor2D;
    const variables = weights.map(({ w }) => w);
    const gradients = () =>
      tf.variableGrads(
        () =>
          tf.sum(
            tf.square(tf.matMul(tf.matMul(x, variables[0] as tfjs.Tensor2D), variables[1] as tfjs.Tensor2D)),
          ),
        variables,
      ).grads;
    tf.tidy(() => {
      const dense = gradients();
      for (const { w, mask } of weights) tf.setTopology(w, mask);
      tf.wantDenseGradients([weights[1].w]);
      const mixed = gradients();
      tf.wantDenseGradients(undefined);
      const sparse = gradients();
      for (const [i, { w, mask }] of weights.entries()) {
        const [some, whole] = [mixed[w.name] as tfjs.Tensor, dense[w.name] as tfjs.Tensor];
        near(some, whole, `weight ${i}`, i === 0 ? mask : undefined);
        near(sparse[w.name] as tfjs.Tensor, whole, `weight ${i} again`, mask);
      }
    });
    for (const { w } of weights) tf.setTopology(w, undefined);
  });

  it('leave a gradient that somebody holds as it was', () => {
    const { w, mask } = masked([12, 8], 0.4);
    tf.setTopology(w, mask);
    const gradient = (scale: number) =>
      tf.tidy(
        () =>
          tf.variableGrads(() => tf.sum(tf.mul(tf.matMul(tf.ones([4, 12]), w as tfjs.Tensor2D), scale)), [w])
            .grads[w.name] as tfjs.Tensor,
      );
    const first = gradient(1);
    const values = [...first.dataSync()];
    const second = gradient(2);
    assert.deepEqual([...first.dataSync()], values);
    assert.deepEqual(
      [...second.dataSync()],
      values.map((each) => 2 * each),
    );
    const other = mask.map((each) => 1 - each);
    tf.tidy(() => w.assign(tf.mul(numbers([12, 8]), tf.tensor(other, [12, 8], 'float32'))));
    tf.setTopology(w, other);
    assert.deepEqual([...first.dataSync()], values, 'held over a change of the topology');
    const third = gradient(1);
    assert.deepEqual([...third.dataSync()].map(Boolean), [...other].map(Boolean));
    tf.dispose([first, second, third]);
    tf.setTopology(w, undefined);
  });

  it('see values that are written in place', () => {
    const { w, mask } = masked([6, 8], 0.5);
    tf.setTopology(w, mask);
    const x = numbers([3, 6]) as tfjs.Tensor2D;
    const product = () => tf.tidy(() => [...tf.matMul(x, w as tfjs.Tensor2D).dataSync()]);
    const first = product();
    tf.assignValues(
      w,
      w.dataSync<'float32'>().map((each) => 2 * each),
    );
    const second = product();
    assert.deepEqual(
      second,
      first.map((each) => 2 * each),
    );
    tf.tidy(() => tf.assignInPlace(w, tf.mul(w, 2)));
    assert.deepEqual(
      product(),
      second.map((each) => 2 * each),
    );
    tf.setTopology(w, undefined);
  });

  it('are none of the business of other backends', async () => {
    const { w, mask } = masked([4, 8], 0.5);
    tf.setTopology(w, mask);
    await tf.setBackend('cpu');
    const gradient = tf.tidy(
      () =>
        tf.variableGrads(() => tf.sum(tf.matMul(tf.ones([2, 4]), w as tfjs.Tensor2D)), [w]).grads[
          w.name
        ] as tfjs.Tensor,
    );
    assert.ok((await gradient.data()).every((each) => each === 2));
    gradient.dispose();
    tf.setTopology(w, undefined);
    tf.dispose(owned.splice(0));
    await tf.setBackend('wasm');
  });

  it('refuse a mask of another size', () => {
    const { w } = masked([3, 4], 0.5);
    assert.throws(
      () => tf.setTopology(w, new Uint8Array(11)),
      /mask of ".*" has 11 entries; the variable has 12/,
    );
  });

  const optimizers: Record<string, () => tfjs.Optimizer> = {
    'gradient descent': () => tf.train.sgd(0.05),
    'Nesterov momentum': () => tf.train.momentum(0.05, 0.9, true),
    Adam: () => tf.train.adam(0.01),
    AdamW: () => new tf.AdamWOptimizer(0.05, 0.9, 0.99, 1e-6, 0.3),
    Adagrad: () => tf.train.adagrad(0.05),
    Adadelta: () => tf.train.adadelta(0.5),
    Adamax: () => tf.train.adamax(0.01),
    'RMSProp with momentum': () => tf.train.rmsprop(0.01, 0.8, 0.7, 1e-5),
    'centered RMSProp': () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-5, true),
  };
  /** Losses and weights of steps on a net of two sparse weights: as it comes or planned, with topologies or not. */
  function train(
    make: () => tfjs.Optimizer,
    how: { planned?: boolean; topology?: boolean; unfused?: boolean; regrow?: number; steps?: number },
  ) {
    random = Random.from(5, 'training');
    const weights = [masked([13, 17], 0.3), masked([17, 5], 0.3)];
    const bias = variable([17]);
    const [x, y] = [numbers([37, 13]), numbers([37, 5])] as [tfjs.Tensor2D, tfjs.Tensor2D];
    const variables = [...weights.map(({ w }) => w), bias];
    const planner = new tf.StepPlanner(tf);
    const optimizer = make();
    const setTopologies = () => {
      if (how.topology !== false) for (const { w, mask } of weights) tf.setTopology(w, mask);
    };
    setTopologies();
    const step = ([x, y]: readonly (tfjs.Tensor | null | undefined)[]) => {
      const { value, grads } = optimizer.computeGradients(() => {
        const [w1, w2] = variables as tfjs.Tensor[] as [tfjs.Tensor2D, tfjs.Tensor2D];
        const hidden = tf.fused.matMul({ a: x as tfjs.Tensor, b: w1, bias, activation: 'relu' });
        return tf.losses.meanSquaredError(y as tfjs.Tensor, tf.matMul(hidden as tfjs.Tensor2D, w2));
      }, variables);
      optimizer.applyGradients(grads);
      tf.dispose(grads);
      return [value];
    };
    const seen: number[][] = [];
    for (let i = 0; i < (how.steps ?? 8); i++) {
      if (i === how.regrow) {
        for (const each of weights) {
          const last = each.mask.lastIndexOf(1);
          each.mask[each.mask.indexOf(0)] = 1;
          each.mask[last] = 0;
          tf.tidy(() => each.w.assign(tf.mul(each.w, tf.tensor(each.mask, each.w.shape, 'float32'))));
        }
        setTopologies();
      }
      const run = () => (how.planned ? planner.run([x, y], step) : step([x, y]));
      const [loss] = how.unfused ? tf.unfused(run) : run();
      seen.push([loss?.dataSync()[0] ?? NaN, ...variables.flatMap((each) => [...each.dataSync()])]);
      loss?.dispose();
    }
    const { replays } = planner;
    const refusal = planner.refusal([x, y]);
    for (const { w } of weights) tf.setTopology(w, undefined);
    planner.dispose();
    optimizer.dispose();
    // Momentum forgets one of its own.
    (optimizer as unknown as { c?: tfjs.Tensor }).c?.dispose();
    return { seen, replays, refusal };
  }

  for (const [name, make] of Object.entries(optimizers))
    it(`update active weights only, to the bit as all are updated with zeros: ${name}`, () => {
      const fused = train(make, {});
      assert.deepEqual(fused.seen, train(make, { unfused: true }).seen);
      assert.notDeepEqual(fused.seen[0]?.slice(1), fused.seen.at(-1)?.slice(1));
    });

  it('are planned, to the bit, and stay planned when as many weights are active', () => {
    const make = () => tf.train.adam(0.01);
    const planned = train(make, { planned: true, steps: 30 });
    assert.deepEqual(planned.seen, train(make, { steps: 30 }).seen);
    assert.equal(planned.replays, 28);
    const regrown = train(make, { planned: true, regrow: 15, steps: 30 });
    assert.deepEqual(regrown.seen, train(make, { regrow: 15, steps: 30 }).seen);
    assert.equal(regrown.refusal, undefined);
    assert.ok(regrown.replays >= 26, `${regrown.replays} steps by a plan`);
    assert.notDeepEqual(regrown.seen.at(-1), planned.seen.at(-1));
  });

  it('go on with a plan while gradients that it made are held, and refuse one whose step keeps them', () => {
    const { w, mask } = masked([12, 8], 0.4);
    tf.setTopology(w, mask);
    const planner = new tf.StepPlanner(tf);
    const gradient = ([x]: readonly (tfjs.Tensor | null | undefined)[]) => [
      tf.tidy(
        () =>
          tf.variableGrads(() => tf.sum(tf.matMul(x as tfjs.Tensor2D, w as tfjs.Tensor2D)), [w]).grads[
            w.name
          ] as tfjs.Tensor,
      ),
    ];
    const made = Array.from({ length: 6 }, (_, i) => {
      const x = tf.fill([4, 12], i + 1);
      const [result] = planner.run([x], gradient) as [tfjs.Tensor];
      x.dispose();
      return result;
    });
    for (const [i, each] of made.entries())
      assert.deepEqual(
        [...each.dataSync()],
        [...mask].map((active) => active * 4 * (i + 1)),
      );
    assert.equal(planner.replays, 4);
    tf.dispose(made);
    let kept: tfjs.Tensor | undefined;
    const keeping: typeof gradient = (data) => {
      const [own] = gradient(data) as [tfjs.Tensor];
      kept?.dispose();
      kept = tf.keep(own);
      return [tf.tidy(() => tf.sum(own))];
    };
    for (let i = 0; i < 4; i++) {
      const x = tf.fill([5, 12], 1);
      tf.dispose(planner.run([x], keeping));
      x.dispose();
    }
    const x = tf.ones([5, 12]);
    assert.match(planner.refusal([x]) ?? '', /kept/);
    tf.dispose([x, kept]);
    planner.dispose();
    tf.setTopology(w, undefined);
  });

  it('have another plan for steps that want whole gradients', () => {
    const { w, mask } = masked([12, 8], 0.4);
    tf.setTopology(w, mask);
    const planner = new tf.StepPlanner(tf);
    const x = numbers([4, 12]);
    const gradient = () => [
      tf.tidy(
        () =>
          tf.variableGrads(() => tf.sum(tf.matMul(x as tfjs.Tensor2D, w as tfjs.Tensor2D)), [w]).grads[
            w.name
          ] as tfjs.Tensor,
      ),
    ];
    for (let i = 0; i < 20; i++) {
      const dense = i % 4 === 3;
      tf.wantDenseGradients(dense ? [w] : undefined);
      const [made] = planner.run([x], gradient) as [tfjs.Tensor];
      const zeros = [...made.dataSync()].filter((each) => each === 0).length;
      assert.equal(zeros, dense ? 0 : mask.filter((each) => !each).length);
      made.dispose();
    }
    tf.wantDenseGradients(undefined);
    assert.equal(planner.replays, 20 - 4);
    planner.dispose();
    tf.setTopology(w, undefined);
  });

  it('are chosen by a profile that can be measured, read out and set', () => {
    tf.setSparseProfile(undefined);
    const usual = tf.getSparseProfile();
    const measured = tf.measureSparseProfile();
    for (const kind of ['matrix', 'window'] as const)
      for (const work of ['forward', 'inputGradient', 'weightGradient'] as const) {
        const { dense, lists } = measured[kind][work];
        const said = `${kind} ${work}: ${JSON.stringify({ dense, lists })}`;
        // A skipped multiply-accumulate is none, but one that is done costs no ten times as much.
        assert.ok(dense.product > 0 && lists.product > 0 && lists.product < 10 * dense.product, said);
        assert.ok(dense.together > 0 && lists.together > 0, said);
      }
    tf.setSparseProfile(measured);
    assert.deepEqual(tf.getSparseProfile(), measured);
    tf.setSparseProfile(undefined);
    assert.deepEqual(tf.getSparseProfile(), usual);
    const { lists } = measured.matrix.forward;
    const forward = { ...measured.matrix.forward, lists: { ...lists, weight: NaN } };
    const wrong = { ...measured, matrix: { ...measured.matrix, forward } };
    assert.throws(() => tf.setSparseProfile(wrong), /matrix\.forward\.lists\.weight is NaN/);
    const lacks = { matrix: measured.matrix } as typeof measured;
    assert.throws(() => tf.setSparseProfile(lacks), /window\.forward\.dense\.product is undefined/);
  });

  it('are dense products where these are faster, with the same gradients', () => {
    tf.setSparseProfile(always('dense'));
    const weight = masked([20, 10], 0.5);
    const [x, bias] = [variable([7, 20]), variable([10])];
    check(
      'dense',
      () => tf.fused.matMul({ a: x, b: weight.w, bias, activation: 'relu' }),
      [weight.w, x, bias],
      [weight],
    );
    const filter = masked([3, 3, 4, 5], 0.5);
    const image = variable([2, 6, 6, 4]) as tfjs.Tensor as tfjs.Tensor4D;
    check(
      'dense convolution',
      () => tf.conv2d(image, filter.w as tfjs.Tensor as tfjs.Tensor4D, 1, 'same'),
      [filter.w, image as tfjs.Tensor as tfjs.Variable],
      [filter],
    );
  });
});

const dist = path.resolve(__dirname, '../../../../dist');

/** Trains a net and a convolution with sparse weights on some threads; run in a process of its own. */
async function trained(tf: Tf, folder: string, threads: number) {
  tf.setThreadsCount(threads);
  tf.setWasmPaths(folder);
  await tf.setBackend('wasm');
  tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dispose();
  await tf.threadsStarted(tf.backend());
  const started = tf.getThreadsCount();
  const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed);
  const sparse = (shape: number[], seed: number, width: number) => {
    const size = shape.reduce((all, each) => all * each, 1);
    const mask = Uint8Array.from({ length: size }, (_, i) =>
      Number((Math.floor(i / width) * 7919) % 1009 < 250),
    );
    const w = tf.variable(tf.mul(random(shape, seed), tf.tensor(mask, shape, 'float32')));
    tf.setTopology(w, mask);
    return w;
  };
  const weights = [sparse([510, 253], 1, 1), sparse([253, 248], 2, 8)] as tfjs.Variable<tfjs.Rank.R2>[];
  const filter = sparse([3, 3, 13, 24], 3, 1) as tfjs.Variable<tfjs.Rank.R4>;
  const image = tf.variable(random([4, 19, 17, 13], 4)) as tfjs.Variable<tfjs.Rank.R4>;
  const x = tf.variable(random([99, 510], 5)) as tfjs.Variable<tfjs.Rank.R2>;
  const optimizer = tf.train.adam(0.01);
  const results: number[] = [];
  for (let i = 0; i < 4; i++) {
    const loss = optimizer.minimize(() => {
      const hidden = tf.relu(tf.matMul(x, weights[0] as tfjs.Tensor2D));
      const y = tf.matMul(hidden, weights[1] as tfjs.Tensor2D);
      return tf.add(tf.mean(tf.square(y)), tf.mean(tf.square(tf.conv2d(image, filter, 2, 'same'))));
    }, true);
    results.push(...((await loss?.data()) ?? []));
    for (const each of [...weights, filter, image, x]) results.push(...(await tf.sum(each).data()));
  }
  return { started, results };
}

async function inProcess(threads: number): Promise<Awaited<ReturnType<typeof trained>>> {
  const code =
    `(${trained.toString()})(require(${JSON.stringify(path.join(dist, 'tf.js'))}), ` +
    `${JSON.stringify(dist + path.sep)}, ${threads}).then((made) => console.log(JSON.stringify(made)), ` +
    `(error) => { console.error(error.message); process.exit(1); })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { timeout: 60_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Awaited<ReturnType<typeof trained>>;
}

describe('kernels for sparse weights on several threads', function () {
  this.timeout(120_000);

  it('give the same results to the bit, however many there are', async () => {
    const one = await inProcess(1);
    assert.ok(one.results.every(Number.isFinite));
    for (const threads of [2, 3]) assert.deepEqual(await inProcess(threads), { ...one, started: threads });
  });
});
