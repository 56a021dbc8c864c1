import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../../../src/data/random';
import { sparseWork, type SparseProfile } from '../../../src/kernels/native/sparseCost';
import { alive, loadWithOwnKernels } from './ownKernels';
import { always } from './sparseProfiles';

/** How steps are done that must not differ by a bit. */
type Way = 'as they come or planned' | 'unfused' | 'all read after each';

/** What is drawn for each happening. */
interface Chance {
  readonly w: tfjs.Variable;
  readonly mask: Uint8Array;
  readonly planned: boolean;
}

describe('packed values of sparse weights', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });
  after(() => tf.setSparseProfile(undefined));
  let before_: { tensors: number; data: number };
  beforeEach(() => (before_ = alive(tf)));
  afterEach(() => assert.deepEqual(alive(tf), before_));

  /** All that was seen of a training in whose course much happens, as chance has it. */
  function seen(seed: number, make: () => tfjs.Optimizer, way: Way, events: number): number[][] {
    const random = Random.from(seed, 'packed');
    const ways = sparseWork.map((work, i) => [
      work,
      always((seed >> i) % 2 ? 'dense' : 'lists').matrix[work],
    ]);
    tf.setSparseProfile({ ...always('lists'), matrix: Object.fromEntries(ways) as SparseProfile['matrix'] });
    const held: tfjs.Tensor[] = [];
    const clones: tfjs.Tensor[] = [];
    const values = (size: number) => Float32Array.from({ length: size }, () => random.between(-1, 1));
    const tensor = (shape: number[]) => tf.tensor(values(shape.reduce((a, b) => a * b, 1)), shape);
    const sizes = [13, 16, 5];
    const layers = sizes.slice(1).map((outputs, i) => {
      const shape = [sizes[i] as number, outputs];
      const mask = Uint8Array.from({ length: (sizes[i] as number) * outputs }, () =>
        Number(random.next() < 0.25),
      );
      const whole = tensor(shape);
      const w = tf.tidy(() => tf.variable(tf.mul(whole, tf.tensor(mask, shape, 'float32'))));
      whole.dispose();
      return { w, mask };
    });
    const bias = tf.tidy(() => tf.variable(tf.zeros([16])));
    held.push(bias, ...layers.map(({ w }) => w));
    const variables = [...layers.map(({ w }) => w), bias];
    const set = () => {
      for (const { w, mask } of layers) tf.setTopology(w, mask);
    };
    set();
    const optimizer = make();
    const [planner, other] = [new tf.StepPlanner(tf), new tf.StepPlanner(tf)];
    const loss = (x: tfjs.Tensor, y: tfjs.Tensor) => {
      const [w1, w2] = variables as unknown as [tfjs.Tensor2D, tfjs.Tensor2D];
      const hidden = tf.fused.matMul({ a: x, b: w1, bias, activation: 'relu' });
      return tf.losses.meanSquaredError<tfjs.Tensor, tfjs.Scalar>(y, tf.matMul(hidden, w2));
    };
    const stepOf =
      (lossOf: typeof loss) =>
      ([x, y]: readonly (tfjs.Tensor | null | undefined)[]) => {
        const { value, grads } = optimizer.computeGradients(
          () => lossOf(x as tfjs.Tensor, y as tfjs.Tensor),
          variables,
        );
        optimizer.applyGradients(grads);
        tf.dispose(grads);
        return [value];
      };
    const step = stepOf(loss);
    /** Looks at a weight as a whole before it is multiplied with, and writes to one after it was updated. */
    const regularized = (data: Parameters<typeof step>[0]) => {
      const [w1, w2] = variables as unknown as [tfjs.Variable, tfjs.Variable];
      const results = stepOf((x, y) => tf.add(tf.sum(tf.square(w1)), loss(x, y)))(data);
      tf.tidy(() => tf.assignInPlace(w2, tf.clipByValue(w2, -0.9, 0.9)));
      return results;
    };
    const batches = [37, 24].map((rows) => [tensor([rows, 13]), tensor([rows, 5])]);
    held.push(...batches.flat());
    const found: number[][] = [];
    const look = (each: tfjs.Tensor) => found.push([...each.dataSync()]);
    const train = (batch: tfjs.Tensor[], planned: boolean, how = step) => {
      const [value] =
        way === 'unfused'
          ? tf.unfused(() => how(batch))
          : planned && way !== 'all read after each'
            ? (how === step ? planner : other).run(batch, how)
            : how(batch);
      look(value as tfjs.Tensor);
      value?.dispose();
    };
    const slots = (): tfjs.Variable[] =>
      Object.values(optimizer as unknown as Record<string, { variable: tfjs.Variable }[]>).flatMap((all) =>
        Array.isArray(all) ? all.map(({ variable }: { variable: tfjs.Variable }) => variable) : [],
      );
    const one = <T>(all: readonly T[]) => all[random.int(all.length)] as T;
    const clear = (cut: (mask: Uint8Array) => Int32Array) => {
      const own = slots();
      for (const [i, { w, mask }] of layers.entries()) {
        const places = cut(mask);
        tf.fillAt(w, places, 0);
        const slotsOfAll = own.length / variables.length;
        for (let s = 0; s < slotsOfAll; s++)
          tf.fillAt(own[s * variables.length + i] as tfjs.Variable, places, 0);
      }
      set();
    };
    const [usual, another] = batches as [tfjs.Tensor[], tfjs.Tensor[]];
    const gradient = (w: tfjs.Variable) =>
      tf.tidy(
        () =>
          tf.variableGrads(() => loss(usual[0] as tfjs.Tensor, usual[1] as tfjs.Tensor), [w]).grads[w.name],
      ) as tfjs.Tensor;
    const happenings: Record<string, (chance: Chance) => void> = {
      step: ({ planned }) => train(usual, planned),
      'a step of another batch': ({ planned }) => train(another, planned),
      'a regularized step': ({ planned }) => train(usual, planned, regularized),
      'a weight is read': ({ w }) => look(w),
      'a slot is read': () => look(one([bias, ...slots()])),
      evaluation: ({ w }) =>
        tf.tidy(() => {
          look(loss(another[0] as tfjs.Tensor, another[1] as tfjs.Tensor));
          look(tf.sum(tf.square(w)));
        }),
      cloning: ({ w }) => clones.push(w.clone(), one([bias, ...slots()]).clone()),
      'clones are read': () => {
        for (const each of clones.splice(0)) {
          look(each);
          each.dispose();
        }
      },
      assigning: ({ w }) => tf.tidy(() => w.assign(tf.mul(w, 0.9))),
      'assigning of values': ({ w, mask }) =>
        tf.assignValues(
          w,
          values(w.size).map((each, i) => (mask[i] ? each : 0)),
        ),
      'assigning in place': ({ w }) => tf.tidy(() => tf.assignInPlace(w, tf.mul(w, 1.1))),
      filling: ({ w, mask }) => tf.fillAt(w, Int32Array.of(mask.indexOf(1)), 0.5),
      'another mask': () =>
        clear((mask) => {
          const [off, on] = [mask.lastIndexOf(1), mask.indexOf(0)];
          mask[off] = 0;
          mask[on] = 1;
          return Int32Array.of(off, on);
        }),
      'fewer weights': () =>
        clear((mask) => {
          const off = mask.indexOf(1, 9);
          mask[off] = 0;
          return Int32Array.of(off);
        }),
      'a variable of the same data': ({ w, planned }) => {
        const twin = tf.variable(w);
        train(usual, planned);
        look(twin);
        twin.dispose();
      },
      'a whole gradient': ({ w }) => {
        tf.wantDenseGradients([w]);
        const whole = gradient(w);
        look(whole);
        whole.dispose();
        tf.wantDenseGradients(undefined);
      },
      'a gradient is held': ({ w }) => clones.push(gradient(w)),
    };
    const kinds = ['step', 'step', 'step', ...Object.keys(happenings)];
    for (let i = 0; i < events; i++) {
      const what = i < 4 ? 'step' : one(kinds);
      happenings[what]?.({ ...one(layers), planned: random.next() < 0.7 });
      if (way === 'all read after each') for (const each of [...variables, ...slots()]) each.dataSync();
    }
    for (const each of [...variables, ...slots(), ...clones]) look(each);
    for (const { w } of layers) tf.setTopology(w, undefined);
    planner.dispose();
    other.dispose();
    optimizer.dispose();
    (optimizer as unknown as { c?: tfjs.Tensor }).c?.dispose();
    tf.dispose([...held, ...clones]);
    return found;
  }

  const optimizers: Record<string, () => tfjs.Optimizer> = {
    Adam: () => tf.train.adam(0.01),
    'Nesterov momentum': () => tf.train.momentum(0.05, 0.9, true),
    'gradient descent': () => tf.train.sgd(0.05),
    'centered RMSProp': () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-5, true),
  };
  for (const [name, make] of Object.entries(optimizers))
    it(`are never seen out of date, whatever happens between and in the middle of steps: ${name}`, function () {
      this.timeout(120_000);
      for (let seed = 0; seed < 8; seed++) {
        const found = seen(seed, make, 'as they come or planned', 60);
        assert.deepEqual(found, seen(seed, make, 'all read after each', 60), `seed ${seed}, read`);
        assert.deepEqual(found, seen(seed, make, 'unfused', 60), `seed ${seed}, unfused`);
      }
    });

  it('are brought up to date in planned steps that look at a weight which was read before they were recorded', () => {
    tf.setSparseProfile(always('lists'));
    const losses = (planned: boolean) => {
      const mask = Uint8Array.from({ length: 96 }, (_, i) => Number(i % 5 === 0));
      const w = tf.tidy(() => tf.variable(tf.tensor(Float32Array.from(mask), [12, 8])));
      tf.setTopology(w, mask);
      const [optimizer, planner] = [tf.train.adam(0.1), new tf.StepPlanner(tf)];
      const x = tf.ones([4, 12]);
      const step = () => {
        const { value, grads } = optimizer.computeGradients(
          () => tf.add(tf.sum(tf.square(w)), tf.sum(tf.matMul(x as tfjs.Tensor2D, w as tfjs.Tensor2D))),
          [w],
        );
        optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
        tf.dispose(grads);
        return [value];
      };
      const found = Array.from({ length: 8 }, (_, i) => {
        if (i === 1) w.dataSync();
        const [loss] = planned ? planner.run([x], step) : step();
        const [value] = loss?.dataSync() ?? [];
        loss?.dispose();
        return value;
      });
      const { replays } = planner;
      tf.setTopology(w, undefined);
      planner.dispose();
      optimizer.dispose();
      tf.dispose([w, x]);
      return { found, replays };
    };
    const { found, replays } = losses(true);
    assert.deepEqual(found, losses(false).found);
    assert.equal(replays, 6);
    assert.equal(new Set(found).size, 8);
  });
});
