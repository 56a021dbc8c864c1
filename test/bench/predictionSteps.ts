// Steps of one backend in a process of its own: `predictionSteps.js BACKEND [MODULES]` prints what they took, and
// `predictionSteps.js trace` what they do, by model, as JSON: those that devices are calibrated by, and others.
import path from 'node:path';
import { traceCalibration } from '../../src/trace/calibration';
import { TraceSession } from '../../src/trace/session';
import { calibrationModels } from '../../src/train/calibrationModels';
import { noteLibrary } from '../../src/train/libraryModel';
import { planModels } from '../../src/train/plannedModel';
import { measureSteps } from '../../src/train/stepTimes';
import { shimRemovedUtilities } from '../../src/train/tensorflowNode';
import type { Tf } from '../../src/train/tfInstance';
import { unseenModels } from './unseenModels';

const dist = path.resolve(__dirname, '../../../dist');

async function main([what = '', modules]: string[]): Promise<void> {
  const answer = what === 'trace' ? await traced() : await measured(what, modules);
  process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit());
}

async function traced() {
  const session = await TraceSession.start(load());
  return {
    calibration: await traceCalibration(session, calibrationModels),
    unseen: await traceCalibration(session, unseenModels),
  };
}

async function measured(backend: string, modules: string | undefined) {
  const tf = backend === 'tensorflow' ? loadNative(modules) : await started(backend);
  const calibration = await measureSteps(tf, calibrationModels);
  return { calibration, unseen: await measureSteps(tf, unseenModels) };
}

/** As a run starts it. */
async function started(backend: string): Promise<Tf> {
  const tf = load();
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend(backend);
  if (backend === 'wasm') await tf.threadsStarted(tf.backend());
  noteLibrary(tf);
  planModels(tf);
  return tf;
}

function load(): Tf {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  return require(path.join(dist, 'tf.js')) as Tf;
}

function loadNative(modules: string | undefined): Tf {
  if (!modules) throw new Error('tfjs-node is not here');
  shimRemovedUtilities();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
  return require(path.join(modules, '@tensorflow', 'tfjs-node')) as Tf;
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
