import type { BackendChoice, BackendName } from '../runs/record';
import { backendNames } from '../runs/record';
import { BackendUnavailable } from './backendUnavailable';
import type { GpuFailure } from './gpuFailure';
import { backendPackages, findPackage } from './packages';
import { registryName } from './preflight';
import { probeInChild } from './probe';
import { registeredVariables } from './snapshot';
import { registerTensorflowNode } from './tensorflowNode';
import type { Tf } from './tfInstance';
import { registerWebgpu } from './webgpu';

export interface StartedBackend {
  readonly name: BackendName;
  /** Version and device. */
  readonly detail: string;
  /** Resolves when its device fails, which may be never. */
  readonly failed?: Promise<GpuFailure>;
}

/**
 * Starts one backend in this process and proves on a small step that it trains.
 *
 * @param folders where its package may be installed
 * @param allowSoftware accept a GPU adapter that computes on the CPU
 * @throws BackendUnavailable with the reason
 */
export async function startBackend(
  tf: Tf,
  name: BackendName,
  folders: readonly string[],
  allowSoftware: boolean,
): Promise<StartedBackend> {
  let detail: string;
  let failed: Promise<GpuFailure> | undefined;
  if (name === 'wasm' || name === 'cpu') {
    detail = `TensorFlow.js ${tf.version_core}, ${name === 'wasm' ? 'WebAssembly' : 'plain JavaScript'}`;
    if (!(await tf.setBackend(name))) throw new BackendUnavailable(`the ${name} backend did not start.`);
  } else {
    const folder = findPackage(backendPackages[name], folders);
    if (!folder) throw new BackendUnavailable(notInstalled(name), 'notInstalled');
    if (name === 'webgpu') ({ detail, failed } = await registerWebgpu(tf, folder, allowSoftware));
    else detail = await registerTensorflowNode(tf, folder, name === 'tensorflow-gpu');
  }
  if (tf.getBackend() !== registryName(name))
    throw new BackendUnavailable(`TensorFlow.js chose ${tf.getBackend()}.`);
  await proveTraining(tf);
  // Now and not while it trains, so that a run's first steps are as fast as the others.
  if (name === 'wasm') await tf.threadsStarted(tf.backend());
  return { name, detail, ...(failed && { failed }) };
}

function notInstalled(name: keyof typeof backendPackages): string {
  return (
    `the package ${backendPackages[name]} is not installed: run "Compute Lens: Install GPU Backend", ` +
    `or "npx compute-lens install ${name}" in a terminal.`
  );
}

/** One gradient step with a result known beforehand: w = 3, loss (2w - 4)^2, so dw = 8 and w becomes 2.2. */
async function proveTraining(tf: Tf): Promise<void> {
  const weight = tf.variable(tf.tensor2d([[3]]), true);
  const optimizer = tf.train.sgd(0.1);
  const step = async () => {
    optimizer.minimize(
      () =>
        tf
          .matMul(tf.tensor2d([[2]]), weight)
          .sub(4)
          .square()
          .mean(),
      false,
      [weight],
    );
    return (await weight.data())[0];
  };
  try {
    const value = await step().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new BackendUnavailable(`a training step failed: ${why}`, 'doesNotTrain');
    });
    if (value !== undefined && Math.abs(value - 2.2) <= 1e-3) return;
    throw new BackendUnavailable(
      `it computes wrong gradients here (a weight became ${value}, not 2.2).`,
      'doesNotTrain',
    );
  } finally {
    weight.dispose();
    optimizer.dispose();
  }
}

/**
 * Backends to try, best first, each with what starting it costs nothing to know. Native ones are first tried in a
 * child process: a driver that crashes must not take the run with it.
 */
export async function* candidateBackends(
  tf: Tf,
  choice: BackendChoice,
  folders: readonly string[],
  passedOver: (name: BackendName, reason: string) => void,
): AsyncGenerator<StartedBackend> {
  if (choice !== 'auto') {
    yield await startBackend(tf, choice, folders, true);
    return;
  }
  for (const name of backendNames) {
    try {
      if (name !== 'wasm' && name !== 'cpu') {
        if (!findPackage(backendPackages[name], folders))
          throw new BackendUnavailable(notInstalled(name), 'notInstalled');
        const report = await probeInChild(name, folders);
        if (!report.available) throw new BackendUnavailable(report.detail);
      }
      yield await startBackend(tf, name, folders, false);
      await copyVariables(tf);
    } catch (error) {
      passedOver(name, error instanceof Error ? error.message : String(error));
    }
  }
}

/** What is on a GPU has to be on the processor before the next backend asks for it, since that one cannot wait. */
async function copyVariables(tf: Tf): Promise<void> {
  await Promise.all(Object.values(registeredVariables(tf)).map((variable) => variable.data()));
}
