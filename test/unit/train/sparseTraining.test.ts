import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
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
import { Random } from '../../../src/data/random';
import { countActive, type SparsityMethod } from '../../../src/sparse';
import { sparsePlan } from '../../../src/train/sparsePlan';
import { freshSlot, reordered, slotsOf, takeSnapshot } from '../../../src/train/sparseSlots';
import { packSparse, unpackSparse } from '../../../src/train/sparseState';
import { alive, backends, loadWithOwnKernels } from '../kernels/ownKernels';
import { isNm } from '../sparse/random';

type Sparse = InstanceType<ReturnType<typeof loadWithOwnKernels>['SparseTraining']>;

const steps = 40;
const dynamic = { sparsity: 0.8, updateEvery: 5, until: 0.75 } as const;
const methods: SparsityMethod[] = [
  staticSparse({ sparsity: 0.8 }),
  set(dynamic),
  snfs(dynamic),
  rigl(dynamic),
  rigl({ ...dynamic, averageGradients: 3, growInit: 'normal', growScale: 0.1 }),
  gradualMagnitude({ sparsity: 0.8, updateEvery: 4 }),
  snip({ sparsity: 0.8, batches: 2 }),
  lotteryTicket({ sparsity: 0.5, pruneShare: 0.3, rewindTo: 3 }),
  lotteryTicket({ sparsity: 0.5, pruneShare: 0.3, control: 'randomReinit' }),
  nm({ n: 1, m: 4 }),
  nm({ n: 2, m: 4, decay: 0 }),
  block({ ...dynamic, shape: [4, 2] }),
  constantFanIn({ ...dynamic, dropFraction: 0.5 }),
];
const optimizers: Record<string, (tf: typeof tfjs) => tfjs.Optimizer> = {
  sgd: (tf) => tf.train.sgd(0.1),
  momentum: (tf) => tf.train.momentum(0.1, 0.9, true),
  adam: (tf) => tf.train.adam(0.01),
  adamax: (tf) => tf.train.adamax(0.01),
  rmsprop: (tf) => tf.train.rmsprop(0.005, 0.9, 0.5),
  adagrad: (tf) => tf.train.adagrad(0.1),
  adadelta: (tf) => tf.train.adadelta(1),
  adamW: (tf) => new (tf as unknown as ReturnType<typeof loadWithOwnKernels>).AdamWOptimizer(0.01),
};

