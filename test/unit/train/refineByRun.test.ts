import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import { readPrediction, writePrediction, type RunPrediction } from '../../../src/runs/prediction';
import { Recent } from '../../../src/runs/recent';
import { deviceFor, rememberProfile } from '../../../src/train/profileStore';
import { refineByRun } from '../../../src/train/refineByRun';
import { version } from '../../../package.json';
import { freshFolder } from '../runs/runFolder';

describe('what a run corrects of later predictions', () => {
  const folder = freshFolder();
  const { COMPUTE_LENS_CACHE: earlier } = process.env;
  const spread = { p5: 0.9, p50: 1, p95: 1.1 };
  const subject = {
    ...({ host: os.hostname(), cpu: 'x', cores: 2, backend: 'wasm', detail: 'x', threads: 2 } as const),
    ...{ node: '20', version, build: 'x' },
  } as const;
  let prediction: RunPrediction;
  beforeEach(async () => {
    process.env.COMPUTE_LENS_CACHE = path.join(folder(), 'cache');
    const residual = { p5: 0.8, p50: 1, p95: 1.3 };
    await rememberProfile(subject, { secondsPer: {}, stepSeconds: 1, fuses: true, residual, samples: 9 });
    prediction = {
      model: 'net',
      backend: 'wasm',
      calibratedAt: (await deviceFor('wasm'))?.measuredAt ?? '',
      ...{ runs: 0, dense: false, calibratedSeconds: 0.01, stepSeconds: spread, sources: [] },
    };
  });
  after(() => {
    if (earlier === undefined) delete process.env.COMPUTE_LENS_CACHE;
    else process.env.COMPUTE_LENS_CACHE = earlier;
  });
  const steps = (count: number) => {
    const recent = new Recent();
    for (let i = 0; i < count; i++) recent.add(i === 0 ? 5 : 0.012);
    return recent;
  };
  const runs = async () => (await deviceFor('wasm'))?.runs;

  it('is the median of its steps by what calibration alone predicted', async () => {
    await writePrediction(folder(), prediction);
    assert.deepEqual(await readPrediction(folder()), prediction);
    await refineByRun(folder(), 'wasm', steps(20));
    assert.deepEqual(await runs(), { net: 1.2 });
  });

  it('is nothing without a prediction, of few steps, of another backend, of sparse or of earlier calibrations', async () => {
    await refineByRun(folder(), 'wasm', steps(20));
    await writePrediction(folder(), prediction);
    await refineByRun(folder(), 'wasm', steps(19));
    await refineByRun(folder(), 'cpu', steps(20));
    await writePrediction(folder(), { ...prediction, dense: true });
    await refineByRun(folder(), 'wasm', steps(20));
    await writePrediction(folder(), { ...prediction, calibratedAt: '2020-01-01T00:00:00.000Z' });
    await refineByRun(folder(), 'wasm', steps(20));
    assert.deepEqual(await runs(), {});
  });
});
