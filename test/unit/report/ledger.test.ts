import assert from 'node:assert/strict';
import { carbonIntensity } from '../../../src/cost/carbon';
import type { Surroundings } from '../../../src/cost/budget';
import { sumUp } from '../../../src/report/ledger';
import { cpu, run, start, step } from './runs';

const surroundings: Surroundings = {
  intensity: carbonIntensity(400),
  pue: 1.5,
  prices: { perKwh: 0.3, perGpuHour: 2, currency: 'EUR' },
};

/** Finished; failed; stopped, then resumed and finished; killed, resumed, and killed again; on a GPU. */
const workspace = [
  run('finished', 'finished', [
    {
      from: 0,
      to: 100,
      outcome: 'finished',
      events: [
        start(1),
        step(2, 1, 1000),
        step(3, 2, 2000),
        { at: 4, type: 'eval', step: 2, epoch: 0, metrics: { loss: 1 }, ms: 1, flops: 500 },
      ],
      energy: [cpu(3600, 100)],
    },
  ]),
  run('failed', 'failed', [
    {
      from: 200,
      to: 210,
      outcome: 'failed',
      events: [start(201), step(202, 1, 1000)],
      energy: [cpu(100, 10)],
    },
  ]),
  run('resumed', 'finished', [
    {
      from: 300,
      to: 320,
      outcome: 'stopped',
      events: [start(301), step(302, 1, 1000)],
      energy: [cpu(200, 20)],
    },
    {
      from: 400,
      to: 450,
      outcome: 'finished',
      events: [start(401, 2, 1000), step(402, 2, 2000), step(403, 3, 3000)],
      energy: [cpu(500, 50)],
    },
  ]),
  run('killed', 'crashed', [
    {
      from: 500,
      events: [
        start(501),
        step(510, 1, 1000),
        step(520, 2, 2000),
        step(530, 3, 3000),
        { at: 525, type: 'energy', step: 2, parts: [cpu(300, 25, 'estimated')] },
        step(540, 4, 4000),
      ],
    },
    // Its checkpoint was of step 2: steps 3 and 4 are done again, and count again.
    { from: 600, events: [start(601, 3, 2000), step(602, 3, 3000), step(603, 4, 4000)] },
  ]),
  run('gpu', 'stopped', [
    {
      from: 700,
      to: 1060,
      outcome: 'stopped',
      backend: 'webgpu',
      events: [start(701)],
      energy: [cpu(7200, 360)],
    },
  ]),
];

describe('ledger', () => {
  const ledger = sumUp(workspace, surroundings);

  it('counts every attempt of every run, whatever became of it', () => {
    assert.equal(ledger.runs, 5);
    assert.equal(ledger.attempts, 7);
    assert.deepEqual(ledger.statuses, { finished: 2, failed: 1, crashed: 1, stopped: 1 });
  });

  it('adds up the FLOPs of all steps, those done twice too', () => {
    // 2000 + 1000 + (1000 + 2000) + (4000 + 2000)
    assert.equal(ledger.trainingFlops, 12_000);
    assert.equal(ledger.evaluationFlops, 500);
    assert.equal(ledger.steps, 2 + 1 + 1 + 2 + 4 + 2);
    assert.equal(ledger.uncountedAttempts, 0);
  });

  it('adds up hours, those of killed attempts to their last sign of life', () => {
    // wasm: 100 + 10 + 20 + 50 + (540 - 500) + (603 - 600); webgpu: 360
    assert.deepEqual(ledger.deviceSeconds, { wasm: 223, webgpu: 360 });
    assert.equal(ledger.seconds, 583);
  });

  it('adds up energy, and says of which time nothing is known', () => {
    const { joules, provenance } = ledger.energy;
    // 3600 + 100 + 200 + 500 + 300 (150 to 450, estimated) + 7200
    assert.deepEqual(joules, { low: 11_750, value: 11_900, high: 12_050 });
    assert.equal(provenance, 'estimated');
    // Of the killed attempts 40 - 25 s, and 3 s.
    assert.equal(ledger.unmeteredSeconds, 18);
  });

  it('makes CO2 and money of it', () => {
    // 11,900 J at a PUE of 1.5 are 4.9583 Wh; 400 g/kWh; 0.3 a kWh; a tenth of an hour on a GPU at 2
    near(ledger.gramsCO2e.value, 1.983_333);
    near(ledger.gramsCO2e.low, 1.958_333);
    near(ledger.cost?.value ?? 0, 0.2 + 0.001_487_5);
    assert.equal(ledger.cost?.currency, 'EUR');
    assert.equal(sumUp(workspace, { ...surroundings, prices: { currency: 'EUR' } }).cost, undefined);
  });

  it('says where FLOPs were not counted', () => {
    const old = run('old', 'finished', [
      {
        from: 0,
        to: 10,
        outcome: 'finished',
        events: [
          { at: 1, type: 'start', fromStep: 1, backend: 'wasm' },
          { at: 2, type: 'step', step: 1, epoch: 0, loss: 1, ms: 1 },
        ],
      },
    ]);
    const { uncountedAttempts, trainingFlops, unmeteredSeconds } = sumUp([old], surroundings);
    assert.deepEqual([uncountedAttempts, trainingFlops, unmeteredSeconds], [1, 0, 10]);
  });

  it('of no runs is zero', () => {
    const none = sumUp([], surroundings);
    assert.deepEqual([none.runs, none.seconds, none.trainingFlops, none.gramsCO2e.value], [0, 0, 0, 0]);
  });
});

function near(value: number, expected: number): void {
  assert.ok(Math.abs(value - expected) < 1e-5, `${value} is not ${expected}`);
}