for (const backend of backends)
  describe(`sparse training on ${backend}`, function () {
    this.timeout(60_000);
    const tf = loadWithOwnKernels();
    let random: Random;
    let model: tfjs.LayersModel;
    let optimizer: tfjs.Optimizer;
    let sparse: Sparse | undefined;
    let before_: ReturnType<typeof alive>;
    let trainings = 0;

    before(async () => {
      await tf.setBackend(backend);
    });
    beforeEach(() => {
      before_ = alive(tf);
    });
    afterEach(() => {
      end();
      // An optimizer of TensorFlow.js leaves up to two scalars.
      assert.ok(
        alive(tf).tensors - before_.tensors <= 2 * trainings,
        `${alive(tf).tensors - before_.tensors}`,
      );
      trainings = 0;
    });

    function begin(make = optimizers.momentum as (typeof optimizers)[string]): void {
      trainings++;
      random = Random.from(5, 'sparse training');
      const init = (seed: number) => ({ kernelInitializer: tf.initializers.glorotNormal({ seed }) });
      model = tf.sequential({
        layers: [
          tf.layers.conv2d({
            inputShape: [8, 8, 2],
            filters: 8,
            kernelSize: 3,
            activation: 'relu',
            ...init(1),
          }),
          tf.layers.batchNormalization({}),
          tf.layers.flatten(),
          tf.layers.dense({ units: 16, activation: 'relu', ...init(2) }),
          tf.layers.dense({ units: 4, activation: 'softmax', ...init(3) }),
        ],
      });
      optimizer = make(tf as unknown as typeof tfjs);
      model.compile({ optimizer, loss: 'categoricalCrossentropy' });
    }

    function end(): void {
      sparse?.dispose();
      if (sparse) {
        model.dispose();
        optimizer.dispose();
      }
      sparse = undefined;
    }

    const numbers = (size: number) => Float32Array.from({ length: size }, () => random.normal());
    async function step(): Promise<number> {
      const xs = tf.tensor(numbers(6 * 128), [6, 8, 8, 2]);
      const ys = tf.oneHot(
        Array.from({ length: 6 }, () => random.int(4)),
        4,
      );
      const loss = (await model.trainOnBatch(xs, ys)) as number;
      tf.dispose([xs, ys]);
      return loss;
    }
    const valuesOf = (variable: tfjs.Tensor) => variable.dataSync<'float32'>().slice();

    function assertZeroWhereMasked(training: Sparse, what: string): void {
      const initial = (optimizer as unknown as { initialAccumulatorValue?: number }).initialAccumulatorValue;
      for (const [i, { variable, name }] of training.weights.entries()) {
        const mask = training.masks[i] as Uint8Array;
        for (const tensor of [variable, ...slotsOf(optimizer, variable)]) {
          const fill = tensor === variable ? 0 : (initial ?? 0);
          const wrong = valuesOf(tensor).findIndex(
            (value, j) => mask[j] === 0 && value !== Math.fround(fill),
          );
          assert.equal(wrong, -1, `${what}: ${name}, ${tensor.name} at ${wrong}`);
        }
      }
    }

    for (const [i, method] of methods.entries())
      it(`${method.method} (${i}) trains, and keeps weights and slots zero where masks are`, async () => {
        begin();
        sparse = new tf.SparseTraining(tf, model, optimizer, method, { seed: 3, totalSteps: steps });
        const first = await sparse.begin();
        const followsWeights = method.method === 'nm' && method.decay > 0;
        let updates = 0;
        const ever = first.masks.map((mask) => mask.slice());
        for (let n = 1; n <= steps; n++) {
          assert.ok(Number.isFinite(await step()));
          assert.equal(sparse.step, n);
          if (await sparse.afterStep(6)) updates++;
          for (const [i, mask] of sparse.masks.entries())
            for (const [place, bit] of mask.entries()) if (bit === 1) (ever[i] as Uint8Array)[place] = 1;
          if (!followsWeights) assertZeroWhereMasked(sparse, `${method.method}, step ${n}`);
        }
        const { density, everActive, trainingFlops, denseTrainingFlops } = sparse.report();
        const count = (masks: readonly Uint8Array[]) =>
          masks.reduce((sum, mask) => sum + countActive(mask), 0);
        const size = ever.reduce((sum, mask) => sum + mask.length, 0);
        assert.equal(everActive, count(ever) / size);
        const target = method.method === 'nm' ? method.n / method.m : 1 - method.sparsity;
        assert.ok(Math.abs(density - target) < 0.03, `density ${density}`);
        assert.ok(trainingFlops > 0 && trainingFlops < denseTrainingFlops);
        const plan = sparsePlan(method, sparse.weights, sparse.account, steps);
        const { uncertain } = plan;
        const planned = plan.training(() => 6);
        const kept = sparse.masks.map(countActive);
        if (!uncertain) assert.deepEqual(plan.active, kept);
        // A convolution's weights do more work than others.
        assert.equal(planned === undefined, uncertain?.of === 'shares');
        if (planned) assert.equal(denseTrainingFlops, planned.denseFlops, 'dense FLOPs as planned');
        if (planned && !uncertain) assert.equal(trainingFlops, planned.flops, 'sparse FLOPs as planned');
        else if (planned) assert.ok(Math.abs(trainingFlops / planned.flops - 1) < 0.1, `${planned.flops}`);
        const changing = !['staticSparse', 'nm'].includes(method.method);
        assert.equal(updates > 0, changing);
        if (changing) assert.notDeepEqual(sparse.masks, first.masks);
        if (method.method === 'nm')
          for (const { variable, shape } of sparse.weights) {
            const mask = Uint8Array.from(valuesOf(variable), (value) => (value === 0 ? 0 : 1));
            assert.ok(isNm(mask, shape, method.n, method.m));
          }
      });

    for (const [name, make] of Object.entries(optimizers))
      it(`keeps slots of ${name} zero where masks are`, async () => {
        begin(make);
        sparse = new tf.SparseTraining(tf, model, optimizer, rigl({ ...dynamic, updateEvery: 3 }), {
          totalSteps: 12,
        });
        await sparse.begin();
        let grown = 0;
        for (let n = 1; n <= 12; n++) {
          const { masks } = sparse;
          await step();
          await sparse.afterStep();
          if (n > 3) assertZeroWhereMasked(sparse, `${name}, step ${n}`);
          for (const [i, { variable }] of sparse.weights.entries())
            for (const slot of slotsOf(optimizer, variable)) {
              const fill = Math.fround(freshSlot(optimizer));
              for (const [place, value] of valuesOf(slot).entries()) {
                if (masks[i]?.[place] !== 0 || sparse.masks[i]?.[place] !== 1) continue;
                assert.equal(value, fill, `${name}: ${slot.name} of a new weight, step ${n}`);
                grown++;
              }
            }
        }
        assert.equal(grown > 0, name !== 'sgd');
      });

    it("RigL's update takes the place of the weight step; kept weights keep value and momentum", async () => {
      begin();
      sparse = new tf.SparseTraining(tf, model, optimizer, rigl({ ...dynamic, updateEvery: 4 }), {
        totalSteps: 100,
      });
      await sparse.begin();
      for (let n = 1; n <= 3; n++) {
        await step();
        await sparse.afterStep();
      }
      const watched = sparse.weights.flatMap(({ variable }) => [variable, ...slotsOf(optimizer, variable)]);
      const bias = model.layers[3]?.getWeights()[1] as tfjs.Tensor;
      const before = [...watched, bias].map(valuesOf);
      const masks = sparse.masks;
      await step();
      assert.deepEqual([...watched, bias].map(valuesOf), before);
      assert.deepEqual((await sparse.afterStep())?.step, 4);
      let kept = 0;
      let grown = 0;
      for (const [i, { variable }] of sparse.weights.entries())
        for (const [j, tensor] of [variable, ...slotsOf(optimizer, variable)].entries()) {
          const values = valuesOf(tensor);
          const old = before[2 * i + j] as Float32Array;
          for (const [place, value] of values.entries()) {
            const was: number | undefined = masks[i]?.[place];
            const is: number | undefined = sparse.masks[i]?.[place];
            assert.equal(value, was === 1 && is === 1 ? old[place] : 0);
            if (was === 1 && is === 1) kept++;
            if (was === 0 && is === 1) grown++;
          }
        }
      assert.ok(kept > 0 && grown > 0);
      assert.deepEqual(sparse.masks.map(countActive), masks.map(countActive));
    });

    it('refuses to go on where nobody awaits the update, and to be made twice', async () => {
      begin();
      sparse = new tf.SparseTraining(tf, model, optimizer, rigl({ ...dynamic, updateEvery: 2, until: 100 }));
      await sparse.begin();
      await step();
      await step();
      const { tensors } = alive(tf);
      await assert.rejects(step(), /await sparse\.afterStep\(\)/);
      // A step that throws leaves its batch and gradients.
      before_ = { ...before_, tensors: before_.tensors + alive(tf).tensors - tensors };
      await sparse.afterStep();
      await step();
      assert.throws(() => new tf.SparseTraining(tf, model, optimizer, rigl(dynamic)), /sparse already/);
    });

    it('needs gradients in full of one training while another goes on', async () => {
      begin();
      sparse = new tf.SparseTraining(tf, model, optimizer, rigl({ ...dynamic, updateEvery: 4 }), {
        totalSteps: 100,
      });
      await sparse.begin();
      const alone = await masksAfterUpdate(sparse);
      end();
      begin();
      sparse = new tf.SparseTraining(tf, model, optimizer, rigl({ ...dynamic, updateEvery: 4 }), {
        totalSteps: 100,
      });
      await sparse.begin();
      const otherModel = tf.sequential({ layers: [tf.layers.dense({ inputShape: [8], units: 4 })] });
      const otherOptimizer = tf.train.sgd(0.1);
      const other = new tf.SparseTraining(tf, otherModel, otherOptimizer, staticSparse({ sparsity: 0.5 }));
      await other.begin();
      const between = () => {
        const cost = () => (otherModel.apply(tf.ones([2, 8])) as tfjs.Tensor).mean<tfjs.Scalar>();
        tf.tidy(() => void otherOptimizer.minimize(cost));
      };
      assert.deepEqual(await masksAfterUpdate(sparse, between), alone);
      other.dispose();
      otherModel.dispose();
      otherOptimizer.dispose();
    });

    async function masksAfterUpdate(training: Sparse, between: () => void = () => undefined) {
      for (let n = 1; n <= 4; n++) {
        between();
        await step();
        await training.afterStep();
      }
      return training.masks;
    }

    it('new weights begin with what growInit says, their slots with zero', async () => {
      begin();
      const method = rigl({ ...dynamic, updateEvery: 4, growInit: 'gradientSign', growScale: 0.25 });
      sparse = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 100 });
      await sparse.begin();
      for (let n = 1; n <= 3; n++) {
        await step();
        await sparse.afterStep();
      }
      const { masks } = sparse;
      const before = sparse.weights.map(({ variable }) => valuesOf(variable));
      await step();
      await sparse.afterStep();
      let grown = 0;
      for (const [i, { variable }] of sparse.weights.entries()) {
        const slots = slotsOf(optimizer, variable).map(valuesOf);
        for (const [place, value] of valuesOf(variable).entries()) {
          const [was, is] = [masks[i]?.[place], sparse.masks[i]?.[place]] as [number, number];
          if (was === 1 || is === 0) assert.equal(value, is === 1 ? before[i]?.[place] : 0);
          else {
            assert.ok([0.25, 0, -0.25].includes(value), `${value}`);
            assert.ok(slots.length > 0 && slots.every((slot) => slot[place] === 0));
            if (value !== 0) grown++;
          }
        }
      }
      assert.ok(grown > 0);
      await step();
    });

    it('a lottery ticket returns to the weights of its step', async () => {
      begin();
      const method = lotteryTicket({ sparsity: 0.2, rewindTo: 3 });
      sparse = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 20 });
      await sparse.begin();
      let kept: Float32Array[] = [];
      const all = () => model.weights.map((weight) => valuesOf(weight.read()));
      for (let n = 1; n <= 10; n++) {
        await step();
        await sparse.afterStep();
        if (n === 3) kept = all();
      }
      const sparseAt = new Map(sparse.weights.map(({ variable }, i) => [variable.name, i]));
      for (const [i, weight] of model.weights.entries()) {
        const mask: Uint8Array | undefined =
          sparse.masks[sparseAt.get((weight.read() as tfjs.Variable).name) ?? -1];
        const expected: Float32Array | undefined = kept[i]?.map((value, place) =>
          mask?.[place] === 0 ? 0 : value,
        );
        assert.deepEqual(valuesOf(weight.read()), expected, weight.name);
      }
    });

    it("lottery tickets' controls return to other initial weights, or to the own ones in a random mask", async () => {
      const weightsAfter = async (control: 'none' | 'randomReinit' | 'randomPrune') => {
        begin();
        const method = lotteryTicket({ sparsity: 0.2, control });
        sparse = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 20 });
        const initial = sparse.weights.map(({ variable }) => valuesOf(variable));
        await sparse.begin();
        for (let n = 1; n <= 10; n++) {
          await step();
          await sparse.afterStep();
        }
        const found = sparse.weights.map(({ variable }) => valuesOf(variable));
        const { masks } = sparse;
        end();
        return { initial, found, masks };
      };
      const ticket = await weightsAfter('none');
      const reinit = await weightsAfter('randomReinit');
      const pruned = await weightsAfter('randomPrune');
      const masked = ({ initial, masks }: typeof ticket) =>
        initial.map((values, i) => values.map((value, place) => (masks[i]?.[place] === 1 ? value : 0)));
      assert.deepEqual(ticket.found, masked(ticket));
      assert.deepEqual(pruned.found, masked(pruned));
      assert.notDeepEqual(pruned.masks, ticket.masks);
      assert.deepEqual(reinit.masks, ticket.masks);
      for (const [i, values] of reinit.found.entries()) {
        const own = new Set(reinit.initial[i]);
        assert.ok(values.every((value, place) => reinit.masks[i]?.[place] === 0 || own.has(value)));
        assert.notDeepEqual(values, ticket.found[i]);
      }
    });

    it('other initial weights leave biases as they are: an LSTM begins by remembering', async () => {
      trainings++;
      let net!: tfjs.Sequential;
      // Initial biases of several gates are put together, and what of is left behind.
      tf.tidy(() => {
        const lstm = tf.layers.lstm({ inputShape: [3, 2], units: 4, unitForgetBias: true });
        net = tf.sequential({ layers: [lstm, tf.layers.dense({ units: 1 })] });
      });
      const own = await takeSnapshot(tf, net, tf.train.sgd(0.1));
      const other = reordered(own, net, Random.from(1, 'other'));
      for (const [i, { name, shape }] of net.weights.entries()) {
        const [before, after] = [own.values.get(`weight/${i}`), other.values.get(`weight/${i}`)];
        assert.ok(before && after);
        if (shape.length === 1) assert.deepEqual(after, before, name);
        else {
          assert.notDeepEqual(after, before, name);
          assert.deepEqual([...after].sort(), [...before].sort(), name);
        }
      }
      // Four gates of four: only what is remembered begins with ones.
      const bias = other.values.get('weight/2');
      assert.deepEqual([...(bias ?? [])], [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
      net.dispose();
    });

    it('SR-STE pulls masked weights towards zero, and steps by the gradient of masked ones', async () => {
      trainings++;
      const layer = tf.layers.dense({ inputShape: [4], units: 1, useBias: false });
      model = tf.sequential({ layers: [layer] });
      layer.setWeights([tf.tensor2d([[4], [3], [-2], [1]])]);
      optimizer = tf.train.sgd(0.5);
      sparse = new tf.SparseTraining(tf, model, optimizer, nm({ n: 2, m: 4, decay: 0.1 }));
      await sparse.begin();
      const kernel = sparse.weights[0]?.variable as tfjs.Variable;
      const shown = () => [...valuesOf(kernel)].map((value) => Number(value.toFixed(5)) || 0);
      assert.deepEqual(shown(), [4, 3, 0, 0]);
      // The loss is the output, so the gradient is the input; masked weights get 0.1 of themselves on top.
      const train = async (...x: number[]) => {
        const cost = () => (model.apply(tf.tensor2d([x])) as tfjs.Tensor).sum<tfjs.Scalar>();
        tf.tidy(() => void optimizer.minimize(cost));
        await sparse?.afterStep();
        return shown();
      };
      // Dense: 4 - 0.5 * 2, 3 - 0.5 * 4, -2 - 0.5 * (1 - 0.2), 1 - 0.5 * (0 + 0.1).
      assert.deepEqual(await train(2, 4, 1, 0), [3, 0, -2.4, 0]);
      // Dense: 3, 1, -2.4, 0.95; then the masked are 1 - 0.05 and 0.95 - 0.0475 - 0.5 * -4.
      assert.deepEqual(await train(0, 0, 0, -4), [3, 0, 0, 2.9025]);
    });

    it('goes on from what was captured as if nothing had happened', async () => {
      for (const method of methods) {
        const whole = await train(method);
        const halves = await train(method, 17);
        assert.deepEqual(halves, whole, method.method);
      }
    });

    /** Losses of a training, in which another training takes over after step `until`. */
    async function train(method: SparsityMethod, until?: number): Promise<number[]> {
      begin();
      const make = () => new tf.SparseTraining(tf, model, optimizer, method, { seed: 3, totalSteps: steps });
      sparse = make();
      await sparse.begin();
      const losses: number[] = [];
      for (let n = 1; n <= steps; n++) {
        losses.push(await step());
        await sparse.afterStep();
        if (n !== until) continue;
        const { described, bytes } = packSparse(await sparse.capture());
        const extra = Object.entries(tf.engine().registeredVariables)
          .filter(([name]) => /\/(average|dense)$/.test(name))
          .map(([name, variable]) => [name, valuesOf(variable)] as const);
        sparse.dispose();
        sparse = make();
        for (const [name, values] of extra)
          tf.assignValues(tf.engine().registeredVariables[name] as tfjs.Variable, values);
        sparse.restore(unpackSparse(described, bytes));
      }
      const { trainingFlops, everActive } = sparse.report();
      losses.push(...sparse.masks.map(countActive), trainingFlops, everActive);
      end();
      return losses;
    }
  });

