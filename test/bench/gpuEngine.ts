// One engine in a process of its own: `gpuEngine.js NAME full|small|check`. Prints an EngineReport after a marker.
import path from 'node:path';
import type * as tfjs from '@tensorflow/tfjs';
import { backendPackages, findPackage, packageVersion } from '../../src/train/packages';
import { shimRemovedUtilities } from '../../src/train/tensorflowNode';
import { isSoftware } from '../../src/train/webgpuDevice';
import { dist, webgpuTensorflow } from '../harness/webgpuTensorflow';
import { full, matMulGflops, modelNames, sampleResults, small, stepMilliseconds } from './gpuWork';
import type { ModelName } from './gpuWork';

type Tf = typeof tfjs;

export const engines = ['webgpu', 'tensorflow-gpu', 'wasm', 'cpu'] as const;
export type EngineName = (typeof engines)[number];

export interface EngineReport {
  readonly device: string;
  /** A GPU that is imitated on the processor. */
  readonly software: boolean;
  readonly samples: Record<string, number[]>;
  readonly gflops: Record<string, number>;
  /** Milliseconds of a training step. */
  readonly steps: Partial<Record<ModelName, number>>;
}
export const marker = 'compute-lens-bench:';

async function main([name, what]: string[]): Promise<void> {
  const { tf, device, software } = await start(name as EngineName);
  const samples = await sampleResults(tf);
  const gflops: Record<string, number> = {};
  const steps: EngineReport['steps'] = {};
  if (what !== 'check') {
    const sizes = what === 'full' ? full : small;
    for (const side of sizes.matMul) gflops[side] = await matMulGflops(tf, side, 0.5);
    for (const model of modelNames) steps[model] = await stepMilliseconds(tf, model, sizes, 1);
  }
  const report: EngineReport = { device, software, samples, gflops, steps };
  process.stdout.write(`\n${marker}${JSON.stringify(report)}\n`, () => process.exit());
}

async function start(name: EngineName): Promise<{ tf: Tf; device: string; software: boolean }> {
  if (name === 'webgpu') {
    const { tf, adapter, name: device } = await webgpuTensorflow();
    return { tf: tf as unknown as Tf, device, software: isSoftware(adapter) };
  }
  if (name === 'tensorflow-gpu') return startTensorflow();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as Tf & { setWasmPaths(folder: string): void };
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend(name);
  return { tf, device: `TensorFlow.js ${tf.version_core}`, software: false };
}

/** As it is installed, with a TensorFlow.js of its own. */
function startTensorflow(): { tf: Tf; device: string; software: boolean } {
  const folder = findPackage(backendPackages['tensorflow-gpu'], [process.cwd()]);
  if (!folder) throw new Error(`${backendPackages['tensorflow-gpu']} is not installed`);
  shimRemovedUtilities();
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a path known only now
  const tf = require(folder) as Tf;
  if (!(tf.backend() as unknown as { isUsingGpuDevice?: boolean }).isUsingGpuDevice)
    throw new Error('TensorFlow sees no CUDA device');
  return { tf, device: `tfjs-node-gpu ${packageVersion(folder)}`, software: false };
}

if (require.main === module)
  main(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
