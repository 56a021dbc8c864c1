import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseEvent, type RunEvent } from '../../src/runs/event';
import { median } from './median';

const repository = path.resolve(__dirname, '../../..');
const steps = 480;
const warmUp = 80;

export interface TelemetryResult {
  /** Median over rounds of milliseconds a step. */
  readonly bareMilliseconds: number;
  readonly runMilliseconds: number;
  /** Median over rounds of (run / bare), each pair measured one after the other. */
  readonly ratio: number;
  /** Of all pairs, ascending. */
  readonly ratios: readonly number[];
  readonly checkpointBlockedMilliseconds: number;
  readonly checkpointBytes: number;
  readonly startMilliseconds: number;
  readonly resumeMilliseconds: number;
}

const model = `tf.sequential({ layers: [
  tf.layers.dense({ inputShape: [784], units: 256, activation: 'relu' }),
  tf.layers.dense({ units: 128, activation: 'relu' }),
  tf.layers.dense({ units: 10, activation: 'softmax' }) ] })`;
/** Data that costs next to nothing to gather, so that the ratio is of training and telemetry alone. */
const arrays = `Array.from({ length: 1280 }, (_, i) => Array.from({ length: 784 }, (_, j) => ((i * 31 + j * 17) % 97) / 97))`;

/** The MLP 784-256-128-10, batch 128, Adam, on wasm with plans: as an experiment, and as the same loop with nothing around it. */
export function benchTelemetry(rounds: number): TelemetryResult {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-bench-'));
  try {
    fs.mkdirSync(path.join(folder, '.vscode'));
    fs.writeFileSync(
      path.join(folder, 'bench.experiment.mjs'),
      `import { defineExperiment, arrays } from 'compute-lens';
       const xs = ${arrays}; const ys = xs.map((_, i) => Array.from({ length: 10 }, (_, k) => (i % 10 === k ? 1 : 0)));
       export default defineExperiment({ data: arrays({ xs, ys }), model: ({ tf }) => ${model},
         loss: 'categoricalCrossentropy', metrics: ['accuracy'], batchSize: 128, epochs: ${steps / 10}, checkpointEvery: 200, stopWhen: ({ step }) => step === Number(process.env.STOP_AT) });`,
    );
    fs.writeFileSync(
      path.join(folder, 'bare.js'),
      `const tf = require(${JSON.stringify(path.join(repository, 'dist/tf.js'))});
       tf.setWasmPaths(${JSON.stringify(path.join(repository, 'dist') + path.sep)});
       (async () => {
         await tf.setBackend('wasm');
         await tf.threadsStarted(tf.backend());
         const models = tf.LayersModel.prototype, make = models.makeTrainFunction, planner = new tf.StepPlanner(tf);
         models.makeTrainFunction = function () { const train = make.call(this); return (data) => planner.run(data, train); };
         const xs = ${arrays}; const model = ${model};
         model.compile({ optimizer: tf.train.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
         const flat = Float32Array.from(xs.flat()); let began;
         for (let i = 0; i < ${steps}; i++) {
           if (i === ${warmUp}) began = performance.now();
           const x = new Float32Array(128 * 784), y = new Float32Array(1280);
           for (let r = 0; r < 128; r++) { const k = (r * 7 + i * 13) % 1280; x.set(flat.subarray(k * 784, k * 784 + 784), r * 784); y[r * 10 + (k % 10)] = 1; }
           const bx = tf.tensor(x, [128, 784]), by = tf.tensor(y, [128, 10]);
           await model.trainOnBatch(bx, by); bx.dispose(); by.dispose();
         }
         console.log((performance.now() - began) / ${steps - warmUp});
       })();`,
    );
    const pairs = Array.from({ length: rounds }, () => ({
      bare: runBare(folder),
      run: runExperiment(folder),
    }));
    const ratios = pairs.map((pair) => pair.run.perStep / pair.bare).sort((a, b) => a - b);
    const { startMilliseconds, resumeMilliseconds } = startAndResume(folder);
    return {
      bareMilliseconds: median(pairs.map((pair) => pair.bare)),
      runMilliseconds: median(pairs.map((pair) => pair.run.perStep)),
      ratio: median(ratios),
      ratios,
      checkpointBlockedMilliseconds: median(pairs.flatMap((pair) => pair.run.blocked)),
      checkpointBytes: pairs[0]?.run.bytes ?? 0,
      startMilliseconds,
      resumeMilliseconds,
    };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function runBare(folder: string): number {
  return Number(execFileSync(process.execPath, [path.join(folder, 'bare.js')], { encoding: 'utf8' }));
}

function cli(folder: string, args: string[], stopAt = 0): { events: RunEvent[]; launched: number } {
  const launched = Date.now();
  const text = execFileSync(
    process.execPath,
    [path.join(repository, 'dist/cli.js'), 'run', ...args, '--json'],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, STOP_AT: String(stopAt) },
    },
  );
  return { events: text.split('\n').flatMap((line) => parseEvent(line) ?? []), launched };
}

function runExperiment(folder: string) {
  const { events } = cli(folder, ['bench.experiment.mjs', '--backend', 'wasm']);
  const times = events.filter((event) => event.type === 'step').map((event) => event.t);
  const first = times[warmUp - 1] ?? 0;
  const last = times.at(-1) ?? 0;
  const checkpoints = events.filter((event) => event.type === 'checkpoint');
  return {
    perStep: (last - first) / (steps - warmUp),
    blocked: checkpoints.map((event) => event.ms),
    bytes: checkpoints[0]?.bytes ?? 0,
  };
}

/** From the command to the first step's end, for a new run and for one that continues from a checkpoint. */
function startAndResume(folder: string) {
  const firstStep = (result: { events: RunEvent[]; launched: number }, after: number) =>
    (result.events.find((event) => event.type === 'step' && event.t > after)?.t ?? NaN) - result.launched;
  const fresh = cli(folder, ['bench.experiment.mjs', '--backend', 'wasm']);
  const runs = path.join(folder, '.compute-lens/runs');
  const id = fs.readdirSync(runs).sort().at(-1) ?? '';
  // A run that finished has nothing to resume: take its end back, as if its process had died there.
  const file = path.join(runs, id, 'run.json');
  const record = JSON.parse(fs.readFileSync(file, 'utf8')) as { status: string };
  fs.writeFileSync(file, JSON.stringify({ ...record, status: 'stopped' }));
  const newest = fs.readdirSync(path.join(runs, id, 'checkpoints')).sort();
  for (const name of newest.slice(1))
    fs.rmSync(path.join(runs, id, 'checkpoints', name), { recursive: true });
  const resumed = cli(folder, ['--resume', id]);
  return {
    startMilliseconds: firstStep(fresh, 0),
    resumeMilliseconds: firstStep(resumed, resumed.launched),
  };
}
