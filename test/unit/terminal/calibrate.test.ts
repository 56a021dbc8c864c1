import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { CalibrationReport } from '../../../src/trace/calibrate';
import { calibrationModels } from '../../../src/train/calibrationModels';
import { calibrationText } from '../../../src/terminal/calibrateCommand';
import type { PredictedSeconds } from '../../../src/cost/predict';
import type { PredictionReport } from '../../../src/train/predictionReport';
import { readPrediction } from '../../../src/runs/prediction';
import { finished, readRun, TestWorkspace, tinyExperiment } from '../train/workspace';

const residual = { p5: 0.9, p50: 1, p95: 1.25 };
const profile = { secondsPer: {}, stepSeconds: 0, fuses: true, residual, samples: 44 };

describe('the table of a calibration', () => {
  it('says how far predictions are off, and why a backend has none', () => {
    const text = calibrationText([
      { name: 'webgpu', detail: 'not installed' },
      { name: 'wasm', detail: 'TensorFlow.js', profile },
    ]);
    assert.match(text, /\| wasm +\| +44 \| +-10 % to \+25 % \| TensorFlow.js/);
    assert.match(text, /\| webgpu +\| +\| +\| not installed/);
  });
});

describe('compute-lens calibrate', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  let environment: Record<string, string>;
  before(() => {
    work = new TestWorkspace();
    // Long enough to be predicted before its end, also where others are at work.
    work.write('tiny.experiment.ts', tinyExperiment('epochs: 200,'));
    environment = { COMPUTE_LENS_CACHE: path.join(work.folder, 'cache') };
  });
  after(() => work.remove());

  const cost = async (...options: string[]) => {
    const { code, stdout, stderr } = await work.run(
      ['cost', 'tiny.experiment.ts', '--json', ...options],
      environment,
    );
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as {
      device?: { backend: string; calibratedAt: string; gigaflopsPerSecond?: number; runs: number };
      models: { predicted?: PredictionReport; measured?: { stepSeconds: number } }[];
    };
  };

  it('measures steps on a backend, after which cost predicts what steps and whole trainings take there', async () => {
    const before = await cost('--backend', 'wasm');
    assert.equal(before.device, undefined);
    assert.equal(before.models[0]?.predicted, undefined);
    const text = await work.run(['cost', 'tiny.experiment.ts'], environment);
    assert.match(text.stdout, /- time: predicted once "npx compute-lens calibrate" was run/);

    const { code, stdout, stderr } = await work.run(
      ['calibrate', '--backend', 'wasm', '--json'],
      environment,
    );
    assert.equal(code, 0, stderr);
    const [report] = JSON.parse(stdout) as CalibrationReport[];
    assert.equal(report?.name, 'wasm');
    // Where others are at work, too, the longest steps are left out.
    const { samples = 0 } = report.profile ?? {};
    assert.ok(samples > calibrationModels.length / 2 && samples <= calibrationModels.length, `${samples}`);

    const { device, models } = await cost('--backend', 'wasm', '--price-per-kwh', '0.3', '--place', 'FRA');
    assert.equal(device?.backend, 'wasm');
    assert.ok((device.gigaflopsPerSecond ?? 0) > 0.1);
    const predicted = models[0]?.predicted;
    assert.ok(predicted?.runSeconds && predicted.joules && predicted.gCO2e && predicted.cost);
    const { cost: money, ...figures } = predicted;
    for (const { p5, p50, p95 } of [...Object.values(figures as Record<string, PredictedSeconds>), money])
      assert.ok(0 < p5 && p5 <= p50 && p50 <= p95);
    // No step of so small a model takes less than a call, or as long as a blink.
    assert.ok(predicted.stepSeconds.p50 > 1e-6 && predicted.stepSeconds.p50 < 0.1);
    assert.equal(money.currency, 'USD');
    const said = await work.run(['cost', 'tiny.experiment.ts'], environment);
    assert.match(
      said.stdout,
      /- predicted on wasm: step .* nine times of ten\), training .* without evaluation/,
    );
  });

  it('says what a run of the file took beside it, which has corrected it', async () => {
    const run = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm'], environment);
    assert.equal(run.code, 0, run.stderr);
    const { device, models } = await cost('--backend', 'wasm', '--batch', '32');
    const [model] = models;
    assert.ok((model?.measured?.stepSeconds ?? 0) > 0);
    assert.equal(device?.runs, 1, 'without that anybody looked');
    const prediction = await readPrediction(work.lastRun());
    assert.equal(prediction?.backend, 'wasm');
    assert.equal(prediction.runs, 0);
    assert.match(prediction.model, /^tiny, \d+ parameters, batch 32$/);
    assert.ok((readRun(work.lastRun()).result?.stepSeconds ?? 0) > 0);
    assert.match(run.stdout, /predicted +step .* nine times of ten\); measured .*\n +training .*\n +energy/);
    const said = await work.run(['cost', 'tiny.experiment.ts', '--batch', '32'], environment);
    assert.match(said.stdout, /- measured on wasm: step .*, median in the last run/);
  });

  it('ends at once with Ctrl-C, and keeps nothing', async () => {
    const cache = path.join(work.folder, 'other');
    const child = work.spawn(['calibrate', '--backend', 'wasm'], { COMPUTE_LENS_CACHE: cache });
    const ended = finished(child);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    child.kill('SIGINT');
    const { code } = await ended;
    assert.equal(code, 3);
    assert.ok(!fs.existsSync(path.join(cache, 'profiles')));
  });

  it('says why a backend cannot be calibrated, and fails where none can', async () => {
    const { code, stdout } = await work.run(['calibrate', '--backend', 'tensorflow-gpu'], environment);
    assert.equal(code, 1);
    assert.match(stdout, /tensorflow-gpu .* is not installed/);
  });
});
