import assert from 'node:assert/strict';
import { addAmounts, addFusedLayer, executedAmounts, type OpenAmounts } from '../../../src/cost/amounts';
import { fitProfile, type DeviceProfile, type StepSample } from '../../../src/cost/deviceProfile';
import { fitWeights } from '../../../src/math/leastSquares';
import { predictPart, predictStep, predictTraining } from '../../../src/cost/predict';
import { refined } from '../../../src/cost/refine';
import type { ModelCost } from '../../../src/cost/modelCost';
import { model } from '../editor/costFixtures';

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

/** What an imagined device takes, and steps on it in many proportions. */
const truth = { calls: 2e-6, 'product.macs': 4e-11, 'map.bytes': 1e-10 };
function steps(count: number, noise: number, seed = 7): StepSample[] {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const amounts = {
      calls: 10 + 200 * next(),
      'product.macs': 10 ** (5 + 3 * next()),
      'map.bytes': 10 ** (4 + 3 * next()),
    };
    const exact = Object.entries(truth).reduce(
      (sum, [name, each]) => sum + each * amounts[name as keyof typeof truth],
      1e-5,
    );
    return { amounts, seconds: exact * Math.exp(noise * (2 * next() - 1)) };
  });
}

describe('weights fitted to measurements', () => {
  it('are those that the measurements were made of', () => {
    const rows = [
      [1, 0],
      [1, 10],
      [2, 3],
      [5, 1],
    ];
    const found = fitWeights(
      rows,
      rows.map(([a = 0, b = 0]) => 2 * a + 0.5 * b),
    );
    assert.ok(Math.abs((found[0] ?? 0) - 2) < 1e-3 && Math.abs((found[1] ?? 0) - 0.5) < 1e-3, String(found));
  });

  it('are never negative, whatever was measured', () => {
    const found = fitWeights(
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [3, 2, 1],
    );
    assert.ok(
      found.every((each) => each >= 0),
      String(found),
    );
  });
});

describe('the profile of a device', () => {
  it('predicts steps that it was not fitted to, within an interval that holds nine of ten', () => {
    const profile = fitProfile(steps(40, 0.1), true);
    const others = steps(200, 0.1, 99);
    const errors = others.map(({ amounts, seconds }) =>
      Math.abs(predictStep(amounts, profile).p50 / seconds - 1),
    );
    errors.sort((a, b) => a - b);
    assert.ok((errors[100] ?? 1) < 0.08, `median error ${errors[100]}`);
    const inside = others.filter(({ amounts, seconds }) => {
      const { p5, p95 } = predictStep(amounts, profile);
      return seconds >= p5 && seconds <= p95;
    });
    assert.ok(inside.length > 160, `${inside.length} of 200 inside`);
    assert.equal(profile.samples, 40);
  });

  it('hardly moves where a few measurements were disturbed', () => {
    const samples = steps(40, 0.02).map((sample, i) =>
      i % 10 === 0 ? { ...sample, seconds: 3 * sample.seconds } : sample,
    );
    const { secondsPer } = fitProfile(samples, true);
    for (const [name, value] of Object.entries(truth))
      assert.ok(Math.abs((secondsPer[name] ?? 0) / value - 1) < 0.3, `${name}: ${secondsPer[name]}`);
  });

  it('is none with too few measurements', () => {
    assert.throws(() => fitProfile(steps(5, 0), true), /cannot be known by 5 steps/);
  });

  const profile: DeviceProfile = {
    secondsPer: { calls: 1e-6, 'product.macs': 1e-10, 'map.bytes': 1e-9 },
    stepSeconds: 1e-3,
    fuses: true,
    residual: { p5: 0.8, p50: 1, p95: 1.5 },
    samples: 40,
  };

  it('says what bounds a part of a step', () => {
    assert.equal(predictPart({ calls: 3, 'product.macs': 1e6 }, profile).bound, 'compute');
    assert.equal(predictPart({ calls: 3, 'map.bytes': 1e6 }, profile).bound, 'memory');
    const { bound, seconds } = predictPart({ calls: 300, 'map.bytes': 100 }, profile);
    assert.equal(bound, 'overhead');
    assert.ok(Math.abs(seconds - (300e-6 + 1e-7)) < 1e-12);
  });

  it("predicts a whole training where its length is known, and nothing where a step is a user's own", () => {
    const net: ModelCost = model('net', '/work/net.ts', 1, []);
    const work = { ...net.work, backward: { ...net.work.backward, kernels: 2 } };
    const trained: ModelCost = { ...net, work, plan: { epochs: 2, stepsPerEpoch: 50 } };
    const predicted = predictTraining(trained, profile);
    assert.ok(predicted?.runSeconds);
    assert.equal(predicted.runSeconds.p50, 100 * predicted.stepSeconds.p50);
    assert.equal(predictTraining({ ...trained, plan: { epochs: 2 } }, profile)?.runSeconds, undefined);
    assert.equal(predictTraining({ ...trained, ownStep: true }, profile), undefined);
    assert.ok(predictTraining({ ...trained, ownStep: true }, { ...profile, fuses: false }));
  });

  it('moves towards what real runs took, and widens where they lie outside', () => {
    assert.deepEqual(refined(profile, []), profile);
    const { residual } = refined(profile, [1.2, 1.2, 1.2, 1.2, 1.2, 1.2]);
    assert.ok(residual.p50 > 1.1 && residual.p50 < 1.2, String(residual.p50));
    const wide = refined(profile, [2.5, 0.4]).residual;
    assert.ok(wide.p95 / wide.p50 > 1.5 && wide.p5 / wide.p50 < 0.8, JSON.stringify(wide));
    assert.ok(wide.p5 <= wide.p50 && wide.p50 <= wide.p95);
  });

  it('leaves out runs that were of something else', () => {
    assert.deepEqual(refined(profile, [50, 0.01]), profile);
  });
});

