import assert from 'node:assert/strict';
import type * as tfjs from '@tensorflow/tfjs';
import { Random } from '../../../src/data/random';
import { loadWithOwnKernels } from '../kernels/ownKernels';
import { cases } from './cases';

const steps = 5;
/** What a case's step does that only the JavaScript which does it can do again. */
const unplanned: Record<string, RegExp> = {
  'layer categoryEncoding, multiHot': /values that are read/,
  'layer categoryEncoding, oneHot': /values that are read/,
  'layer categoryEncoding, count': /values that are read/,
};

type Data = readonly (tfjs.Tensor | null | undefined)[];
type Train = (data: Data) => tfjs.Tensor[];

describe('a plan of each case that trains', () => {
  const tf = loadWithOwnKernels();
  const model = tf.LayersModel.prototype as unknown as { makeTrainFunction: () => Train };
  const { makeTrainFunction } = model;
  const { random } = Math;
  let planner: InstanceType<typeof tf.StepPlanner> | undefined;
  let seen: Data = [];

  before(async () => {
    await tf.setBackend('wasm');
    model.makeTrainFunction = function () {
      const train = makeTrainFunction.call(this);
      return (data) => {
        seen = data;
        return planner ? planner.run(data, train) : train(data);
      };
    };
  });
  after(() => {
    model.makeTrainFunction = makeTrainFunction;
    Math.random = random;
  });

  for (const { name, make, refused } of cases)
    if (!refused)
      it(`gives what training without one gives, to the bit: ${name}`, async () => {
        const results: unknown[] = [];
        for (const planned of [true, false]) {
          const source = Random.from(1, 'case');
          Math.random = () => source.next();
          const { model: trained, x, y, compile } = make(tf);
          trained.compile(compile);
          planner = planned ? new tf.StepPlanner(tf) : undefined;
          const losses: unknown[] = [];
          for (let step = 0; step < steps; step++) losses.push(await trained.trainOnBatch(x, y));
          results.push({ losses, weights: trained.getWeights().map((weight) => [...weight.dataSync()]) });
          if (planner && unplanned[name]) assert.match(planner.refusal(seen) ?? '', unplanned[name]);
          else if (planner) assert.equal(planner.replays, steps - 2, planner.refusal(seen));
          planner?.dispose();
          trained.dispose();
          tf.dispose([x, y]);
        }
        assert.deepEqual(results[0], results[1]);
      });
});