describe('sparse training with plans', () => {
  const tf = loadWithOwnKernels();
  before(async () => {
    await tf.setBackend('wasm');
  });

  const slow = { ...dynamic, updateEvery: 25 };
  for (const method of [rigl(slow), snfs(slow), gradualMagnitude({ sparsity: 0.8, updateEvery: 25 })])
    it(`gives the same bits with ${method.method} as without`, async () => {
      const planned = await train(true);
      assert.deepEqual(planned.losses, (await train(false)).losses);
      assert.ok(planned.replays > 60, `${planned.replays} steps by a plan`);

      async function train(plans: boolean) {
        const random = Random.from(5, 'plans');
        const model = tf.sequential({
          layers: [
            tf.layers.dense({
              inputShape: [12],
              units: 20,
              activation: 'relu',
              kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
            }),
            tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }) }),
          ],
        });
        const optimizer = tf.train.adam(0.01);
        const sparse = new tf.SparseTraining(tf, model, optimizer, method, { totalSteps: 120 });
        await sparse.begin();
        const planner = new tf.StepPlanner(tf);
        const update = ([x, y]: readonly (tfjs.Tensor | null | undefined)[]) => {
          const cost = () => {
            const made = model.apply(x as tfjs.Tensor) as tfjs.Tensor;
            return tf.squaredDifference(y as tfjs.Tensor, made).mean<tfjs.Scalar>();
          };
          return [optimizer.minimize(cost, true) as tfjs.Tensor];
        };
        const losses: number[] = [];
        for (let n = 0; n < 120; n++) {
          const data = [12, 3].map((width) =>
            tf.tensor(
              Float32Array.from({ length: 8 * width }, () => random.normal()),
              [8, width],
            ),
          );
          const { irregular } = sparse;
          const [loss] = sparse.around(() =>
            plans && !irregular ? planner.run(data, update) : update(data),
          );
          losses.push(loss?.dataSync()[0] ?? NaN);
          tf.dispose([...data, loss]);
          await sparse.afterStep();
        }
        for (const { variable } of sparse.weights) losses.push(...variable.dataSync());
        const { replays } = planner;
        planner.dispose();
        sparse.dispose();
        model.dispose();
        optimizer.dispose();
        return { losses, replays };
      }
    });
});