describe('what takes a device its time', () => {
  const tensor = (...shape: number[]) => ({ shape, dtype: 'float32' });
  const product = {
    kernel: '_FusedMatMul',
    inputs: [tensor(8, 20), tensor(20, 10)],
    outputs: [tensor(8, 10)],
    attrs: {},
  };
  const add = { kernel: 'Add', inputs: [tensor(8, 10), tensor(10)], outputs: [tensor(8, 10)], attrs: {} };

  it('is multiply-accumulates in whole vectors, what they read, and bytes', () => {
    const amounts: OpenAmounts = {};
    addAmounts(amounts, product, { phase: 'forward', layer: 'Dense' });
    assert.deepEqual(amounts, {
      'product.calls': 1,
      'product.macs': 8 * 20 * 16,
      'product.reads': 4 * 8 * 20,
      'product.bytes': 4 * (160 + 200 + 80),
    });
  });

  it('takes sums of the gradients of what is used twice for no part of a loss', () => {
    const amounts: OpenAmounts = {};
    addAmounts(amounts, add, { phase: 'backward' });
    assert.deepEqual(executedAmounts(amounts, true), { calls: 1, 'map.bytes': 4 * (80 + 10 + 80) });
  });

  it('counts kernels of a normalisation, a loss and an update apart where these are one kernel each', () => {
    const amounts: OpenAmounts = {};
    addAmounts(amounts, add, { phase: 'forward', layer: 'BatchNormalization' });
    addAmounts(amounts, { ...add, kernel: 'Multiply' }, { phase: 'backward' });
    addAmounts(amounts, add, { phase: 'optimizer' });
    addFusedLayer(amounts, 'BatchNormalization', 80);
    const bytes = 4 * (80 + 10 + 80);
    assert.deepEqual(executedAmounts(amounts, true), {
      'loss.bytes': bytes,
      'update.flops': 80,
      'batchNorm.calls': 2,
      'batchNorm.bytes': 320,
    });
    assert.deepEqual(executedAmounts(amounts, false), { calls: 3, 'map.bytes': 3 * bytes });
  });

  it('is nothing for another name of the same numbers', () => {
    const amounts: OpenAmounts = {};
    addAmounts(amounts, { ...add, kernel: 'Reshape' }, { phase: 'forward', alias: true, layer: 'Flatten' });
    assert.deepEqual(amounts, {});
  });
});
