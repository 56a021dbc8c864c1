import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { Arena } from '../../../src/kernels/plan/arena';
import { Random } from '../../../src/data/random';
import { alive, loadWithOwnKernels } from './ownKernels';

type Batch = readonly [tfjs.Tensor2D, tfjs.Tensor2D];
type Step = (data: readonly (tfjs.Tensor | null | undefined)[]) => tfjs.Tensor[];

describe('a training step done by a plan', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });

  let variables: [tfjs.Variable<tfjs.Rank.R2>, tfjs.Variable<tfjs.Rank.R1>];
  let planner: InstanceType<typeof tf.StepPlanner>;
  let optimizer: tfjs.Optimizer;
  let before_: { tensors: number; data: number };
  let random: Random;

  const numbers = (...shape: number[]) => {
    const size = shape.reduce((all, each) => all * each, 1);
    return tf.tensor(
      Float32Array.from({ length: size }, () => random.next() - 0.5),
      shape,
    );
  };
  const batch = (examples = 9): Batch => [
    numbers(examples, 7) as tfjs.Tensor2D,
    numbers(examples, 5) as tfjs.Tensor2D,
  ];
  const step: Step = ([x, y]) => {
    const [w, b] = variables;
    const cost = optimizer.minimize(
      () =>
        tf
          .squaredDifference(tf.relu(tf.matMul(x as tfjs.Tensor2D, w).add(b)), y as tfjs.Tensor)
          .mean<tfjs.Scalar>(),
      true,
      variables,
    );
    return [cost as tfjs.Scalar];
  };

  beforeEach(() => {
    before_ = alive(tf);
    random = Random.from(1, 'plan');
    variables = tf.tidy(() => [tf.variable(numbers(7, 5)), tf.variable(numbers(5))]) as typeof variables;
    planner = new tf.StepPlanner(tf);
    optimizer = tf.train.adam(0.05);
  });
  afterEach(() => {
    planner.dispose();
    optimizer.dispose();
    tf.dispose(variables);
    assert.deepEqual(alive(tf), before_);
  });

  /** Loss and weights after each of some steps. */
  function train(
    how: 'planned' | 'as it comes',
    steps: number,
    between: (step: number) => void = () => undefined,
  ) {
    const seen: number[][] = [];
    for (let i = 0; i < steps; i++) {
      const data = batch();
      const [loss] = how === 'planned' ? planner.run(data, step) : step(data);
      seen.push([loss?.dataSync()[0] ?? NaN, ...variables.flatMap((each) => [...each.dataSync()])]);
      tf.dispose([...data, loss]);
      between(i);
    }
    return seen;
  }

  /** The same training without plans, from the same beginning. */
  function expected(steps: number, between?: (step: number) => void) {
    const kept = variables.map((each) => tf.tensor(each.dataSync(), each.shape));
    const state = random.state();
    const result = train('as it comes', steps, between);
    for (const [i, each] of variables.entries()) (each as tfjs.Variable).assign(kept[i] as tfjs.Tensor);
    tf.dispose(kept);
    optimizer.dispose();
    optimizer = tf.train.adam(0.05);
    random = Random.restore(state);
    return result;
  }

  it('gives the same losses and weights to the bit, from the third step on without TensorFlow.js', () => {
    const without = expected(12);
    assert.deepEqual(train('planned', 12), without);
    assert.equal(planner.replays, 10);
    assert.equal(planner.refusal(batchThenGone()), undefined);
  });

  it('follows a learning rate that changes', () => {
    const slower = (i: number) => i === 6 && Object.assign(optimizer, { learningRate: 0.001 });
    const without = expected(12, slower);
    assert.deepEqual(train('planned', 12, slower), without);
    assert.equal(planner.replays, 10);
  });

  it('falls back where weights were set from outside, and is recorded again', () => {
    const reset = (i: number) => i === 15 && tf.tidy(() => variables[1].assign(tf.fill([5], 0.25)));
    const without = expected(30, reset);
    assert.deepEqual(train('planned', 30, reset), without);
    assert.equal(planner.replays, 27);
  });

  it('is recorded again where weights have moved every few steps, and have come to rest', () => {
    const reset = (i: number) => i < 60 && i % 5 === 0 && tf.tidy(() => variables[1].assign(tf.fill([5], i)));
    const without = expected(120, reset);
    assert.deepEqual(train('planned', 120, reset), without);
    // Recorded at most at steps 2, 10, 40 and 90.
    assert.ok(planner.replays >= 120 - 90, `${planner.replays} steps by a plan`);
  });

  it('is not done where a variable that was there is gone', () => {
    const other = tf.tidy(() => tf.variable(tf.ones([64])));
    const dispose = (i: number) => {
      if (i !== 15) return;
      other.dispose();
      // What takes its place in memory must stay as it is.
      taken = tf.fill([64], 7);
    };
    let taken: tfjs.Tensor | undefined;
    const using: Step = (data) => {
      const [loss] = step(data);
      if (!other.isDisposed) tf.tidy(() => other.assign(tf.add(other, 1)));
      return [loss as tfjs.Tensor];
    };
    for (let i = 0; i < 30; i++) {
      const data = batch();
      tf.dispose([...planner.run(data, using), ...data]);
      dispose(i);
    }
    assert.deepEqual(new Set((taken as tfjs.Tensor).dataSync()), new Set([7]));
    assert.ok(planner.replays >= 26, `${planner.replays} steps by a plan`);
    taken?.dispose();
  });

  it('has nothing to do with weights of other models', () => {
    const other = tf.tidy(() => tf.variable(tf.ones([64])));
    const move = () => tf.tidy(() => other.assign(tf.add(other, 1)));
    const without = expected(12, move);
    assert.deepEqual(train('planned', 12, move), without);
    assert.equal(planner.replays, 10);
    other.dispose();
  });

  it('leaves a clone of a weight as it was', () => {
    let clone: tfjs.Tensor | undefined;
    let values: number[] = [];
    const keep = (i: number) => {
      if (i !== 15) return;
      clone = variables[0].clone();
      values = [...clone.dataSync()];
    };
    const without = expected(30, keep);
    clone?.dispose();
    assert.deepEqual(train('planned', 30, keep), without);
    assert.deepEqual([...(clone as tfjs.Tensor).dataSync()], values);
    assert.equal(planner.replays, 28, 'the plan goes on');
    clone?.dispose();
  });

  it('gives a clone of a weight that a step makes before it writes to the weight, in every step', () => {
    for (const clone of [(w: tfjs.Variable) => w.clone(), (w: tfjs.Variable) => tf.reshape(w, [-1])]) {
      const weight = tf.tidy(() => tf.variable(tf.ones([4, 3])));
      const optimizer = tf.train.sgd(0.1);
      const x = tf.ones([2, 4]);
      const before = tf.memory().numTensors;
      const own = new tf.StepPlanner(tf);
      for (let i = 0; i < 8; i++) {
        const was = [...weight.dataSync()];
        const made = own.run([x], ([input]) => {
          const kept = clone(weight);
          const { value, grads } = tf.variableGrads(
            () => tf.sum(tf.matMul(input as tfjs.Tensor2D, weight as unknown as tfjs.Tensor2D)),
            [weight],
          );
          optimizer.applyGradients(grads);
          tf.dispose(grads);
          return [value, kept];
        });
        assert.deepEqual([...(made[1] as tfjs.Tensor).dataSync()], was, `step ${i + 1}`);
        tf.dispose(made);
      }
      assert.equal(tf.memory().numTensors, before);
      assert.match(own.refusal([x]) ?? '', /a clone of a weight/);
      tf.dispose([weight, x]);
      optimizer.dispose();
    }
  });

  it('draws the noise of a step anew, the same as without a plan', () => {
    const { random: drawn } = Math;
    const noisy: Step = ([x, y]) => step([tf.tidy(() => tf.dropout(x as tfjs.Tensor, 0.5)), y]);
    const run = (how: (data: Batch) => tfjs.Tensor[]) => {
      const source = Random.from(3, 'noise');
      Math.random = () => source.next();
      const data = batch();
      const losses = Array.from({ length: 6 }, () => {
        const [loss] = how(data) as [tfjs.Tensor];
        const value = loss.dataSync()[0];
        loss.dispose();
        return value;
      });
      tf.dispose(data as unknown as tfjs.Tensor[]);
      return losses;
    };
    try {
      optimizer.dispose();
      optimizer = tf.train.sgd(0);
      const state = random.state();
      const without = run((data) => tf.tidy(() => noisy(data)));
      random = Random.restore(state);
      assert.deepEqual(
        run((data) => planner.run(data, (own) => tf.tidy(() => noisy(own)))),
        without,
      );
      assert.equal(new Set(without).size, 6);
      assert.equal(planner.replays, 4);
    } finally {
      Math.random = drawn;
    }
  });

  it('has a plan for each set of shapes', () => {
    const sizes = [9, 9, 4, 9, 4, 9, 4, 9];
    const run = (how: (data: Batch) => tfjs.Tensor[]) =>
      sizes.map((size) => {
        const data = batch(size);
        const [loss] = how(data) as [tfjs.Tensor];
        const value = loss.dataSync()[0];
        tf.dispose([...data, loss]);
        return value;
      });
    const state = random.state();
    const kept = variables.map((each) => tf.tensor(each.dataSync(), each.shape));
    const without = run(step);
    for (const [i, each] of variables.entries()) (each as tfjs.Variable).assign(kept[i] as tfjs.Tensor);
    tf.dispose(kept);
    optimizer.dispose();
    optimizer = tf.train.adam(0.05);
    random = Random.restore(state);
    assert.deepEqual(
      run((data) => planner.run(data, step)),
      without,
    );
    assert.equal(planner.replays, 3 + 1);
  });

  it('keeps no weight in a place that its steps share', () => {
    train('planned', 5);
    const rubbish = Array.from({ length: 50 }, () => numbers(9, 7));
    const weights = variables.map((each) => [...each.dataSync()]);
    tf.dispose(rubbish);
    train('planned', 1);
    assert.notDeepEqual(
      variables.map((each) => [...each.dataSync()]),
      weights,
    );
  });

  const refused: Record<string, { why: RegExp; step: Step }> = {
    'that draws random numbers': {
      why: /random/,
      step: ([x]) => [tf.tidy(() => tf.mul(x as tfjs.Tensor, Math.random()).sum())],
    },
    'that reads values': {
      why: /read/,
      step: ([x]) => [tf.tidy(() => tf.mul(x as tfjs.Tensor, (x as tfjs.Tensor).dataSync()[0] ?? 0).sum())],
    },
    'that keeps a tensor for the next': {
      why: /kept/,
      step: ([x]) => {
        tf.dispose(memory);
        memory = tf.keep(tf.relu(x as tfjs.Tensor));
        return [tf.tidy(() => tf.add(memory as tfjs.Tensor, 1).mean())];
      },
    },
  };
  let memory: tfjs.Tensor | undefined;
  for (const [name, { why, step: refusing }] of Object.entries(refused))
    it(`is refused for one ${name}`, () => {
      for (let i = 0; i < 5; i++) {
        const data = batch();
        const [made] = planner.run(data, refusing) as [tfjs.Tensor];
        assert.ok(Number.isFinite(made.dataSync()[0]));
        if (memory)
          assert.deepEqual(
            [...memory.dataSync()],
            [...data[0].dataSync()].map((each) => Math.max(0, each)),
          );
        tf.dispose([made, ...data]);
      }
      assert.match(planner.refusal(batchThenGone()) ?? '', why);
      assert.equal(planner.replays, 0);
      memory?.dispose();
      memory = undefined;
    });

  it('passes on an error while it records, and trains on afterwards', () => {
    let fail = false;
    const failing: Step = (data) => {
      if (fail)
        tf.tidy(() => tf.relu(data[0] as tfjs.Tensor).matMul(variables[0].transpose<tfjs.Tensor2D>()));
      return step(data);
    };
    for (let i = 0; i < 6; i++) {
      const data = batch();
      fail = i === 1;
      const run = () => tf.dispose(planner.run(data, failing));
      if (fail) assert.throws(run, /matMul/);
      else run();
      tf.dispose(data as unknown as tfjs.Tensor[]);
    }
    assert.ok(planner.replays >= 2, `${planner.replays} steps by a plan`);
  });

  /** For looking up what is known of such a batch. */
  function batchThenGone(): Batch {
    const data = batch();
    tf.dispose(data as unknown as tfjs.Tensor[]);
    return data;
  }
});

describe('an arena', () => {
  it('gives out places that never overlap, takes all back, and grows where it has to', () => {
    const random = Random.from(7, 'arena');
    // Two stretches that touch are not one: they were given at different times.
    const stretches = [
      { start: 1008, end: 2000 },
      { start: 2000, end: 3008 },
    ];
    let next = 10_000;
    const more = (bytes: number) => (next += 1000 + bytes) - bytes;
    const arena = new Arena(stretches, more);
    const held = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      if (random.next() < 0.55) {
        const bytes = 1 + Math.floor(random.next() * 300);
        const at = arena.take(bytes);
        assert.ok(
          stretches.some(({ start, end }) => at >= start && at + bytes <= end) && arena.holds(at),
          'inside',
        );
        for (const [start, size] of held) assert.ok(at + bytes <= start || at >= start + size, 'apart');
        held.set(at, bytes);
      } else {
        const some = [...held.keys()][Math.floor(random.next() * held.size)];
        if (some === undefined) continue;
        held.delete(some);
        arena.giveBack(some);
      }
    }
    for (const at of held.keys()) arena.giveBack(at);
    const before = stretches.length;
    for (const { start, end } of [...stretches].sort((a, b) => b.end - b.start - (a.end - a.start)))
      assert.ok(
        stretches.some((each) => each.end - each.start === end - start && arena.take(end - start) >= 0),
        `${start}`,
      );
    assert.equal(stretches.length, before, 'every stretch was whole again');
    arena.take(1);
    assert.equal(stretches.length, before + 1);
  });
});
